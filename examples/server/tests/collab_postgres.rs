//! Live editing on two nodes whose PostgreSQL is restarted.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by it"
)]

mod server;
mod yjs;

use std::time::Duration;

use serde_json::json;

use server::cluster::{node, wait_for};
use server::own::{PostgresServer, RedisServer, unused_port};
use server::wait_until;
use yjs::{
    Client, Nodes, keep_typing, lost_or_doubled, promised, seen, stop_typing, wait_for_same,
    wait_for_sync,
};

const PAUSE: Duration = Duration::from_millis(40);
/// How long PostgreSQL is away.
const AWAY: Duration = Duration::from_secs(3);

/// Two clients on each of two nodes, who type all the time.
struct Scene {
    postgres: PostgresServer,
    _redis: RedisServer,
    nodes: Nodes,
    clients: Vec<Client>,
}

impl Scene {
    fn new() -> Self {
        let postgres = PostgresServer::start_at(unused_port());
        let redis = wait_for(RedisServer::start());
        let (postgres_url, redis_url) = (postgres.url(), redis.url());
        let options = ["--database-url", &postgres_url, "--redis-url", &redis_url];
        let nodes = Nodes::new(|folder| {
            let nodes = ["one", "two"].map(|name| node(folder, name, &options));
            nodes.into()
        });
        let mut clients = nodes.post.join(nodes.addresses(2));
        keep_typing(&mut clients, PAUSE);
        wait_until("they see each other", || seen(&mut clients).len() > 200);
        Self {
            postgres,
            _redis: redis,
            nodes,
            clients,
        }
    }
}

fn who_stays_loses_nothing(mode: &str) {
    let mut scene = Scene::new();
    let clients = &mut scene.clients;
    scene.postgres.stop(mode);
    std::thread::sleep(AWAY);
    scene.postgres.resume();
    let before = seen(clients).len();
    wait_until("they see more", || seen(clients).len() > before + 200);
    wait_for_sync(clients);
    let typed = stop_typing(clients);
    let body = wait_for_same(clients, |body| lost_or_doubled(body, &typed).is_empty());
    for server in &scene.nodes.servers {
        assert_eq!(scene.nodes.post.head(server)["body"], json!(body));
    }
    for client in clients {
        // Later ones are of attempts that were refused before the upgrade.
        let first = client.look().closes.first().copied();
        assert!(matches!(first, None | Some(1013)), "{first:?}");
    }
    scene.nodes.stop();
}

#[test]
fn who_stays_while_postgresql_is_stopped_and_started_loses_nothing() {
    who_stays_loses_nothing("fast");
}

#[test]
fn who_stays_while_postgresql_crashes_loses_nothing() {
    who_stays_loses_nothing("immediate");
}

fn what_was_promised_is_kept(mode: &str) {
    let mut scene = Scene::new();
    let clients = &mut scene.clients;
    scene.postgres.stop(mode);
    stop_typing(clients);
    for client in &mut *clients {
        client.disconnect();
    }
    let promised = promised(clients);
    scene.postgres.resume();
    for server in &scene.nodes.servers {
        let path = "/health/ready";
        wait_until("a node is ready again", || server.get(path).0 == 200);
    }
    wait_until("all of it is in the post", || {
        let body = scene.nodes.post.body(&scene.nodes.servers[0]);
        lost_or_doubled(&body, &promised).is_empty()
    });
    scene.nodes.stop();
}

#[test]
fn what_was_seen_is_there_after_postgresql_was_stopped_though_nobody_returns() {
    what_was_promised_is_kept("fast");
}

#[test]
fn what_was_seen_is_there_after_a_crash_of_postgresql_though_nobody_returns() {
    what_was_promised_is_kept("immediate");
}
