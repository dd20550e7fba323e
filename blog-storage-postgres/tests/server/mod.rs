//! A PostgreSQL server of a test's own.

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
        let versions = std::fs::read_dir("/usr/lib/postgresql").unwrap();
        let programs = versions
            .map(|version| version.unwrap().path().join("bin"))
            .max()
            .unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            folder: std::env::temp_dir().join(format!("blog-postgres-{}", std::process::id())),
            programs,
            port: free.local_addr().unwrap().port(),
        };
        drop(free);
        std::fs::create_dir(&server.folder).unwrap();
        let chown = ["chown", "postgres"].map(str::to_owned);
        if is_root() {
            run(&chown, &[server.folder.to_str().unwrap()]);
        }
        let (data, password) = (server.data(), server.folder.join("password"));
        std::fs::write(&password, "s3cret@/:").unwrap();
        let place = ["--pgdata", &data, "--pwfile", password.to_str().unwrap()];
        let auth = ["--username", "blog", "--auth", "scram-sha-256", "--no-sync"];
        server.run("initdb", &[&place[..], &auth].concat());
        server.control("start");
        server
    }

    fn data(&self) -> String {
        self.folder.join("data").to_str().unwrap().to_owned()
    }

    pub(crate) fn url(&self) -> String {
        let port = self.port;
        format!("postgres://blog:s3cret%40%2F%3A@127.0.0.1:{port}/postgres")
    }

    /// `start`, `stop` or `restart`; both of the latter as a crash.
    pub(crate) fn control(&self, what: &str) {
        let (data, log) = (self.data(), self.folder.join("log"));
        let options = format!("-p {} -c unix_socket_directories=", self.port);
        let mode = ["--mode", "immediate"];
        let mut arguments = vec![what, "--wait", "--silent", "--pgdata", &data];
        if what != "start" {
            arguments.extend(mode);
        }
        if what != "stop" {
            arguments.extend(["--log", log.to_str().unwrap(), "--options", &options]);
        }
        self.run("pg_ctl", &arguments);
    }

    /// PostgreSQL does not run as root.
    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program).to_str().unwrap().to_owned();
        if is_root() {
            let user = ["runuser", "-u", "postgres", "--"].map(str::to_owned);
            run(&[&user[..], &[program]].concat(), arguments);
        } else {
            run(&[program], arguments);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.control("stop");
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

fn is_root() -> bool {
    Path::new("/root").read_dir().is_ok()
}

fn run(program: &[String], arguments: &[&str]) {
    let (name, first) = program.split_first().unwrap();
    let output = Command::new(name)
        .args(first)
        .args(arguments)
        .current_dir("/")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(output.success(), "{program:?} {arguments:?}");
}
