//! Live editing as people have it: real Yjs clients, and the server as a process.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by it"
)]

mod server;
mod yjs;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use server::{Server, request, run, run_json, token_of, wait_until};
use yjs::{
    Client, Look, Post, RawSocket, Scene, has_lines, type_together, wait_for_same, wait_for_sync,
};

#[test]
fn all_see_what_each_types_and_so_does_the_post() {
    let scene = Scene::new();
    let mut clients = scene.clients::<2>();
    let [ada, bob] = &mut clients;
    ada.type_at("start", "Ada 😀\n");
    bob.type_at("end", "Bob");
    let body = wait_for_same(&mut clients, |body| {
        body.contains("Ada") && body.contains("Bob")
    });
    assert_eq!(body, "Ada 😀\nfirst\nBob");
    assert_eq!(scene.head()["body"], json!(body));
    clients[1].remove("Ada 😀\n");
    let body = wait_for_same(&mut clients, |body| !body.contains("Ada"));
    assert_eq!(scene.head()["body"], json!(body));
    scene.server.stop("-TERM");
}

#[test]
fn ten_who_open_a_post_at_once_find_its_content_once() {
    let scene = Scene::new();
    for client in &mut scene.clients::<10>() {
        let Look {
            title, body, meta, ..
        } = client.look();
        assert_eq!((&*title, &*body), ("News", "first\n"));
        assert_eq!(meta, json!({"tags": ["rust"]}));
    }
    scene.server.stop("-TERM");
}

#[test]
fn nobody_shows_a_name_that_is_not_theirs() {
    let scene = Scene::new();
    let [mut ada] = scene.clients();
    let token = token_of(scene.folder.path(), "Mallory", "editor");
    let mut mallory = Client::join(&scene.server.address, &scene.post.id, &token);
    mallory.show(json!({"user": {"id": "ada", "name": "Ada", "color": "#f00"}, "line": 7}));
    ada.show(json!({"line": 1}));
    wait_until("Ada sees somebody", || !ada.look().others.is_empty());
    let user = json!({"id": "mallory", "name": "Mallory", "color": "#f00"});
    assert_eq!(ada.look().others, [json!({"user": user, "line": 7})]);
    wait_until("Mallory sees Ada", || !mallory.look().others.is_empty());
    let user = json!({"id": "ada", "name": "Ada"});
    assert_eq!(mallory.look().others, [json!({"user": user, "line": 1})]);
    let present = scene.call("GET", "/presence", "", &Value::Null).json();
    let people = json!([{"id": "ada", "name": "Ada"}, {"id": "mallory", "name": "Mallory"}]);
    assert_eq!(present, json!({"items": people}));
    scene.server.stop("-TERM");
}

#[test]
fn who_leaves_is_gone_for_the_others_at_once_and_seen_again_on_return() {
    let scene = Scene::new();
    let [mut ada, mut bob] = scene.clients();
    ada.show(json!({"line": 1}));
    wait_until("Bob sees Ada", || bob.look().others.len() == 1);
    let left = Instant::now();
    ada.disconnect();
    wait_until("Bob sees nobody", || bob.look().others.is_empty());
    // Not by the 30 s after which whoever is silent is taken for gone.
    assert!(left.elapsed() < Duration::from_secs(15));
    // She comes with the state and the clock that she left with.
    ada.reconnect();
    let present = || scene.call("GET", "/presence", "", &Value::Null).json();
    let items = json!([{"id": "ada", "name": "Ada"}]);
    wait_until("the room has Ada", || present() == json!({"items": items}));
    wait_until("Bob sees Ada again", || bob.look().others.len() == 1);
    scene.server.stop("-TERM");
}

#[test]
fn a_save_while_others_type_reaches_them_and_a_conflict_is_answered() {
    let scene = Scene::new();
    let mut clients = scene.clients::<3>();
    let revision = &scene.head()["revision"];
    for number in 0..20 {
        type_together(&mut clients, "end", number);
    }
    let saved = scene.patch(revision, "saved\nfirst\n");
    assert_eq!(saved.status, 200, "{}", saved.text);
    for number in 20..40 {
        type_together(&mut clients, "end", number);
    }
    let body = wait_for_same(&mut clients, |body| has_lines(body, 3, 0..40));
    assert_eq!(body.matches("saved\n").count(), 1, "{body}");
    assert_eq!(scene.head()["body"], json!(body));

    clients[0].remove("first");
    wait_for_same(&mut clients, |body| !body.contains("first"));
    let refused = scene.patch(revision, "the first\n");
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(refused.json()["conflicts"][0]["field"], "body");
    scene.server.stop("-TERM");
}

