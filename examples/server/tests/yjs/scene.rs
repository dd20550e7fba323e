use std::ops::Range;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Client;
use crate::server::{Answer, Server, request, request_with, token_of, wait_until};

/// A blog with a post, and somebody who may edit it.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) server: Server,
    pub(crate) token: String,
    pub(crate) post: String,
}

impl Scene {
    pub(crate) fn new() -> Self {
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

    /// As many clients, who come at once, and have the document.
    pub(crate) fn clients<const COUNT: usize>(&self) -> [Client; COUNT] {
        let mut clients = std::array::from_fn(|_| Client::new());
        for client in &mut clients {
            client.connect(&self.server.address, &self.post, &self.token);
        }
        wait_for_sync(&mut clients);
        clients
    }

    /// The same blog, served anew after this end of its server.
    pub(crate) fn restart(self, end: impl FnOnce(Server)) -> Self {
        end(self.server);
        let server = Server::start(self.folder.path());
        Self { server, ..self }
    }

    pub(crate) fn call(&self, method: &str, action: &str, headers: &str, body: &Value) -> Answer {
        let path = format!("/api/posts/{}{action}", self.post);
        let (address, body) = (&self.server.address, body.to_string());
        request_with(address, &self.token, method, &path, headers, &body).unwrap()
    }

    /// The post's head, as JSON.
    pub(crate) fn head(&self) -> Value {
        self.call("GET", "?view=head", "", &Value::Null).json()
    }

    /// Saves a body over the head of this revision.
    pub(crate) fn patch(&self, revision: &Value, body: &str) -> Answer {
        let headers = format!("if-match: \"{revision}\"\r\n");
        self.call("PATCH", "", &headers, &json!({"body": body}))
    }
}

pub(crate) fn wait_for_sync(clients: &mut [Client]) {
    for client in clients {
        wait_until("a client has the document", || client.look().synced);
    }
}

/// Waits until all have the same text and in it what `is_there` asks for; the text.
pub(crate) fn wait_for_same(clients: &mut [Client], is_there: impl Fn(&str) -> bool) -> String {
    let mut body = String::new();
    wait_until("all clients have the same", || {
        let bodies: Vec<_> = clients.iter_mut().map(Client::body).collect();
        body.clone_from(&bodies[0]);
        is_there(&body) && bodies.iter().all(|other| *other == body)
    });
    body
}

/// Each types a line, which begins with a letter of theirs.
pub(crate) fn type_together(clients: &mut [Client], at: &str, number: usize) {
    for (client, name) in clients.iter_mut().zip('a'..) {
        client.type_at(at, &format!("{name}{number}\n"));
    }
}

/// Whether each of so many has typed these lines, and all of them are there once.
pub(crate) fn has_lines(body: &str, clients: usize, mut numbers: Range<usize>) -> bool {
    numbers.all(|number| {
        let mut names = ('a'..).take(clients);
        names.all(|name| {
            let wanted = format!("{name}{number}");
            body.lines().filter(|line| *line == wanted).count() == 1
        })
    })
}
