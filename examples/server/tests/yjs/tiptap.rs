use serde::Deserialize;
use serde_json::{Value, json};

use super::Post;
use super::program::Program;
use crate::server::{Server, wait_until};

/// Somebody who writes a post in TipTap.
pub(crate) struct Tiptap(Program);

/// What they see.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Seen {
    pub(crate) html: String,
    /// Whether the editor is there, with what the server had.
    pub(crate) synced: bool,
    /// Changes that the server has not confirmed.
    pub(crate) unsynced: u64,
}

impl Tiptap {
    /// Opens a post, and waits until it is there.
    pub(crate) fn open(server: &Server, post: &Post) -> Self {
        let mut client = Self(Program::start("tiptap.mjs"));
        let url = format!("ws://{}/ws/hocuspocus", server.address);
        let (name, token) = (&post.id, &post.token);
        client.tell("open", json!({"url": url, "name": name, "token": token}));
        wait_until("TipTap has the post", || client.look().synced);
        client
    }

    pub(crate) fn type_behind(&mut self, behind: &str, text: &str) {
        self.tell("type", json!({"behind": behind, "text": text}));
    }

    pub(crate) fn type_below(&mut self, behind: &str, text: &str) {
        self.tell("type_below", json!({"behind": behind, "text": text}));
    }

    pub(crate) fn mark(&mut self, text: &str, mark: &str, attributes: Value) {
        let options = json!({"text": text, "mark": mark, "attributes": attributes});
        self.tell("mark", options);
    }

    /// Makes something else of a block.
    pub(crate) fn turn(&mut self, text: &str, into: &str, options: Value) {
        let options = json!({"text": text, "into": into, "options": options});
        self.tell("turn", options);
    }

    pub(crate) fn add(&mut self, content: Value) {
        self.tell("add", json!({"content": content}));
    }

    pub(crate) fn html(&mut self) -> String {
        self.look().html
    }

    /// Waits until the server has confirmed everything.
    pub(crate) fn wait_until_stored(&mut self) {
        wait_until("all is stored", || self.look().unsynced == 0);
    }

    fn look(&mut self) -> Seen {
        let seen = self.0.ask(json!({"command": "look"}));
        serde_json::from_value(seen).unwrap()
    }

    fn tell(&mut self, command: &str, mut options: Value) {
        options["command"] = command.into();
        self.0.ask(options);
    }
}
