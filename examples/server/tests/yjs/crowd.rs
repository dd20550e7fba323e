use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::program::Program;

/// Many clients in one process, spread over some posts.
pub(crate) struct Crowd(Program);

#[derive(Debug, Deserialize)]
pub(crate) struct CrowdLook {
    /// How many are connected and have what the server had.
    pub(crate) synced: usize,
    /// What each post says; nothing where clients differ.
    pub(crate) bodies: BTreeMap<String, Option<String>>,
}

impl Crowd {
    pub(crate) fn new() -> Self {
        Self(Program::start("crowd.mjs"))
    }

    /// So many come at once, each to the next of the posts. What they have goes along.
    pub(crate) fn connect(&mut self, address: &str, posts: &[String], token: &str, count: usize) {
        let url = format!("ws://{address}/ws/collaborate");
        let command = json!({
            "command": "connect", "url": url, "rooms": posts, "token": token, "count": count
        });
        self.0.ask(command);
    }

    /// Each types a line, with its number.
    pub(crate) fn type_lines(&mut self) {
        self.0.ask(json!({"command": "type"}));
    }

    pub(crate) fn look(&mut self) -> CrowdLook {
        serde_json::from_value(self.0.ask(json!({"command": "look"}))).unwrap()
    }
}
