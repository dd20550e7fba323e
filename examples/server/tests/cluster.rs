//! Several nodes on one PostgreSQL and one Redis, any of which may die.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod server;

use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use server::{Server, request, run, token, wait_until};

/// A database of this test's own, on the server that `tests/run` starts.
struct Database {
    name: String,
    server: String,
}

impl Database {
    fn new(name: &str) -> Self {
        let database = Self {
            name: format!("blog_test_{name}_{}", std::process::id()),
            server: std::env::var("BLOG_TEST_POSTGRES_URL").unwrap(),
        };
        database.execute(&format!("DROP DATABASE IF EXISTS {}", database.name));
        database.execute(&format!("CREATE DATABASE {}", database.name));
        database
    }

    fn execute(&self, sql: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&self.server).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut connection)
                .await
                .unwrap();
        });
    }

    fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    fn remove(&self) {
        self.execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

fn node(folder: &Path, number: u32, database: &Database) -> Server {
    let data = folder.join(format!("node-{number}"));
    std::fs::create_dir_all(&data).unwrap();
    // One key for all of them.
    std::fs::copy(folder.join("jwt.key"), data.join("jwt.key")).unwrap();
    let redis = std::env::var("BLOG_TEST_REDIS_URL").unwrap();
    let (url, prefix) = (database.url(), format!("{}:", database.name));
    let options = ["--database-url", &url, "--redis-url", &redis];
    Server::start_with(
        &data,
        &[&options[..], &["--redis-prefix", &prefix]].concat(),
    )
}

#[test]
fn a_change_on_one_node_is_seen_on_the_others_and_a_killed_node_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let token = Arc::new(token(folder.path(), "editor"));
    let database = Database::new("cluster");
    let nodes: Vec<_> = (0..3)
        .map(|number| node(folder.path(), number, &database))
        .collect();
    // What is not there is remembered, too.
    for node in &nodes {
        assert_eq!(node.get("/api/posts/by-slug/news").0, 404);
    }
    let post = json!({"title": "News", "body": "gondola"}).to_string();
    let created = request(&nodes[0].address, &token, "POST", "/api/posts", &post).unwrap();
    let publish = format!(
        "/api/posts/{}/publish",
        created.json()["id"].as_str().unwrap()
    );
    let published = request(&nodes[1].address, &token, "POST", &publish, "").unwrap();
    assert_eq!(published.status, 200, "{}", published.text);
    for node in &nodes {
        wait_until("the post is seen on every node", || {
            node.get("/api/posts/by-slug/news").0 == 200
        });
        wait_until("the post is found on every node", || {
            node.get("/api/search?q=gondola").1.contains("\"total\":1")
        });
    }

    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let writers: Vec<_> = (0..6)
        .map(|writer: usize| {
            let address = nodes[writer % 3].address.clone();
            let (token, acknowledged) = (token.clone(), acknowledged.clone());
            std::thread::spawn(move || {
                for number in 0..50 {
                    let post = json!({"title": format!("{writer} {number}"), "body": "kept"});
                    match request(&address, &token, "POST", "/api/posts", &post.to_string()) {
                        Some(answer) if answer.status == 201 => {
                            let id = answer.json()["id"].as_str().unwrap().to_owned();
                            acknowledged.lock().unwrap().push(id);
                        }
                        _ => return,
                    }
                }
            })
        })
        .collect();
    wait_until("enough is written", || {
        acknowledged.lock().unwrap().len() > 60
    });
    let mut nodes = nodes.into_iter();
    nodes.next().unwrap().kill();
    for writer in writers {
        writer.join().unwrap();
    }
    let acknowledged = acknowledged.lock().unwrap();
    assert!(acknowledged.len() >= 200, "two nodes go on");

    // A node is added by starting it.
    let added = node(folder.path(), 9, &database);
    for id in acknowledged.iter() {
        let path = format!("/api/posts/{id}?view=head");
        let found = request(&added.address, &token, "GET", &path, "").unwrap();
        assert_eq!(found.status, 200);
    }
    let search = || request(&added.address, &token, "GET", "/api/search?q=kept", "").unwrap();
    wait_until("the new node has indexed everything", || {
        let total = search().json()["total"].as_u64().unwrap();
        usize::try_from(total).unwrap() >= acknowledged.len()
    });
    added.stop("-TERM");
    for node in nodes {
        node.stop("-TERM");
    }
    database.remove();
}

#[test]
fn a_server_that_cannot_be_used_is_named_and_its_password_is_not() {
    let folder = tempfile::tempdir().unwrap();
    for options in [
        ["--database-url", "postgres://ada:s3cret@127.0.0.1:1/blog"],
        ["--redis-url", "redis://ada:s3cret@not a host"],
    ] {
        let output = run(folder.path(), &[&["serve"], &options[..]].concat());
        let errors = server::errors(&output);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.contains("cannot use"), "{errors}");
        assert!(!errors.contains("s3cret"), "{errors}");
    }
}
