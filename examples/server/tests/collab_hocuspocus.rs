//! Live editing with the official client of Hocuspocus: several documents over one connection.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by it"
)]

mod server;
mod yjs;

use serde_json::json;

use server::{Server, request, token_of, wait_until};
use yjs::{BINARY, Hocuspocus, Post, RawSocket, Scene, TEXT};

#[test]
fn documents_over_one_connection_are_shared_with_other_clients_and_their_posts() {
    let scene = Scene::new();
    let another = Post::create(&scene.server, &scene.post.token);
    let [mut ada] = scene.clients();
    let mut ben = Hocuspocus::connect(&scene.server.address);
    let token = token_of(scene.folder.path(), "Ben", "editor");
    let posts = [&scene.post, &another];
    for post in posts {
        ben.open(&post.id, &token);
    }
    for post in posts {
        wait_until("Ben has it", || {
            let opened = ben.look(&post.id);
            opened.synced && opened.unsynced == 0
        });
        assert_eq!(ben.look(&post.id).body, "first\n");
        assert_eq!(ben.look(&post.id).scope, "read-write");
        ben.write(&post.id, "Ben\n");
    }
    ada.type_at("end", "Ada");
    ada.show(json!({"line": 1}));
    ben.show(&scene.post.id, json!({"color": "#00f"}));
    wait_until("each sees the other", || {
        let opened = ben.look(&scene.post.id);
        let user = json!({"id": "ben", "name": "Ben", "color": "#00f"});
        ada.look().body == "Ben\nfirst\nAda"
            && ada.look().others == [json!({"user": user})]
            && opened.body == "Ben\nfirst\nAda"
            && opened.unsynced == 0
            && opened.others.iter().any(|state| state["line"] == 1)
    });
    assert_eq!(another.body(&scene.server), "Ben\nfirst\n");
    ben.leave(&scene.post.id);
    wait_until("Ben is gone from one", || ada.look().others.is_empty());
    ben.write(&another.id, "Still here\n");
    wait_until("and not from the other", || {
        another.body(&scene.server) == "Still here\nBen\nfirst\n"
    });
    scene.server.stop("-TERM");
}

#[test]
fn who_is_not_let_into_a_document_is_told_so_and_keeps_the_others() {
    let scene = Scene::new();
    let mut ben = Hocuspocus::connect(&scene.server.address);
    let nobodys = "01900000-0000-7000-8000-000000000000";
    for (name, token) in [
        (nobodys, &*scene.post.token),
        ("no id", &*scene.post.token),
        (&*scene.post.id, "no token"),
    ] {
        ben.open(name, token);
        wait_until("it is refused", || !ben.look(name).refusals.is_empty());
        assert!(!ben.look(name).synced);
    }
    let another = Post::create(&scene.server, &scene.post.token);
    ben.open(&another.id, &another.token);
    wait_until("Ben has another", || ben.look(&another.id).synced);
    scene.server.stop("-TERM");
}

#[test]
fn who_may_only_look_on_has_nothing_stored() {
    let scene = Scene::new();
    let locked = scene.call("POST", "/lock", "", &json!({}));
    assert_eq!(locked.status, 200, "{}", locked.text);
    let token = token_of(scene.folder.path(), "Ben", "editor");
    let mut ben = Hocuspocus::connect(&scene.server.address);
    ben.open(&scene.post.id, &token);
    wait_until("Ben has it", || {
        let opened = ben.look(&scene.post.id);
        opened.synced && opened.unsynced == 0
    });
    assert_eq!(ben.look(&scene.post.id).scope, "readonly");
    ben.write(&scene.post.id, "Not taken\n");
    let [mut ada] = scene.clients();
    ada.type_at("end", "Taken");
    wait_until("Ben sees what Ada types", || {
        ben.look(&scene.post.id).body.ends_with("Taken")
    });
    assert_eq!(ada.look().body, "first\nTaken");
    assert_eq!(ben.look(&scene.post.id).unsynced, 1);

    // They are let on where they are, and what was refused is taken.
    let unlocked = scene.call("POST", "/unlock", "", &json!({}));
    assert_eq!(unlocked.status, 200, "{}", unlocked.text);
    wait_until("all is stored", || {
        let opened = ben.look(&scene.post.id);
        opened.scope == "read-write" && opened.unsynced == 0
    });
    assert_eq!(scene.post.body(&scene.server), "Not taken\nfirst\nTaken");
    assert!(ben.look(&scene.post.id).closes.is_empty());
    scene.server.stop("-TERM");
}

