//! Several nodes on one PostgreSQL and one Redis, any of which may die.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by it"
)]

mod server;
mod yjs;

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::json;

use server::cluster::{Database, Way, node};
use server::{request, run, token, wait_until};
use yjs::Client;

#[test]
fn a_change_on_one_node_is_seen_on_the_others_and_a_killed_node_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let token = Arc::new(token(folder.path(), "editor"));
    let database = Database::new("cluster");
    let nodes: Vec<_> = ["one", "two", "three"]
        .into_iter()
        .map(|name| node(folder.path(), name, &database.options()))
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
    let added = node(folder.path(), "four", &database.options());
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
fn every_node_tells_who_edits_a_post_wherever_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let token = token(folder.path(), "editor");
    let database = Database::new("presence");
    let nodes = ["one", "two"].map(|name| node(folder.path(), name, &database.options()));
    let post = json!({"title": "News", "body": "gondola"}).to_string();
    let created = request(&nodes[0].address, &token, "POST", "/api/posts", &post).unwrap();
    let post = created.json()["id"].as_str().unwrap().to_owned();

    let mut ada = Client::join(&nodes[0].address, &post, &token);
    ada.show(json!({"line": 1}));
    let path = format!("/api/posts/{post}/presence");
    for (items, what) in [
        (json!([{"id": "ada", "name": "Ada"}]), "Ada is there"),
        (json!([]), "Ada is gone"),
    ] {
        for node in &nodes {
            wait_until(what, || {
                let present = request(&node.address, &token, "GET", &path, "").unwrap();
                present.json() == json!({ "items": items })
            });
        }
        ada.disconnect();
    }
    for node in nodes {
        node.stop("-TERM");
    }
    database.remove();
}

#[test]
fn nodes_behind_a_pooler_see_each_others_changes() {
    let folder = tempfile::tempdir().unwrap();
    let token = token(folder.path(), "editor");
    let database = Database::new("pooled");
    let pooled = ["--database-url", &database.url(Way::PgBouncer)];
    let direct = ["--database-direct-url", &database.url(Way::Direct)];
    let nodes = [
        node(folder.path(), "one", &pooled),
        node(folder.path(), "two", &[pooled, direct].concat()),
    ];
    for (writer, reader) in [(0, 1), (1, 0)] {
        let slug = format!("/api/posts/by-slug/from-{writer}?view=head");
        let seen = || request(&nodes[reader].address, &token, "GET", &slug, "").unwrap();
        assert_eq!(seen().status, 404);
        let post = json!({"title": format!("From {writer}"), "body": "zeppelin"}).to_string();
        let written = request(&nodes[writer].address, &token, "POST", "/api/posts", &post);
        assert_eq!(written.unwrap().status, 201);
        assert_eq!(seen().status, 200);
    }
    for node in nodes {
        wait_until("both nodes index both posts", || {
            let path = "/api/search?q=zeppelin";
            let found = request(&node.address, &token, "GET", path, "").unwrap();
            found.json()["total"] == 2
        });
        node.stop("-TERM");
    }
    database.remove();
}

#[test]
fn a_server_that_cannot_be_used_is_named_and_its_password_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("postgres://ada:s3cret@{}/a", silent.local_addr().unwrap());
    for options in [
        ["--database-url", "postgres://ada:s3cret@127.0.0.1:1/blog"],
        ["--database-url", &silent],
        ["--redis-url", "redis://ada:s3cret@not a host"],
    ] {
        let output = run(folder.path(), &[&["serve"], &options[..]].concat());
        let errors = server::errors(&output);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.contains("cannot use"), "{errors}");
        assert!(!errors.contains("s3cret"), "{errors}");
    }
}
