//! Live editing on several nodes, any of which may die.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by it"
)]

mod server;
mod yjs;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use server::balancer::Balancer;
use server::cluster::{Database, node, node_under};
use server::{Server, token_of, wait_until};
use yjs::{
    Client, Nodes, Post, has_lines, keep_typing, lost_or_doubled, promised, says_once, seen,
    stop_typing, type_together, wait_for_same, wait_for_sync,
};

const PAUSE: Duration = Duration::from_millis(40);

fn start(folder: &Path, database: &Database, count: usize) -> Vec<Server> {
    let names = ["one", "two", "three"].into_iter().take(count);
    let nodes = names.map(|name| node(folder, name, &database.options()));
    nodes.collect()
}

/// The names of those who are in the room, as a node says.
fn present(post: &Post, node: &Server) -> BTreeSet<String> {
    let present = post.call(node, "GET", "/presence", "", &Value::Null).json();
    let people = present["items"].as_array().unwrap();
    let names = people.iter().map(|person| person["name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

fn names<const COUNT: usize>(names: [&str; COUNT]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

/// A post as somebody else has it, who may edit it, too.
fn as_bob(nodes: &Nodes) -> Post {
    Post {
        id: nodes.post.id.clone(),
        token: token_of(nodes.folder.path(), "Bob", "editor"),
    }
}

#[test]
fn who_is_on_one_node_and_what_they_type_shows_on_the_others() {
    let database = Database::new("collab_crossing");
    let nodes = Nodes::new(|folder| start(folder, &database, 2));
    let [one, two] = &nodes.servers[..] else {
        panic!("two nodes")
    };
    let mut clients = nodes.post.join([&*one.address; 2]);
    clients.extend(as_bob(&nodes).join([&*two.address; 2]));
    for (number, client) in clients.iter_mut().enumerate() {
        client.type_at("end", &format!("line {number}\n"));
        client.show(json!({"line": number}));
    }
    let body = wait_for_same(&mut clients, |body| body.lines().count() == 5);
    for node in &nodes.servers {
        assert_eq!(nodes.post.head(node)["body"], json!(body));
        wait_until("a node knows of both", || {
            present(&nodes.post, node) == names(["Ada", "Bob"])
        });
    }
    for client in &mut clients {
        wait_until("each sees the others", || client.look().others.len() == 3);
    }
    for client in &mut clients[2..] {
        client.disconnect();
    }
    wait_until("those who left are gone on the other node", || {
        clients[0].look().others.len() == 1 && present(&nodes.post, one) == names(["Ada"])
    });
    nodes.stop();
    database.remove();
}

#[test]
fn a_node_that_is_killed_while_ten_type_takes_nothing_seen_with_it_though_nobody_returns() {
    let database = Database::new("collab_killed");
    let mut nodes = Nodes::new(|folder| start(folder, &database, 2));
    let mut clients = nodes.post.join([&*nodes.servers[0].address; 5]);
    clients.extend(as_bob(&nodes).join([&*nodes.servers[1].address; 5]));
    for client in &mut clients {
        client.show(json!({"line": 1}));
    }
    for node in &nodes.servers {
        wait_until("a node knows of both", || {
            present(&nodes.post, node) == names(["Ada", "Bob"])
        });
    }
    keep_typing(&mut clients, PAUSE);
    wait_until("they see each other", || seen(&mut clients).len() > 500);
    nodes.servers.remove(0).kill();
    let killed = Instant::now();
    let survivor = &nodes.servers[0];
    let (dead, alive) = clients.split_at_mut(5);
    stop_typing(dead);
    let promised_there = promised(dead);
    wait_until("all of it is in the post", || {
        let body = nodes.post.body(survivor);
        lost_or_doubled(&body, &promised_there).is_empty()
    });
    assert!(killed.elapsed() < Duration::from_secs(20));
    let before = seen(alive).len();
    wait_until("the others go on", || seen(alive).len() > before + 100);
    stop_typing(alive);
    let promised_here = promised(alive);
    let body = wait_for_same(alive, |body| {
        lost_or_doubled(body, &promised_here).is_empty()
    });
    assert_eq!(nodes.post.head(survivor)["body"], json!(body));
    wait_until("those of the dead node are gone", || {
        present(&nodes.post, survivor) == names(["Bob"])
    });
    nodes.stop();
    database.remove();
}

#[test]
fn what_ten_behind_a_balancer_were_promised_is_on_every_node_after_a_kill_though_nobody_returns() {
    let database = Database::new("collab_unreturned");
    let mut nodes = Nodes::new(|folder| start(folder, &database, 3));
    let balancer = Balancer::before(&nodes.servers);
    let mut clients = nodes.post.join([&*balancer.address; 10]);
    keep_typing(&mut clients, PAUSE);
    wait_until("they see each other", || seen(&mut clients).len() > 1_000);
    let killed = Instant::now();
    nodes.servers.remove(0).kill();
    // With it goes every way back.
    drop(balancer);
    let again = node(nodes.folder.path(), "one", &database.options());
    nodes.servers.push(again);
    stop_typing(&mut clients);
    let promised = promised(&mut clients);
    for node in &nodes.servers {
        wait_until("all of it is in the post", || {
            says_once(&nodes.post.body(node), &promised)
        });
    }
    assert!(killed.elapsed() < Duration::from_secs(20));
    nodes.stop();
    database.remove();
}

#[test]
fn clients_of_a_node_that_is_killed_go_on_with_another_and_lose_nothing() {
    let database = Database::new("collab_balanced");
    let mut nodes = Nodes::new(|folder| start(folder, &database, 3));
    let balancer = Balancer::before(&nodes.servers);
    let mut clients = nodes.post.join([&*balancer.address; 10]);
    keep_typing(&mut clients, PAUSE);
    wait_until("they see each other", || seen(&mut clients).len() > 500);
    nodes.servers.remove(0).kill();
    let is_cut_off = |client: &mut Client| !client.look().closes.is_empty();
    wait_until("some are cut off", || clients.iter_mut().any(is_cut_off));
    wait_for_sync(&mut clients);
    let before = seen(&mut clients).len();
    wait_until("all go on", || seen(&mut clients).len() > before + 500);
    let cut_off = clients
        .iter_mut()
        .filter_map(|client| is_cut_off(client).then_some(()));
    assert!((1..10).contains(&cut_off.count()));
    let typed = stop_typing(&mut clients);
    let body = wait_for_same(&mut clients, |body| {
        lost_or_doubled(body, &typed).is_empty()
    });
    for node in &nodes.servers {
        assert_eq!(nodes.post.head(node)["body"], json!(body));
    }
    drop(balancer);
    nodes.stop();
    database.remove();
}

#[test]
fn a_post_that_two_nodes_open_at_the_same_instant_says_everything_once() {
    const POSTS: usize = 100;
    let database = Database::new("collab_opened");
    let nodes = Nodes::new(|folder| start(folder, &database, 2));
    let posts: Vec<_> = (0..POSTS)
        .map(|number| Post::create(&nodes.servers[number % 2], &nodes.post.token))
        .collect();
    let mut clients = [Client::new(), Client::new()];
    for post in &posts {
        for client in &mut clients {
            client.open(false);
        }
        Client::connect_together(&mut clients, nodes.addresses(1), &post.id, &post.token);
        wait_for_sync(&mut clients);
        type_together(&mut clients, "end", 0);
        wait_for_same(&mut clients, |body| has_lines(body, 2, 0..1));
        for (client, node) in clients.iter_mut().zip(&nodes.servers) {
            let look = client.look();
            assert_eq!(look.body.matches("first\n").count(), 1, "{}", look.body);
            assert_eq!(look.body.lines().count(), 3, "{}", look.body);
            assert_eq!(
                (&*look.title, look.meta),
                ("News", json!({"tags": ["rust"]}))
            );
            assert_eq!(post.head(node)["body"], json!(look.body));
        }
    }
    nodes.stop();
    database.remove();
}

/// A node whose clock is so far from this machine's.
fn node_at(folder: &Path, database: &Database, name: &str, offset: &str) -> Server {
    let architectures = Path::new("/usr/lib").read_dir().unwrap();
    let mut libraries = architectures.map(|architecture| {
        let folder = architecture.unwrap().path();
        folder.join("faketime/libfaketimeMT.so.1")
    });
    let library = libraries.find(|library| library.exists());
    let library = library.expect("libfaketime: run tests/run, which installs it");
    let preload = format!("LD_PRELOAD={}", library.display());
    let time = format!("FAKETIME={offset}");
    let environment = ["env", &preload, &time, "FAKETIME_DONT_FAKE_MONOTONIC=1"];
    node_under(&environment, folder, name, &database.options())
}

#[test]
fn nodes_whose_clocks_differ_by_minutes_edit_together_and_lose_nothing() {
    let database = Database::new("collab_clocks");
    let mut nodes = Nodes::new(|folder| {
        vec![
            node_at(folder, &database, "one", "+7m"),
            node_at(folder, &database, "two", "-7m"),
        ]
    });
    let created = |node: &Server| {
        let head = nodes.post.head(node);
        head["created_at"].as_str().unwrap().to_owned()
    };
    let late = Post::create(&nodes.servers[1], &nodes.post.token).head(&nodes.servers[1]);
    assert!(*created(&nodes.servers[0]) > *late["created_at"].as_str().unwrap());
    let mut clients = nodes.post.join(nodes.addresses(2));
    keep_typing(&mut clients, PAUSE);
    for number in 0..6 {
        let node = &nodes.servers[number % 2];
        wait_until("a save goes where nobody types", || {
            let head = nodes.post.head(node);
            let body = format!("saved {number}\n{}", head["body"].as_str().unwrap());
            let saved = nodes.post.patch(node, &head["revision"], &body);
            assert!(matches!(saved.status, 200 | 409), "{}", saved.text);
            saved.status == 200
        });
        let before = seen(&mut clients).len();
        wait_until("they see more", || seen(&mut clients).len() > before + 50);
    }
    let mut typed = stop_typing(&mut clients);
    typed.extend((0..6).map(|number| format!("saved {number}")));
    let body = wait_for_same(&mut clients, |body| {
        lost_or_doubled(body, &typed).is_empty()
    });
    for node in &nodes.servers {
        assert_eq!(nodes.post.head(node)["body"], json!(body));
    }
    // The one with the late clock takes over what the one with the early clock leaves.
    keep_typing(&mut clients, PAUSE);
    let before = seen(&mut clients).len();
    wait_until("they see more", || seen(&mut clients).len() > before + 50);
    nodes.servers.remove(0).kill();
    stop_typing(&mut clients);
    let promised = promised(&mut clients);
    wait_until("all of it is in the post", || {
        lost_or_doubled(&nodes.post.body(&nodes.servers[0]), &promised).is_empty()
    });
    nodes.stop();
    database.remove();
}
