//! The server, its commands, and a client that speaks plain HTTP.
#![allow(dead_code, reason = "each test uses what it needs")]

pub(crate) mod balancer;
pub(crate) mod cluster;
pub(crate) mod line;
pub(crate) mod own;
mod waiting;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

pub(crate) use self::waiting::{PATIENCE, wait_until};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_blog-server");

/// A command that knows nothing of the environment's settings.
pub(crate) fn command<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = command_of(PROGRAM);
    command.args(arguments);
    command
}

/// Another program that knows nothing of them.
pub(crate) fn command_of(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("RUST_LOG", "info");
    for name in [
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "OPENAI_MODEL",
        "BLOG_OPENAI_DIALECT",
        "BLOG_OPENAI_EFFORT",
        "BLOG_ANTHROPIC_JSON",
        "BLOG_ANTHROPIC_EFFORT",
        "BLOG_AI_FIRST",
        "BLOG_AI_CONCURRENT",
        "BLOG_AI_THINKING_TOKENS",
        "BLOG_AI_ANSWER_TOKENS",
        "BLOG_AI_ACTOR_DAY_TOKENS",
        "BLOG_AI_DAY_TOKENS",
        "BLOG_AI_TOTAL_TOKENS",
        "BLOG_AI_ACTOR_DAY_COST",
        "BLOG_AI_DAY_COST",
        "BLOG_AI_TOTAL_COST",
        "BLOG_AI_ROLE_DAY_TOKENS",
        "BLOG_AI_ROLE_DAY_COST",
        "BLOG_AI_LOWEST_ROLE",
        "BLOG_AI_PRICES",
        "BLOG_AI_REMEMBERED",
        "BLOG_AI_DISCLOSURE",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_BASE_URL",
        "ANTHROPIC_MODEL",
        "BLOG_DATA",
        "BLOG_ADDR",
        "BLOG_COLLAB_BODY",
        "BLOG_CONFIG",
        "BLOG_DATABASE_URL",
        "BLOG_DATABASE_DIRECT_URL",
        "BLOG_JWT_SECRET",
        "BLOG_REDIS_URL",
        "BLOG_REDIS_PREFIX",
    ] {
        command.env_remove(name);
    }
    command
}

/// Runs a command on a data folder to its end.
pub(crate) fn run(data: &Path, arguments: &[&str]) -> Output {
    let data = ["--data".as_ref(), data.as_os_str()];
    let arguments = arguments.iter().map(OsStr::new).chain(data);
    command(arguments).output().unwrap()
}

/// Runs a command whose result is JSON.
pub(crate) fn run_json(data: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = run(data, &[arguments, &["--json"]].concat());
    let result = serde_json::from_slice(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    (
        output.status.code(),
        result.unwrap_or_else(|_| panic!("{errors}")),
    )
}

pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
    log: Arc<Mutex<String>>,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    pub(crate) fn start_with(data: &Path, options: &[&str]) -> Self {
        Self::spawn(command(["serve"]), data, options)
    }

    /// The same under a program that becomes the server: `env` with variables, or a shell.
    pub(crate) fn start_under(program: &[&str], data: &Path, options: &[&str]) -> Self {
        let mut whole = command_of(program[0]);
        whole.args(&program[1..]).args([PROGRAM, "serve"]);
        Self::spawn(whole, data, options)
    }

    fn spawn(mut command: Command, data: &Path, options: &[&str]) -> Self {
        let mut child = command
            .args(["--json", "--addr", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        // The pipe has to be read, or a server that logs much would wait.
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        std::thread::spawn({
            let log = log.clone();
            move || lines.for_each(|line| log.lock().unwrap().push_str(&(line.unwrap() + "\n")))
        });
        let mut serving = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut serving).unwrap();
        let serving: Value =
            serde_json::from_str(&serving).unwrap_or_else(|_| panic!("{}", log.lock().unwrap()));
        let address = serving["address"].as_str().unwrap();
        Self {
            address: address.trim_start_matches("http://").to_owned(),
            child,
            log,
        }
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Bytes of memory that it has now (`VmRSS` of `/proc/PID/status`).
    pub(crate) fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
        kilobytes.parse::<u64>().unwrap() * 1024
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let answer = request(&self.address, "", "GET", path, "").unwrap();
        (answer.status, answer.text)
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends the server a signal.
    pub(crate) fn tell(&self, signal: &str) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(told.success());
    }

    /// Tells the server to stop, and expects that it does so well.
    pub(crate) fn stop(mut self, signal: &str) {
        self.tell(signal);
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{}", self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that has failed leaves no server behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

/// One request on a connection of its own; `None` if the server went away.
pub(crate) fn request(
    address: &str,
    token: &str,
    method: &str,
    path: &str,
    body: &str,
) -> Option<Answer> {
    request_with(address, token, method, path, "", body)
}

/// The same with further lines of the head.
pub(crate) fn request_with(
    address: &str,
    token: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let bearer = match token {
        "" => String::new(),
        token => format!("authorization: Bearer {token}\r\n"),
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: blog\r\nconnection: close\r\n{bearer}{headers}\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, text) = answer.split_once("\r\n\r\n")?;
    Some(Answer {
        status: head.split(' ').nth(1)?.parse().ok()?,
        head: head.to_owned(),
        text: text.to_owned(),
    })
}

pub(crate) fn token(data: &Path, role: &str) -> String {
    token_of(data, "Ada", role)
}

/// The token of somebody with this name.
pub(crate) fn token_of(data: &Path, name: &str, role: &str) -> String {
    let output = run(data, &["token", "--role", role, "--name", name]);
    assert!(output.status.success(), "{}", errors(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "the token and nothing else");
    text.trim().to_owned()
}

/// Writes a folder of posts.
pub(crate) fn write_posts(folder: &Path, count: usize) {
    std::fs::create_dir_all(folder).unwrap();
    for number in 0..count {
        let text = format!("+++\ntitle = \"Post {number}\"\n+++\nGondola of post {number}\n");
        std::fs::write(folder.join(format!("{number:04}.md")), text).unwrap();
    }
}
