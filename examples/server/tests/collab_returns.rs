//! Clients that come back with what they have, after much has happened without them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by it"
)]

mod server;
mod yjs;

use std::path::Path;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use server::cluster::wait_for;
use server::{Server, token_of, wait_until};
use yjs::{Client, Scene, lost_or_doubled, wait_for_same};

/// How many updates a log has until it is compacted, and some more.
const UPDATES: usize = 520;

/// The number of snapshots that are kept of live documents.
fn snapshots(data: &Path) -> i64 {
    wait_for(async {
        let options = SqliteConnectOptions::new().filename(data.join("blog.db"));
        let mut connection = options.connect().await.unwrap();
        let count = sqlx::query_scalar("SELECT count(*) FROM blog_collab_snapshots");
        let count = count.fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        count
    })
}

/// Waits until all have these lines, each once and nothing else, and the post has as well.
fn all_have(scene: Scene, clients: &mut [Client], lines: &[String]) {
    let body = wait_for_same(clients, |body| lost_or_doubled(body, lines).is_empty());
    assert_eq!(body.lines().count(), lines.len());
    assert_eq!(scene.head()["body"], json!(body));
    scene.server.stop("-TERM");
}

/// Adds text to the post's end over the API; the number of the version.
fn save(scene: &Scene, text: &str) -> u64 {
    let head = scene.head();
    let body = head["body"].as_str().unwrap().to_owned();
    let saved = scene.patch(&head["revision"], &(body + text));
    assert_eq!(saved.status, 200, "{}", saved.text);
    saved.json()["version"].as_u64().unwrap()
}

#[test]
fn who_was_offline_while_a_post_was_edited_restored_published_and_compacted_loses_nothing() {
    let scene = Scene::new();
    let [mut ada, mut bob] = scene.clients();
    ada.type_at("end", "second\n");
    bob.type_at("end", "to be removed\n");
    let mut both = [ada, bob];
    wait_for_same(&mut both, |body| body.lines().count() == 3);
    let [mut ada, mut bob] = both;
    ada.disconnect();
    ada.type_at("start", "offline at the start\n");
    ada.remove("to be removed\n");
    ada.type_at("end", "offline at the end\n");
    // Of the last two snapshots none is older than what she has.
    for round in 0..2 {
        for number in 0..UPDATES {
            bob.type_at("random", &format!("{round} {number}\n"));
        }
        let last = format!("{round} {}\n", UPDATES - 1);
        wait_until("the server has it", || bob.acknowledged().contains(&last));
        bob.disconnect();
        let version = save(&scene, &format!("saved {round}\n"));
        save(&scene, &format!("undone {round}\n"));
        for action in [
            "/publish".to_owned(),
            format!("/versions/{version}/restore"),
        ] {
            let done = scene.call("POST", &action, "", &Value::Null);
            assert_eq!(done.status, 200, "{}", done.text);
        }
        bob.reconnect();
        // What is typed before goes as one update.
        wait_until("Bob is back", || bob.look().synced);
    }
    wait_until("it is compacted", || snapshots(scene.folder.path()) == 2);
    ada.reconnect();
    let mut lines: Vec<_> = (0..2)
        .flat_map(|round| (0..UPDATES).map(move |number| format!("{round} {number}")))
        .collect();
    lines.extend(
        [
            "first",
            "second",
            "offline at the start",
            "offline at the end",
            "saved 0",
            "saved 1",
        ]
        .map(str::to_owned),
    );
    all_have(scene, &mut [ada, bob], &lines);
}

#[test]
fn a_tab_that_is_reloaded_brings_what_it_kept_under_its_old_client_id() {
    let scene = Scene::new();
    let [mut ada, mut bob] = scene.clients();
    ada.type_at("end", "online\n");
    wait_until("Bob has it", || bob.body().contains("online"));
    ada.disconnect();
    ada.type_at("end", "yesterday\n");
    ada.open(true);
    ada.type_at("end", "after a reload\n");
    bob.type_at("end", "meanwhile\n");
    wait_until("the server has it", || !bob.acknowledged().is_empty());
    drop(bob);
    let scene = scene.restart(Server::kill);
    ada.open(true);
    ada.connect(&scene.server.address, &scene.post.id, &scene.post.token);
    ada.type_at("end", "today\n");
    let [bob] = scene.clients();
    let lines = [
        "first",
        "online",
        "yesterday",
        "after a reload",
        "meanwhile",
        "today",
    ];
    let lines = lines.map(str::to_owned);
    all_have(scene, &mut [ada, bob], &lines);
}

#[test]
fn what_somebody_typed_offline_cannot_be_brought_by_another() {
    let scene = Scene::new();
    let [mut tab, mut bob] = scene.clients();
    tab.type_at("end", "Ada was here\n");
    wait_until("Bob has it", || bob.body().contains("Ada was here"));
    tab.disconnect();
    tab.type_at("end", "Ada offline\n");
    tab.open(true);
    let mallory = token_of(scene.folder.path(), "Mallory", "editor");
    tab.connect(&scene.server.address, &scene.post.id, &mallory);
    wait_until("it is refused", || !tab.look().closes.is_empty());
    assert_eq!(tab.look().closes, [4403]);
    let mut latecomer = Client::join(&scene.server.address, &scene.post.id, &scene.post.token);
    wait_until("it has the document", || latecomer.look().synced);
    for client in [&mut bob, &mut latecomer] {
        assert_eq!(client.body(), "first\nAda was here\n");
    }
    scene.server.stop("-TERM");
}
