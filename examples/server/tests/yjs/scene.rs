use std::ops::Range;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::{Client, Post};
use crate::server::{Answer, Server, token_of, wait_until};

/// A blog with a post, and somebody who may edit it.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) server: Server,
    pub(crate) post: Post,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::served_by(Server::start)
    }

    /// The same, where the server is started so.
    pub(crate) fn served_by(start: impl FnOnce(&Path) -> Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = token_of(folder.path(), "Ada", "editor");
        let server = start(folder.path());
        let post = Post::create(&server, &token);
        Self {
            folder,
            server,
            post,
        }
    }

    /// As many clients, who come at once, and have the document.
    pub(crate) fn clients<const COUNT: usize>(&self) -> [Client; COUNT] {
        let clients = self.post.join([&*self.server.address; COUNT]);
        let clients: Result<_, _> = clients.try_into();
        clients.ok().unwrap()
    }

    /// The same blog, served anew after this end of its server.
    pub(crate) fn restart(self, end: impl FnOnce(Server)) -> Self {
        end(self.server);
        let server = Server::start(self.folder.path());
        Self { server, ..self }
    }

    pub(crate) fn call(&self, method: &str, action: &str, headers: &str, body: &Value) -> Answer {
        self.post.call(&self.server, method, action, headers, body)
    }

    pub(crate) fn head(&self) -> Value {
        self.post.head(&self.server)
    }

    pub(crate) fn patch(&self, revision: &Value, body: &str) -> Answer {
        self.post.patch(&self.server, revision, body)
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
        client.name = name;
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
