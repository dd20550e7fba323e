use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

const PROGRAM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../server/tests/yjs/client.mjs"
);

pub(crate) struct Client {
    child: Child,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
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
        let packages = Path::new(PROGRAM).with_file_name("node_modules");
        assert!(packages.exists(), "run tests/run, which installs them");
        let mut child = Command::new("node")
            .arg(PROGRAM)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            commands,
            answers,
        }
    }

    /// A client on its way into a room.
    pub(crate) fn join(address: &str, post: &str, token: &str) -> Self {
        let mut client = Self::new();
        client.connect(address, post, token);
        client
    }

    pub(crate) fn connect(&mut self, address: &str, post: &str, token: &str) {
        let url = format!("ws://{address}/ws/collaborate");
        self.ask(json!({"command": "connect", "url": url, "room": post, "token": token}));
    }

    pub(crate) fn disconnect(&mut self) {
        self.ask(json!({"command": "disconnect"}));
    }

    pub(crate) fn reconnect(&mut self) {
        self.ask(json!({"command": "reconnect"}));
    }

    /// Types at the `start`, at the `end` or between two lines (`random`).
    pub(crate) fn type_at(&mut self, at: &str, text: &str) {
        self.ask(json!({"command": "type", "at": at, "text": text}));
    }

    pub(crate) fn remove(&mut self, text: &str) {
        self.ask(json!({"command": "remove", "text": text}));
    }

    pub(crate) fn show(&mut self, state: Value) {
        self.ask(json!({"command": "show", "state": state}));
    }

    pub(crate) fn look(&mut self) -> Look {
        serde_json::from_value(self.ask(json!({"command": "look"}))).unwrap()
    }

    pub(crate) fn body(&mut self) -> String {
        self.look().body
    }

    fn ask(&mut self, command: Value) -> Value {
        writeln!(self.commands, "{command}").unwrap();
        let answer = self.answers.next().expect("the client is there").unwrap();
        serde_json::from_str(&answer).unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
