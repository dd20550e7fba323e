//! Live editing when something goes wrong: servers that die or stop, and connections that send what
//! they should not, or do not read.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by it"
)]

mod server;
mod yjs;

use std::path::Path;
use std::time::{Duration, Instant};

use blog_core::domain::Scope;
use blog_core::ports::{PostKey, Storage, View};
use blog_storage_sqlite::SqliteStorage;
use serde_json::json;

use server::{Server, wait_until};
use yjs::{
    BINARY, Post, RawSocket, Scene, TEXT, has_lines, keep_typing, promised, says_once, seen,
    stop_typing, type_together, wait_for_same,
};

const CORPUS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../blog-collab/fuzz/corpus/update"
);

#[test]
fn what_ten_who_type_were_promised_is_in_the_post_after_a_kill_though_nobody_returns() {
    let mut scene = Scene::new();
    for seen_before in [100, 1_000, 3_000] {
        scene.post = Post::create(&scene.server, &scene.post.token);
        let mut clients = scene.clients::<10>();
        keep_typing(&mut clients, Duration::from_millis(20));
        wait_until("they see each other", || {
            seen(&mut clients).len() > seen_before
        });
        let killed = Instant::now();
        // The next server has another address: nobody finds it.
        scene = scene.restart(Server::kill);
        stop_typing(&mut clients);
        let promised = promised(&mut clients);
        wait_until("all of it is in the post", || {
            says_once(&scene.post.body(&scene.server), &promised)
        });
        assert!(killed.elapsed() < Duration::from_secs(20));
    }
    scene.server.stop("-TERM");
}

#[test]
fn what_ten_who_type_were_promised_is_stored_as_the_head_after_a_kill_though_nobody_asks() {
    let scene = Scene::new();
    let mut clients = scene.clients::<10>();
    keep_typing(&mut clients, Duration::from_millis(20));
    wait_until("they see each other", || seen(&mut clients).len() > 500);
    let killed = Instant::now();
    let scene = scene.restart(Server::kill);
    stop_typing(&mut clients);
    let promised = promised(&mut clients);
    let stored_body = stored_body(&scene);
    wait_until("all of it is in the head", || {
        says_once(&stored_body(), &promised)
    });
    assert!(killed.elapsed() < Duration::from_secs(20));
    scene.server.stop("-TERM");
}

/// Reads what the head says in the database, without a word to the server.
fn stored_body(scene: &Scene) -> impl Fn() -> String + use<> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = scene.folder.path().join("blog.db");
    let storage = runtime.block_on(SqliteStorage::open(database)).unwrap();
    let scope = Scope::everything_for_system("a test");
    let key = PostKey::Id(scene.post.id.parse().unwrap());
    move || {
        let head = runtime.block_on(storage.post(&scope, &key, View::Head));
        head.unwrap().unwrap().version.content.body
    }
}

#[test]
fn a_server_that_stops_says_so_and_loses_nothing() {
    let scene = Scene::new();
    let mut clients = scene.clients::<4>();
    for number in 0..60 {
        type_together(&mut clients, "random", number);
    }
    let scene = scene.restart(|server| server.stop("-TERM"));
    for client in &mut clients {
        wait_until("it is told", || !client.look().closes.is_empty());
        assert_eq!(client.look().closes[0], 1001);
    }
    let head = scene.head();
    let body = head["body"].as_str().unwrap();
    for line in seen(&mut clients) {
        assert!(body.lines().any(|kept| kept == line), "{line}");
    }
    for client in &mut clients {
        client.connect(&scene.server.address, &scene.post.id, &scene.post.token);
    }
    let body = wait_for_same(&mut clients, |body| has_lines(body, 4, 0..60));
    assert_eq!(scene.head()["body"], json!(body));
    scene.server.stop("-TERM");
}

/// A sync message (kind 1: step 2, kind 2: update) with these bytes.
fn sync_message(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap();
    assert!(length < 0x80);
    [&[0, kind, length], bytes].concat()
}

/// The updates that would harm whoever decodes them without a look.
fn attacks() -> Vec<Vec<u8>> {
    let files = Path::new(CORPUS).read_dir().unwrap();
    let files = files.map(|file| file.unwrap().path());
    let attacks: Vec<_> = files
        .filter(|path| {
            // The former are sound, and the latter do harm only under somebody else's client id.
            let name = path.to_string_lossy();
            !name.contains("yjs-13-") && !name.contains("-of-all-clocks")
        })
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    assert!(!attacks.is_empty());
    attacks
}

#[test]
fn hostile_bytes_end_their_connection_with_a_code_and_nobody_elses() {
    let scene = Scene::new();
    let mut clients = scene.clients::<2>();
    let mut cases = vec![
        ("garbage", BINARY, vec![0xff; 100], 1007),
        ("an unknown message", BINARY, vec![9, 1, 2], 1007),
        ("half a message", BINARY, vec![0, 2, 100, 1], 1007),
        ("text", TEXT, b"hello".to_vec(), 1007),
        ("a message of 2 MiB", BINARY, vec![0; 2 << 20], 1009),
    ];
    for attack in attacks() {
        cases.push((
            "a step 2 that harms",
            BINARY,
            sync_message(1, &attack),
            1007,
        ));
        cases.push((
            "an update that harms",
            BINARY,
            sync_message(2, &attack),
            1007,
        ));
    }
    let path = format!("/ws/collaborate/{}", scene.post.id);
    let bearer = format!("authorization: Bearer {}\r\n", scene.post.token);
    let open = || {
        RawSocket::open(&scene.server.address, &path, &bearer)
            .ok()
            .unwrap()
    };
    for (number, (what, kind, bytes, code)) in cases.into_iter().enumerate() {
        let mut hostile = open();
        hostile.send(kind, &bytes);
        let text = format!("{bytes:?}");
        let shown = &text[..text.len().min(300)];
        assert_eq!(hostile.close_code(), Some(code), "{what}: {shown}");
        clients[number % 2].type_at("random", &format!("{number}\n"));
        wait_for_same(&mut clients, |body| body.contains(&format!("{number}\n")));
    }
    let mut hostile = open();
    hostile.send_bytes(&[0xff; 200]);
    assert_eq!(hostile.close_code(), Some(1007), "no frame");
    for client in &mut clients {
        assert_eq!(client.look().closes, [0; 0]);
    }
    scene.server.stop("-TERM");
}

#[test]
fn who_does_not_read_loses_the_connection_and_others_go_on() {
    let scene = Scene::new();
    let mut clients = scene.clients::<2>();
    let path = format!(
        "/ws/collaborate/{}?token={}",
        scene.post.id, scene.post.token
    );
    let silent = RawSocket::open(&scene.server.address, &path, "")
        .ok()
        .unwrap();
    // More than the system's buffers hold and may wait in the room, together.
    let text = "x".repeat(256 << 10) + "\n";
    for number in 0..100 {
        clients[number % 2].type_at("end", &text);
        wait_for_same(&mut clients, |body| body.contains(&text));
        clients[number % 2].remove(&text);
        wait_for_same(&mut clients, |body| body == "first\n");
    }
    // By now it may be too late for a word on it.
    assert!(matches!(silent.close_code(), None | Some(1013)));
    for client in &mut clients {
        assert_eq!(client.look().closes, [0; 0]);
    }
    scene.server.stop("-TERM");
}