#[test]
fn who_says_again_who_they_are_and_what_they_have_stays_and_is_confirmed() {
    let scene = Scene::new();
    let (id, token) = (&scene.post.id, &scene.post.token);
    let mut ben = Hocuspocus::connect(&scene.server.address);
    ben.open(id, token);
    // What is said before there is a connection waits for it.
    ben.sync(id);
    ben.write(id, "Early\n");
    wait_until("Ben has it", || {
        let opened = ben.look(id);
        opened.synced && opened.unsynced == 0
    });
    ben.sync(id);
    ben.renew(id, token);
    ben.write(id, "Written\n");
    wait_until("it is confirmed", || ben.look(id).unsynced == 0);
    let body = scene.post.body(&scene.server);
    assert!(
        body.contains("Written\n") && body.contains("Early\n"),
        "{body}"
    );
    ben.renew(id, "no token");
    wait_until("it is refused", || !ben.look(id).refusals.is_empty());
    scene.server.stop("-TERM");
}

#[test]
fn a_page_of_the_site_may_bring_a_cookie_and_one_of_another_site_needs_a_token() {
    let scene = Scene::new();
    let (id, token) = (&scene.post.id, &scene.post.token);
    let address = &scene.server.address;
    let cookie = format!("blog_session={token}");
    let own = json!({"cookie": cookie, "origin": format!("http://{address}")});
    let mut ben = Hocuspocus::connect_with(address, own);
    ben.open(id, "");
    wait_until("Ben has it", || ben.look(id).synced);

    let foreign = json!({"cookie": cookie, "origin": "https://elsewhere.example"});
    let mut eve = Hocuspocus::connect_with(address, foreign);
    eve.open(id, "");
    wait_until("she is refused", || !eve.look(id).refusals.is_empty());
    let another = Post::create(&scene.server, token);
    eve.open(&another.id, token);
    wait_until("with a token she is in", || eve.look(&another.id).synced);
    scene.server.stop("-TERM");
}

#[test]
fn what_was_confirmed_is_there_after_a_crash() {
    let scene = Scene::new();
    let (id, token) = (scene.post.id.clone(), scene.post.token.clone());
    let mut ben = Hocuspocus::connect(&scene.server.address);
    ben.open(&id, &token);
    wait_until("Ben has it", || ben.look(&id).unsynced == 0);
    ben.write(&id, "Confirmed\n");
    wait_until("it is confirmed", || ben.look(&id).unsynced == 0);
    let scene = scene.restart(Server::kill);
    let mut ada = Hocuspocus::connect(&scene.server.address);
    ada.open(&id, &token);
    wait_until("Ada has it", || ada.look(&id).synced);
    assert_eq!(ada.look(&id).body, "Confirmed\nfirst\n");
    scene.server.stop("-TERM");
}

#[test]
fn a_document_whose_post_is_deleted_is_closed_and_the_others_are_not() {
    let scene = Scene::new();
    let another = Post::create(&scene.server, &scene.post.token);
    let mut ben = Hocuspocus::connect(&scene.server.address);
    for post in [&scene.post, &another] {
        ben.open(&post.id, &post.token);
        wait_until("Ben has it", || ben.look(&post.id).synced);
    }
    let admin = token_of(scene.folder.path(), "Root", "admin");
    for (method, action) in [("POST", "/trash"), ("DELETE", "")] {
        let path = format!("/api/posts/{}{action}", another.id);
        let done = request(&scene.server.address, &admin, method, &path, "{}").unwrap();
        assert!(done.status < 300, "{}", done.text);
    }
    wait_until("Ben hears of it", || {
        ben.look(&another.id).closes == ["the post is gone"]
    });
    ben.write(&scene.post.id, "Still here\n");
    wait_until("Ben writes on", || {
        scene.post.body(&scene.server) == "Still here\nfirst\n"
    });
    assert!(ben.look(&scene.post.id).closes.is_empty());
    scene.server.stop("-TERM");
}

#[test]
fn what_is_no_message_closes_the_connection() {
    let scene = Scene::new();
    let address = &scene.server.address;
    for (kind, payload) in [
        (TEXT, &b"hello"[..]),
        (BINARY, b"\x05ab"),
        (BINARY, b"\x01a\x06\x00"),
        (BINARY, b"\x01a\x02\x01\x00"),
    ] {
        let mut socket = RawSocket::open(address, "/ws/hocuspocus", "").ok().unwrap();
        socket.send(kind, payload);
        assert_eq!(socket.close_code(), Some(1007), "{payload:?}");
    }
    scene.server.stop("-TERM");
}
