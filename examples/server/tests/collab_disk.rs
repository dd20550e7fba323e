//! Live editing on a disk that takes no more for a while.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by it"
)]

mod server;
mod yjs;

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use server::{Server, wait_until};
use yjs::{
    Client, Scene, keep_typing, lost_or_doubled, promised, seen, stop_typing, wait_for_same,
    wait_for_sync,
};

const PAUSE: Duration = Duration::from_millis(20);

/// A blog, and clients who type all the time.
fn scene() -> (Scene, [Client; 3]) {
    // A write beyond the limit is to fail, and not to end the process.
    let shell = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];
    let scene = Scene::served_by(|folder| Server::start_under(&shell, folder, &[]));
    let mut clients = scene.clients();
    keep_typing(&mut clients, PAUSE);
    wait_until("they see each other", || seen(&mut clients).len() > 200);
    (scene, clients)
}

/// Up to where a process may write in a file, in bytes: what stands beyond cannot be written, as on
/// a full disk.
fn limit(server: &Server, limit: &str) {
    let (id, limit) = (server.child.id(), format!("--fsize={limit}:unlimited"));
    let set = Command::new("prlimit")
        .arg(limit)
        .arg("--pid")
        .arg(id.to_string())
        .status();
    assert!(set.unwrap().success());
}

fn wait_until_told(clients: &mut [Client]) {
    for client in clients {
        wait_until("it is told", || !client.look().closes.is_empty());
        assert_eq!(client.look().closes[0], 1013);
    }
}

#[test]
fn clients_of_a_full_disk_are_told_and_go_on_without_loss_when_there_is_room() {
    let (scene, mut clients) = scene();
    limit(&scene.server, "4096");
    wait_until_told(&mut clients);
    let body = json!({"title": "More"});
    let headers = format!("if-match: \"{}\"\r\n", 1);
    let saved = scene.call("PATCH", "", &headers, &body);
    assert_eq!(saved.status, 503, "{}", saved.text);
    limit(&scene.server, "unlimited");
    wait_for_sync(&mut clients);
    let before = seen(&mut clients).len();
    wait_until("they see more", || seen(&mut clients).len() > before + 200);
    let typed = stop_typing(&mut clients);
    let body = wait_for_same(&mut clients, |body| {
        lost_or_doubled(body, &typed).is_empty()
    });
    assert_eq!(scene.head()["body"], json!(body));
    scene.server.stop("-TERM");
}

#[test]
fn what_was_seen_before_the_disk_was_full_is_there_though_nobody_returns() {
    for is_killed in [false, true] {
        let (mut scene, mut clients) = scene();
        limit(&scene.server, "4096");
        wait_until_told(&mut clients);
        stop_typing(&mut clients);
        for client in &mut clients {
            client.disconnect();
        }
        let promised = promised(&mut clients);
        if is_killed {
            scene = scene.restart(Server::kill);
        } else {
            limit(&scene.server, "unlimited");
        }
        wait_until("all of it is in the post", || {
            let body = scene.post.body(&scene.server);
            lost_or_doubled(&body, &promised).is_empty()
        });
        scene.server.stop("-TERM");
    }
}