#[test]
fn a_version_that_is_restored_while_others_type_reaches_them() {
    let scene = Scene::new();
    let mut clients = scene.clients::<3>();
    clients[0].remove("first\n");
    clients[0].type_at("end", "second\n");
    wait_for_same(&mut clients, |body| body == "second\n");
    assert_eq!(scene.head()["body"], "second\n");
    for number in 0..20 {
        type_together(&mut clients, "random", number);
    }
    let restored = scene.call("POST", "/versions/1/restore", "", &Value::Null);
    assert_eq!(restored.status, 200, "{}", restored.text);
    for number in 20..40 {
        type_together(&mut clients, "random", number);
    }
    let body = wait_for_same(&mut clients, |body| {
        has_lines(body, 3, 20..40) && body.contains("first")
    });
    assert!(!body.contains("second"), "{body}");
    assert_eq!(body.matches("first").count(), 1, "{body}");
    assert_eq!(scene.head()["body"], json!(body));
    scene.server.stop("-TERM");
}

#[test]
fn what_is_imported_while_others_type_reaches_them_and_a_conflict_leaves_what_they_typed() {
    let scene = Scene::new();
    let folder = tempfile::tempdir().unwrap();
    let write = |body: &str| {
        let text = format!("+++\ntitle = \"Imported\"\n+++\n{body}");
        std::fs::write(folder.path().join("page.md"), text).unwrap();
    };
    let import = || {
        let path = folder.path().to_str().unwrap();
        run_json(scene.folder.path(), &["import", "--publish", path]).1
    };
    write("first\nsecond\nthird\n");
    assert_eq!(import()["imported"], 1);
    let address = &scene.server.address;
    let imported = request(address, "", "GET", "/api/posts/by-slug/page", "").unwrap();
    let post = Post {
        id: imported.json()["id"].as_str().unwrap().to_owned(),
        token: scene.post.token.clone(),
    };
    let mut clients = post.join([&**address; 3]);
    let mut numbers = 0..;
    let mut import_beside_typing = |clients: &mut [Client]| {
        std::thread::scope(|scope| {
            let importing = scope.spawn(import);
            while !importing.is_finished() {
                type_together(clients, "end", numbers.next().unwrap());
            }
            (importing.join().unwrap(), 0..numbers.start)
        })
    };

    write("first, as its source has it by now\nsecond\nthird\n");
    let (report, typed) = import_beside_typing(&mut clients);
    assert_eq!(report["updated"], 1, "{report}");
    let body = wait_for_same(&mut clients, |body| {
        has_lines(body, 3, typed.clone()) && body.contains("as its source has it")
    });
    assert!(body.starts_with("first, as its source has it by now\nsecond\nthird\n"));
    assert_eq!(body.lines().count(), 3 + 3 * typed.len(), "{body}");
    assert_eq!(post.body(&scene.server), body);

    clients[0].remove("second");
    clients[0].type_at("start", "zeroth\n");
    wait_for_same(&mut clients, |body| body.starts_with("zeroth\nfirst"));
    assert!(!post.body(&scene.server).contains("second"));
    write("first, as its source has it by now\nthe second\nthird\n");
    let (report, typed) = import_beside_typing(&mut clients);
    assert_eq!(report["failed"].as_array().unwrap().len(), 1, "{report}");
    let body = wait_for_same(&mut clients, |body| has_lines(body, 3, typed.clone()));
    assert!(!body.contains("second"), "{body}");
    assert_eq!(post.body(&scene.server), body);
    scene.server.stop("-TERM");
}

#[test]
fn who_was_offline_merges_with_what_happened_and_doubles_nothing() {
    let scene = Scene::new();
    let mut clients = scene.clients::<2>();
    clients[0].type_at("end", "second\n");
    wait_for_same(&mut clients, |body| body == "first\nsecond\n");
    clients[0].disconnect();
    clients[0].type_at("end", "offline\n");
    clients[1].disconnect();
    let saved = scene.patch(&scene.head()["revision"], "zeroth\nfirst\nsecond\n");
    assert_eq!(saved.status, 200, "{}", saved.text);
    for action in ["/publish", "/versions/1/restore"] {
        let done = scene.call("POST", action, "", &Value::Null);
        assert_eq!(done.status, 200, "{}", done.text);
    }
    let saved = scene.patch(&scene.head()["revision"], "first\nsecond\nthird\n");
    assert_eq!(saved.status, 200, "{}", saved.text);
    for client in &mut clients {
        client.reconnect();
    }
    let body = wait_for_same(&mut clients, |body| {
        body.contains("offline") && body.contains("third")
    });
    for line in ["first\n", "second\n", "third\n", "offline\n"] {
        assert_eq!(body.matches(line).count(), 1, "{body}");
    }
    assert_eq!(body.lines().count(), 4, "{body}");
    assert_eq!(scene.head()["body"], json!(body));
    scene.server.stop("-TERM");
}

