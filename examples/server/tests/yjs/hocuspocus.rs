use serde::Deserialize;
use serde_json::{Value, json};

use super::program::Program;

/// A client of Hocuspocus, who opens several documents over one connection.
pub(crate) struct Hocuspocus(Program);

/// What it has of a document.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Opened {
    pub(crate) body: String,
    /// Whether it has what the server had.
    pub(crate) synced: bool,
    /// Changes that the server has not confirmed.
    pub(crate) unsynced: u64,
    /// What the server said that it may do.
    pub(crate) scope: String,
    pub(crate) others: Vec<Value>,
    /// Why it was not let in.
    pub(crate) refusals: Vec<String>,
    /// Why the document, or the connection, was closed.
    pub(crate) closes: Vec<String>,
}

impl Hocuspocus {
    pub(crate) fn connect(address: &str) -> Self {
        Self::connect_with(address, json!({}))
    }

    /// Sends these headers with the request for a connection.
    pub(crate) fn connect_with(address: &str, headers: Value) -> Self {
        let mut client = Self(Program::start("hocuspocus.mjs"));
        let url = format!("ws://{address}/ws/hocuspocus");
        client
            .0
            .ask(json!({"command": "connect", "url": url, "headers": headers}));
        client
    }

    pub(crate) fn open(&mut self, name: &str, token: &str) {
        self.0
            .ask(json!({"command": "open", "name": name, "token": token}));
    }

    /// Exchanges states with the server once more.
    pub(crate) fn sync(&mut self, name: &str) {
        self.0.ask(json!({"command": "sync", "name": name}));
    }

    /// Says who it is once more.
    pub(crate) fn renew(&mut self, name: &str, token: &str) {
        self.0
            .ask(json!({"command": "renew", "name": name, "token": token}));
    }

    pub(crate) fn leave(&mut self, name: &str) {
        self.0.ask(json!({"command": "leave", "name": name}));
    }

    /// Types at the start.
    pub(crate) fn write(&mut self, name: &str, text: &str) {
        self.0
            .ask(json!({"command": "type", "name": name, "text": text}));
    }

    pub(crate) fn show(&mut self, name: &str, state: Value) {
        self.0
            .ask(json!({"command": "show", "name": name, "state": state}));
    }

    pub(crate) fn look(&mut self, name: &str) -> Opened {
        let opened = self.0.ask(json!({"command": "look", "name": name}));
        serde_json::from_value(opened).unwrap()
    }
}
