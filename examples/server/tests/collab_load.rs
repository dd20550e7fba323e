//! Live editing when one sends far too much, and when very many come at once.
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

use serde_json::json;

use server::{Server, wait_until};
use yjs::{Crowd, Post, Scene, keep_typing, lost_or_doubled, seen, stop_typing, wait_for_same};

const MIB: u64 = 1 << 20;

/// What a server that bounds its queues may need for a client that sends without end.
const FLOOD_BYTES: u64 = 384 * MIB;
/// What two thousand connections may need while all of them get what all of them bring.
const CROWD_BYTES: u64 = 1024 * MIB;

#[test]
fn who_sends_ten_megabytes_a_second_takes_neither_the_others_edits_nor_the_memory() {
    let scene = Scene::new();
    let [mut flooding, ada, bob] = scene.clients();
    let mut others = [ada, bob];
    let before = scene.server.memory();
    flooding.flood(100_000, Duration::from_millis(10));
    keep_typing(&mut others, Duration::from_millis(100));
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(15) {
        let seen_before = seen(&mut others).len();
        wait_until("the others see each other", || {
            assert!(scene.server.memory() < before + FLOOD_BYTES);
            seen(&mut others).len() > seen_before + 10
        });
    }
    flooding.stop_typing();
    drop(flooding);
    let typed = stop_typing(&mut others);
    // The last of the flood may be read only now.
    wait_until("the post is what all see", || {
        let body = wait_for_same(&mut others, |body| lost_or_doubled(body, &typed).is_empty());
        scene.head()["body"] == json!(body)
    });
    for client in &mut others {
        // On a slow machine the others cannot read all of it, either.
        let first = client.look().closes.first().copied();
        assert!(matches!(first, None | Some(1013)), "{first:?}");
    }
    scene.server.stop("-TERM");
}

#[test]
fn two_thousand_who_come_back_at_once_get_everything_and_bring_everything() {
    const CLIENTS: usize = 2_000;
    const POSTS: usize = 40;
    // Each connection is an open file.
    let shell = ["sh", "-c", "ulimit -n 8192; exec \"$@\"", "sh"];
    let start = |folder: &Path| Server::start_under(&shell, folder, &[]);
    let scene = Scene::served_by(start);
    let posts: Vec<_> = (0..POSTS)
        .map(|_| Post::create(&scene.server, &scene.post.token).id)
        .collect();
    let token = &scene.post.token;
    let mut crowd = Crowd::new();
    crowd.connect(&scene.server.address, &posts, token, CLIENTS);
    wait_until("all have the document", || crowd.look().synced == CLIENTS);
    scene.server.kill();
    crowd.type_lines();
    let server = start(scene.folder.path());
    crowd.connect(&server.address, &posts, token, CLIENTS);
    let mut look = crowd.look();
    wait_until("all have what all brought", || {
        assert!(server.memory() < CROWD_BYTES);
        look = crowd.look();
        let is_whole = |body: &Option<String>| {
            let body = body.as_deref().unwrap_or_default();
            body.lines().count() == CLIENTS / POSTS + 1
        };
        look.synced == CLIENTS && look.bodies.values().all(is_whole)
    });
    for (number, id) in posts.into_iter().enumerate() {
        let numbers = (number..CLIENTS).step_by(POSTS);
        let mut lines: Vec<_> = numbers.map(|number| number.to_string()).collect();
        lines.push("first".to_owned());
        let body = look.bodies.remove(&id).flatten().unwrap();
        assert!(lost_or_doubled(&body, &lines).is_empty(), "{body}");
        let token = token.clone();
        assert_eq!(Post { id, token }.body(&server), body);
    }
    server.stop("-TERM");
}
