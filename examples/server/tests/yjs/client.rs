use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::program::Program;

pub(crate) struct Client {
    program: Program,
    /// What the lines begin with that it types, so that they can be told from others'.
    pub(super) name: char,
}

/// What a client has in front of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Look {
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) meta: Value,
    /// The states of others in the room.
    pub(crate) others: Vec<Value>,
    /// Whether it is connected, and has what the server had.
    pub(crate) synced: bool,
    /// The codes of the closes so far.
    pub(crate) closes: Vec<u16>,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self {
            program: Program::start("client.mjs"),
            name: '-',
        }
    }

    /// One of the candidates for Yjs 14 and y-websocket 4.
    pub(crate) fn next() -> Self {
        Self {
            program: Program::start_with("client.mjs", &["next"]),
            name: '-',
        }
    }

    /// A client on its way into a room.
    pub(crate) fn join(address: &str, post: &str, token: &str) -> Self {
        let mut client = Self::new();
        client.connect(address, post, token);
        client
    }

    pub(crate) fn connect(&mut self, address: &str, post: &str, token: &str) {
        self.tell_to_connect(address, post, token);
        self.program.answer();
    }

    /// The same for many, who do not wait for each other.
    pub(crate) fn connect_together<'a>(
        clients: &mut [Self],
        addresses: impl IntoIterator<Item = &'a str>,
        post: &str,
        token: &str,
    ) {
        for (client, address) in clients.iter_mut().zip(addresses) {
            client.tell_to_connect(address, post, token);
        }
        for client in clients {
            client.program.answer();
        }
    }

    fn tell_to_connect(&mut self, address: &str, post: &str, token: &str) {
        let url = format!("ws://{address}/ws/collaborate");
        self.program
            .tell(&json!({"command": "connect", "url": url, "room": post, "token": token}));
    }

    /// A new tab, with what the one before has kept of the document, or without.
    pub(crate) fn open(&mut self, keeps: bool) {
        self.program.ask(json!({"command": "open", "keeps": keeps}));
    }

    pub(crate) fn disconnect(&mut self) {
        self.program.ask(json!({"command": "disconnect"}));
    }

    pub(crate) fn reconnect(&mut self) {
        self.program.ask(json!({"command": "reconnect"}));
    }

    /// Types at the `start`, at the `end` or between two lines (`random`).
    pub(crate) fn type_at(&mut self, at: &str, text: &str) {
        self.program
            .ask(json!({"command": "type", "at": at, "text": text}));
    }

    /// Types a line of this name and a number again and again, until it is told to stop.
    pub(crate) fn keep_typing(&mut self, name: char, pause: Duration) {
        self.name = name;
        let pause = pause.as_millis();
        self.program
            .ask(json!({"command": "keep_typing", "name": name, "pause": pause}));
    }

    /// Types so many characters and removes them again and again, until it is told to stop.
    pub(crate) fn flood(&mut self, characters: usize, pause: Duration) {
        let pause = pause.as_millis();
        self.program
            .ask(json!({"command": "flood", "characters": characters, "pause": pause}));
    }

    /// How many lines, or characters in a flood, it has typed so.
    pub(crate) fn stop_typing(&mut self) -> u64 {
        let answer = self.program.ask(json!({"command": "stop_typing"}));
        answer["typed"].as_u64().unwrap()
    }

    /// What it has typed and the server has said to have stored.
    pub(crate) fn acknowledged(&mut self) -> Vec<String> {
        let mut answer = self.program.ask(json!({"command": "acknowledged"}));
        serde_json::from_value(answer["acknowledged"].take()).unwrap()
    }

    pub(crate) fn remove(&mut self, text: &str) {
        self.program.ask(json!({"command": "remove", "text": text}));
    }

    pub(crate) fn show(&mut self, state: Value) {
        self.program.ask(json!({"command": "show", "state": state}));
    }

    pub(crate) fn look(&mut self) -> Look {
        serde_json::from_value(self.program.ask(json!({"command": "look"}))).unwrap()
    }

    pub(crate) fn body(&mut self) -> String {
        self.look().body
    }
}
