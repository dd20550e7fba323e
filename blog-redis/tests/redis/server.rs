//! A Redis of a test's own.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use blog_redis::RedisConfig;
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

/// How long something may take that takes milliseconds on a machine with nothing else to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A `redis-server` that ends with this, or with the test's process, however that ends.
pub(crate) struct RedisServer {
    folder: TempDir,
    port: u16,
    options: Vec<String>,
    process: Option<Child>,
}

impl RedisServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub(crate) async fn start_with(options: &[&str]) -> Self {
        let mut server = Self {
            folder: tempfile::tempdir().unwrap(),
            port: unused_port(),
            options: options.iter().map(ToString::to_string).collect(),
            process: None,
        };
        server.restart().await;
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn socket_url(&self) -> String {
        format!("unix://{}/socket", self.folder.path().display())
    }

    /// Starts it, and waits until it answers.
    pub(crate) async fn restart(&mut self) {
        self.stop();
        // The shell lives until its input ends, which it does even if the test is killed.
        let mut command = Command::new("sh");
        command.args([
            "-c",
            r#"redis-server "$@" & read -r _; kill -9 $!; wait"#,
            "sh",
        ]);
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"]);
        command.args([
            "--unixsocket",
            "socket",
            "--pidfile",
            "pid",
            "--daemonize",
            "no",
        ]);
        command
            .args(["--save", "", "--appendonly", "no"])
            .args(&self.options);
        command.current_dir(self.folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        self.process = Some(command.spawn().expect("sh"));
        let answering = timeout(PATIENCE, self.answers()).await;
        answering.expect("redis-server (is it installed?) answers");
    }

    /// Waits until it does.
    async fn answers(&self) {
        let client = redis::Client::open(self.socket_url()).unwrap();
        let pid = self.folder.path().join("pid");
        while client.get_multiplexed_async_connection().await.is_err()
            || !std::fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n'))
        {
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Kills it.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.stdin.take().unwrap().write_all(b"\n");
            process.wait().unwrap();
            let _ = std::fs::remove_file(self.folder.path().join("pid"));
        }
    }

    /// Makes it deaf: connections stay, and nothing is answered.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.folder.path().join("pid")).unwrap();
        let sent = Command::new("sh")
            .args(["-c", r#"kill "$0" "$1""#, signal, pid.trim()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Runs a command beside the code under test.
    pub(crate) async fn ask<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        ask(&self.socket_url(), command).await
    }

    /// The same with the password of the default user.
    pub(crate) async fn ask_as(&self, password: &str, command: &[&str]) {
        ask(&format!("{}?pass={password}", self.socket_url()), command).await
    }
}

/// One below those that outgoing connections get, so that none of them is faster than Redis.
pub(crate) fn unused_port() -> u16 {
    loop {
        let random = RandomState::new().build_hasher().finish();
        let port = 10_000 + u16::try_from(random % 22_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

async fn ask<T: redis::FromRedisValue>(url: &str, command: &[&str]) -> T {
    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut asked = redis::cmd(command[0]);
    asked.arg(&command[1..]);
    asked.query_async(&mut connection).await.unwrap()
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// For tests that are not about time, on a machine that may have much else to do.
pub(crate) fn patient() -> RedisConfig {
    let mut config = RedisConfig::default();
    config.timeout = PATIENCE;
    config.connect_timeout = PATIENCE;
    config
}

/// Waits until it is so.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < until, "not in {PATIENCE:?}: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}
