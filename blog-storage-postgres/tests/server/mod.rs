//! A PostgreSQL server of a test's own.
#![allow(dead_code, reason = "each test uses what it needs")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A server of this test's own, stopped and removed at its end.
pub(crate) struct Server {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
}

impl Server {
    pub(crate) fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        Self::start_at(port)
    }

    /// A server that is stopped and resumed has a port that no outgoing connection gets meanwhile.
    pub(crate) fn start_at(port: u16) -> Self {
        let versions = std::fs::read_dir("/usr/lib/postgresql").unwrap();
        let programs = versions
            .map(|version| version.unwrap().path().join("bin"))
            .max()
            .unwrap();
        let name = format!("blog-postgres-{}-{port}", std::process::id());
        let server = Self {
            folder: std::env::temp_dir().join(name),
            programs,
            port,
        };
        std::fs::create_dir(&server.folder).unwrap();
        let chown = ["chown", "postgres"].map(str::to_owned);
        if is_root() {
            assert!(run(&chown, &[server.folder.to_str().unwrap()]));
        }
        let (data, password) = (server.data(), server.folder.join("password"));
        std::fs::write(&password, "s3cret@/:").unwrap();
        let place = ["--pgdata", &data, "--pwfile", password.to_str().unwrap()];
        let auth = ["--username", "blog", "--auth", "scram-sha-256", "--no-sync"];
        assert!(server.run("initdb", &[&place[..], &auth].concat()));
        server.resume();
        server
    }

    fn data(&self) -> String {
        self.folder.join("data").to_str().unwrap().to_owned()
    }

    pub(crate) fn url(&self) -> String {
        let port = self.port;
        format!("postgres://blog:s3cret%40%2F%3A@127.0.0.1:{port}/postgres")
    }

    /// Starts it again, at the same address.
    pub(crate) fn resume(&self) {
        let (log, port) = (self.folder.join("log"), self.port);
        let options = format!("-p {port} -c unix_socket_directories=");
        let log = ["--log", log.to_str().unwrap()];
        assert!(self.control("start", &[&log[..], &["--options", &options]].concat()));
    }

    /// Stops it: `fast` ends all connections, and `immediate` is a crash.
    pub(crate) fn stop(&self, mode: &str) {
        assert!(self.control("stop", &["--mode", mode]));
    }

    fn control(&self, what: &str, options: &[&str]) -> bool {
        let data = self.data();
        let arguments = [what, "--wait", "--silent", "--pgdata", &data];
        self.run("pg_ctl", &[&arguments[..], options].concat())
    }

    /// PostgreSQL does not run as root.
    fn run(&self, program: &str, arguments: &[&str]) -> bool {
        let program = self.programs.join(program).to_str().unwrap().to_owned();
        if is_root() {
            let user = ["runuser", "-u", "postgres", "--"].map(str::to_owned);
            run(&[&user[..], &[program]].concat(), arguments)
        } else {
            run(&[program], arguments)
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test may have stopped it, or have failed.
        let _ = self.control("stop", &["--mode", "immediate"]);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    Path::new("/root").read_dir().is_ok()
}

/// Runs a program to its end; whether it succeeded.
fn run(program: &[String], arguments: &[&str]) -> bool {
    let (name, first) = program.split_first().unwrap();
    let ended = Command::new(name)
        .args(first)
        .args(arguments)
        .current_dir("/")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status();
    ended.unwrap().success()
}
