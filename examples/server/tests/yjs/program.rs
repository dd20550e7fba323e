use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/tests/yjs");

/// A program for Node.js that does what it is told (`commands.mjs`).
pub(super) struct Program {
    child: Child,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Program {
    pub(super) fn start(name: &str) -> Self {
        Self::start_with(name, &[])
    }

    pub(super) fn start_with(name: &str, arguments: &[&str]) -> Self {
        let folder = Path::new(FOLDER);
        let packages = folder.join("node_modules");
        assert!(packages.exists(), "run tests/run, which installs them");
        let mut child = Command::new("node")
            .arg(folder.join(name))
            .args(arguments)
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

    pub(super) fn ask(&mut self, command: Value) -> Value {
        self.tell(&command);
        self.answer()
    }

    pub(super) fn tell(&mut self, command: &Value) {
        writeln!(self.commands, "{command}").unwrap();
    }

    pub(super) fn answer(&mut self) -> Value {
        let answer = self.answers.next().expect("the program is there").unwrap();
        serde_json::from_str(&answer).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
