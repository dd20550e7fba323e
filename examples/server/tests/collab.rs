//! Live editing as people have it: real Yjs clients, and the server as a process.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by it"
)]

mod server;
mod yjs;

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use server::{Answer, Server, request, request_with, token_of, wait_until};
use yjs::{Client, Look};

/// A blog with a post, and somebody who may edit it.
struct Scene {
    folder: TempDir,
    server: Server,
    token: String,
    post: String,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = token_of(folder.path(), "Ada", "editor");
        let server = Server::start(folder.path());
        let content = json!({"title": "News", "body": "first\n", "tags": ["rust"]});
        let created = request(
            &server.address,
            &token,
            "POST",
            "/api/posts",
            &content.to_string(),
        );
        let post = created.unwrap().json()["id"].as_str().unwrap().to_owned();
        Self {
            folder,
            server,
            token,
            post,
        }
    }

    fn data(&self) -> &Path {
        self.folder.path()
    }

    /// As many clients, who come at once, and have the document.
    fn clients<const COUNT: usize>(&self) -> [Client; COUNT] {
        let mut clients = std::array::from_fn(|_| Client::new());
        for client in &mut clients {
            client.connect(&self.server.address, &self.post, &self.token);
        }
        wait_for_sync(&mut clients);
        clients
    }

    fn call(&self, method: &str, action: &str, headers: &str, body: &Value) -> Answer {
        let path = format!("/api/posts/{}{action}", self.post);
        let (address, body) = (&self.server.address, body.to_string());
        request_with(address, &self.token, method, &path, headers, &body).unwrap()
    }

    /// The post's head, as JSON.
    fn head(&self) -> Value {
        self.call("GET", "?view=head", "", &Value::Null).json()
    }

    /// Saves a body over the head of this revision.
    fn patch(&self, revision: &Value, body: &str) -> Answer {
        let headers = format!("if-match: \"{revision}\"\r\n");
        self.call("PATCH", "", &headers, &json!({"body": body}))
    }
}

fn wait_for_sync(clients: &mut [Client]) {
    for client in clients {
        wait_until("a client has the document", || client.look().synced);
    }
}

/// Waits until all have the same text and in it what `is_there` asks for; the text.
fn wait_for_same(clients: &mut [Client], is_there: impl Fn(&str) -> bool) -> String {
    let mut body = String::new();
    wait_until("all clients have the same", || {
        let bodies: Vec<_> = clients.iter_mut().map(Client::body).collect();
        body.clone_from(&bodies[0]);
        is_there(&body) && bodies.iter().all(|other| *other == body)
    });
    body
}

#[test]
fn all_see_what_each_types_and_so_does_the_post() {
    let scene = Scene::new();
    let mut clients = scene.clients::<2>();
    let [ada, bob] = &mut clients;
    ada.type_at("start", "Ada 😀\n");
    bob.type_at("end", "Bob");
    let body = wait_for_same(&mut clients, |body| {
        body.contains("Ada") && body.contains("Bob")
    });
    assert_eq!(body, "Ada 😀\nfirst\nBob");
    assert_eq!(scene.head()["body"], json!(body));
    clients[1].remove("Ada 😀\n");
    let body = wait_for_same(&mut clients, |body| !body.contains("Ada"));
    assert_eq!(scene.head()["body"], json!(body));
    scene.server.stop("-TERM");
}

#[test]
fn ten_who_open_a_post_at_once_find_its_content_once() {
    let scene = Scene::new();
    for client in &mut scene.clients::<10>() {
        let Look {
            title, body, meta, ..
        } = client.look();
        assert_eq!((&*title, &*body), ("News", "first\n"));
        assert_eq!(meta, json!({"tags": ["rust"]}));
    }
    scene.server.stop("-TERM");
}
