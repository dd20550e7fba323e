//! A server that somebody has started at a terminal.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::server::{PROGRAM, command_of};

/// A terminal (`script` of util-linux), which is closed at the end, and the server with it.
pub(crate) struct Terminal {
    child: Child,
    /// Where the server listens.
    pub(crate) address: String,
    /// The link that it told.
    pub(crate) link: String,
    /// A terminal that nobody reads is closed.
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Terminal {
    pub(crate) fn open(data: &Path, options: &str) -> Self {
        let data = data.display();
        let serve = format!("exec {PROGRAM} serve --addr 127.0.0.1:0 --data {data} {options}");
        let mut child = command_of("script")
            .args(["--quiet", "--command", &serve, "/dev/null"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = |before: &str| {
            let found = lines.find_map(|line| Some(line.unwrap().split_once(before)?.1.to_owned()));
            found.unwrap_or_else(|| panic!("the server does not say: {before}"))
        };
        let address = told("serving on http://");
        let address = address.trim().split('/').next().unwrap().to_owned();
        let link = told("Sign in as admin, once: ").trim().to_owned();
        Self {
            child,
            address,
            link,
            _lines: lines,
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // `script` passes this on; killed, it would leave the server behind wherever hangups are ignored.
        let id = self.child.id().to_string();
        let _ = Command::new("kill").arg(id).status();
        let _ = self.child.wait();
    }
}
