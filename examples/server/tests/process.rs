//! The server as a process: what it acknowledged is there after `kill -9`, and it drains.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_blog-server");

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["serve", "--addr", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("RUST_LOG", "info")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.by_ref().map(|line| line.unwrap()).find_map(|line| {
            line.split_once("http://")
                .map(|(_, address)| address.to_owned())
        });
        // The pipe has to be read, or a server that logs much would wait.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            child,
            address: address.unwrap().trim().to_owned(),
        }
    }
}

fn token(data: &Path) -> String {
    let output = Command::new(PROGRAM)
        .args(["token", "--role", "editor", "--name", "Ada", "--data"])
        .arg(data)
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "the token and nothing else");
    text.trim().to_owned()
}

/// One request on a connection of its own; `None` if the server went away.
fn request(
    address: &str,
    token: &str,
    method: &str,
    path: &str,
    body: &str,
) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: blog\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body)?;
    Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

#[test]
fn everything_acknowledged_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let token = Arc::new(token(folder.path()));
    let mut server = Server::start(folder.path());
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (address, token) = (server.address.clone(), token.clone());
            let acknowledged = acknowledged.clone();
            std::thread::spawn(move || {
                for number in 0.. {
                    let body = json!({"title": format!("{writer} {number}"), "body": "kept"});
                    match request(&address, &token, "POST", "/api/posts", &body.to_string()) {
                        Some((201, post)) => {
                            let id = post["id"].as_str().unwrap().to_owned();
                            acknowledged.lock().unwrap().push(id);
                        }
                        _ => return,
                    }
                }
            })
        })
        .collect();
    while acknowledged.lock().unwrap().len() < 200 {
        std::thread::yield_now();
    }
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    for writer in writers {
        writer.join().unwrap();
    }

    let server = Server::start(folder.path());
    let acknowledged = acknowledged.lock().unwrap();
    for id in acknowledged.iter() {
        let path = format!("/api/posts/{id}?view=head");
        let (status, post) = request(&server.address, &token, "GET", &path, "").unwrap();
        assert_eq!((status, &post["body"]), (200, &json!("kept")));
    }
    end(server);
}

#[test]
fn an_import_names_the_file_that_failed_and_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let posts = folder.path().join("posts");
    std::fs::create_dir(&posts).unwrap();
    std::fs::write(posts.join("good.md"), "+++\ntitle = \"Good\"\n+++\nText\n").unwrap();
    std::fs::write(
        posts.join("bad.md"),
        "+++\ntitle = \"Bad\"\ndate = ?\n+++\n",
    )
    .unwrap();
    let import = || {
        let output = Command::new(PROGRAM)
            .args(["import", "--publish", "--json", "--data"])
            .args([&folder.path().join("data"), &posts])
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), report)
    };
    let (code, report) = import();
    assert_eq!((code, &report["imported"]), (Some(1), &json!(1)));
    assert_eq!(report["failed"][0]["file"], "bad.md");
    assert!(
        report["failed"][0]["error"]
            .as_str()
            .unwrap()
            .starts_with("line 3: ")
    );
    let (_, report) = import();
    assert_eq!(
        (&report["imported"], &report["unchanged"]),
        (&json!(0), &json!(1))
    );
}

#[test]
fn a_server_that_is_told_to_stop_drains_and_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    end(Server::start(folder.path()));
}

#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    let output = Command::new(PROGRAM)
        .args(["--data", "/dev/null/blog"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/dev/null/blog"));
}

fn end(mut server: Server) {
    let id = server.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}