#[test]
fn who_may_not_come_in_is_told_so_before_the_upgrade() {
    let scene = Scene::new();
    let path = format!("/ws/collaborate/{}", scene.post.id);
    let open = |path: &str, token: &str| {
        let headers = format!("authorization: Bearer {token}\r\n");
        let headers = if token.is_empty() { "" } else { &headers };
        RawSocket::open(&scene.server.address, path, headers).err()
    };
    let token = |name: &str, role: &str| token_of(scene.folder.path(), name, role);
    let (reader, contributor) = (token("Rita", "reader"), token("Conny", "contributor"));
    let stranger = tempfile::tempdir().unwrap();
    let strange = token_of(stranger.path(), "Ada", "editor");
    for is_published in [false, true] {
        if is_published {
            let published = scene.call("POST", "/publish", "", &Value::Null);
            assert_eq!(published.status, 200);
        }
        assert_eq!(open(&path, ""), Some(401));
        assert_eq!(open(&path, &strange), Some(401));
        assert_eq!(open(&path, "nonsense"), Some(401));
        assert_eq!(open(&path, &contributor), Some(404), "{is_published}");
        assert_eq!(open(&path, &reader), Some(404), "{is_published}");
        assert_eq!(open(&path, &scene.post.token), None);
    }
    for nowhere in ["nonsense", "00000000-0000-7000-8000-000000000000"] {
        assert_eq!(
            open(&format!("/ws/collaborate/{nowhere}"), &scene.post.token),
            Some(404)
        );
    }
    scene.server.stop("-TERM");
}

#[test]
fn a_connection_ends_with_the_token_that_let_it_in_and_others_stay() {
    let scene = Scene::new();
    let path = format!("/ws/collaborate/{}", scene.post.id);
    let open = |token: &str| {
        let headers = format!("authorization: Bearer {token}\r\n");
        RawSocket::open(&scene.server.address, &path, &headers)
    };
    let mut others = scene.clients::<1>();
    let wanted = ["--role", "editor", "--name", "Bob", "--ttl", "3s"];
    let short = run(scene.folder.path(), &[&["token"], &wanted[..]].concat());
    let short = String::from_utf8(short.stdout).unwrap();
    let socket = open(short.trim()).ok().unwrap();
    assert_eq!(socket.close_code(), Some(4401));
    assert_eq!(open(short.trim()).err(), Some(401));
    others[0].type_at("end", "still here\n");
    wait_for_same(&mut others, |body| body.contains("still here"));
    wait_until("it is in the post", || {
        scene.head()["body"] == json!("first\nstill here\n")
    });
    scene.server.stop("-TERM");
}

#[test]
fn clients_of_the_next_yjs_write_with_those_of_today_also_after_the_server_was_killed() {
    let mut scene = Scene::new();
    let mut clients = [Client::next(), Client::next(), Client::new()];
    for (round, mine) in ["first\n", "second\n"].into_iter().enumerate() {
        if round > 0 {
            scene = scene.restart(Server::kill);
            // Meanwhile they go on.
            clients[0].type_at("end", "second\n");
        }
        let Post { id, token } = &scene.post;
        let address = std::iter::repeat(&*scene.server.address);
        Client::connect_together(&mut clients, address, id, token);
        wait_for_sync(&mut clients);
        type_together(&mut clients, "random", round);
        let body = wait_for_same(&mut clients, |body| {
            body.contains(mine) && has_lines(body, 3, 0..round + 1)
        });
        for client in &mut clients {
            let look = client.look();
            assert_eq!(look.title, "News");
            assert_eq!(look.meta, json!({"tags": ["rust"]}));
            client.show(json!({"line": round}));
        }
        let other = json!({"line": round, "user": {"id": "ada", "name": "Ada"}});
        for client in &mut clients {
            let others = [&other, &other].map(Value::clone);
            wait_until("each sees the others", || client.look().others == others);
        }
        clients[round].remove(mine);
        let body = wait_for_same(&mut clients, |now| {
            !now.contains(mine) && now.len() + mine.len() == body.len()
        });
        assert_eq!(scene.head()["body"], json!(body));
    }
    scene.server.stop("-TERM");
}
