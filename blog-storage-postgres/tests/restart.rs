//! A server that crashes under load: what was acknowledged is there once, and whoever was not
//! answered finds out by asking again.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use blog_core::domain::{Actor, Content, Role, Seq};
use blog_core::ports::Storage;
use blog_core::services::{IdempotencyKey, NewPost};
use blog_core::{Blog, Result};
use blog_storage_postgres::PostgresStorage;

/// A server of this test's own, stopped and removed at its end.
struct Server {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
}

impl Server {
    fn start() -> Self {
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
        let data = server.data();
        let auth = ["--username", "blog", "--auth", "trust", "--no-sync"];
        server.run("initdb", &[&["--pgdata", &data], &auth[..]].concat());
        server.control("start");
        server
    }

    fn data(&self) -> String {
        self.folder.join("data").to_str().unwrap().to_owned()
    }

    fn url(&self) -> String {
        format!("postgres://blog@127.0.0.1:{}/postgres", self.port)
    }

    /// `start`, `stop` or `restart`; both of the latter as a crash.
    fn control(&self, what: &str) {
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

fn ada() -> Actor {
    Actor::user("ada", "Ada", Role::Editor)
}

async fn create(blog: &Blog, number: usize) -> Result<()> {
    let content = Content {
        title: format!("Post {number}"),
        ..Content::default()
    };
    let idempotency_key = Some(IdempotencyKey {
        key: number.to_string(),
        request_hash: [0; 32],
    });
    let new = NewPost {
        content,
        idempotency_key,
        ..NewPost::default()
    };
    blog.posts().create(&ada(), new).await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_the_server_loses_nothing_that_was_acknowledged_and_doubles_nothing() {
    let server = Server::start();
    let storage = PostgresStorage::connect(&server.url()).await.unwrap();
    let blog = Blog::builder(storage.clone()).build();
    let (next, acknowledged) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let (blog, next, acknowledged) = (blog.clone(), next.clone(), acknowledged.clone());
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= 600 {
                        return;
                    }
                    // Whoever gets no answer asks again, with the same key.
                    while let Err(error) = create(&blog, number).await {
                        assert!(error.is_retryable(), "{error:?}");
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for crash in 1..=2 {
        while acknowledged.load(Ordering::SeqCst) < crash * 150 {
            tokio::task::yield_now().await;
        }
        server.control("restart");
    }
    for writer in writers {
        tokio::time::timeout(Duration::from_secs(60), writer)
            .await
            .unwrap()
            .unwrap();
    }
    let events = storage.events(Seq(0), 1_000).await.unwrap();
    assert_eq!(events.len(), 600);
    let mut posts: Vec<_> = events.iter().map(|event| event.post).collect();
    posts.sort();
    posts.dedup();
    assert_eq!(posts.len(), 600, "each post once");
    storage.close().await;
}
