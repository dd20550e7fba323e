//! Live editing on two nodes while the Redis by which they wake each other is away.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by it"
)]

mod server;
mod yjs;

use std::time::{Duration, Instant};

use serde_json::json;

use server::cluster::{Database, Way, node, wait_for};
use server::line::{Line, State};
use server::own::RedisServer;
use server::wait_until;
use yjs::{Client, Nodes, keep_typing, lost_or_doubled, seen, stop_typing, wait_for_same};

const PAUSE: Duration = Duration::from_millis(100);
/// How long Redis is away.
const AWAY: Duration = Duration::from_secs(60);

/// Two nodes, the first by a line of its own to Redis, with two clients on each, who type all the
/// time.
struct Scene {
    database: Database,
    redis: RedisServer,
    line: Line,
    nodes: Nodes,
    clients: Vec<Client>,
}

impl Scene {
    fn new(test: &str) -> Self {
        let database = Database::new(test);
        let redis = wait_for(RedisServer::start());
        let line = Line::to(&redis.url());
        let postgres = database.url(Way::Direct);
        let nodes = Nodes::new(|folder| {
            vec![
                node(folder, "one", &database.options_by(&postgres, line.url())),
                node(folder, "two", &database.options_by(&postgres, &redis.url())),
            ]
        });
        let mut clients = nodes.post.join(nodes.addresses(2));
        for client in &mut clients {
            client.show(json!({"line": 1}));
        }
        for client in &mut clients {
            wait_until("each sees the others", || client.look().others.len() == 3);
        }
        keep_typing(&mut clients, PAUSE);
        wait_until("they see each other", || seen(&mut clients).len() > 200);
        Self {
            database,
            redis,
            line,
            nodes,
            clients,
        }
    }

    /// For a while those on one node see each other, whatever those on the other see.
    fn go_on_apart(&mut self, meanwhile: impl Fn(&RedisServer)) {
        let begun = Instant::now();
        while begun.elapsed() < AWAY {
            meanwhile(&self.redis);
            for clients in self.clients.chunks_mut(2) {
                let before = seen(clients).len();
                wait_until("those on a node see each other", || {
                    seen(clients).len() > before + 20
                });
            }
        }
    }

    /// In the end all have everything, and nobody has lost the connection.
    fn end(mut self) {
        let before = seen(&mut self.clients).len();
        wait_until("they see more", || {
            seen(&mut self.clients).len() > before + 200
        });
        let typed = stop_typing(&mut self.clients);
        let body = wait_for_same(&mut self.clients, |body| {
            lost_or_doubled(body, &typed).is_empty()
        });
        for server in &self.nodes.servers {
            assert_eq!(self.nodes.post.head(server)["body"], json!(body));
        }
        // Cursors cross by Redis alone.
        for client in &mut self.clients {
            client.show(json!({"line": 2}));
        }
        for client in &mut self.clients {
            wait_until("each sees where the others are", || {
                let others = client.look().others;
                others.iter().filter(|state| state["line"] == 2).count() == 3
            });
            assert_eq!(client.look().closes, [0; 0]);
        }
        self.nodes.stop();
        self.database.remove();
    }
}

#[test]
fn a_redis_that_is_killed_and_comes_back_empty_costs_no_edit() {
    let mut scene = Scene::new("collab_redis_killed");
    scene.redis.stop();
    scene.go_on_apart(|_| ());
    wait_for(scene.redis.restart());
    scene.end();
}

#[test]
fn a_redis_that_does_not_answer_for_a_while_costs_no_edit() {
    let mut scene = Scene::new("collab_redis_frozen");
    scene.redis.freeze();
    scene.go_on_apart(|_| ());
    scene.redis.thaw();
    scene.end();
}

#[test]
fn a_redis_that_is_flushed_again_and_again_costs_no_edit() {
    let mut scene = Scene::new("collab_redis_flushed");
    scene.go_on_apart(|redis| wait_for(redis.ask(&["FLUSHALL"])));
    scene.end();
}

#[test]
fn a_node_that_is_cut_off_from_redis_loses_no_edit() {
    let mut scene = Scene::new("collab_redis_cut");
    scene.line.set(State::Cut);
    scene.go_on_apart(|_| ());
    scene.line.set(State::Whole);
    scene.end();
}

#[test]
fn a_node_that_redis_does_not_answer_loses_no_edit() {
    let mut scene = Scene::new("collab_redis_silent");
    scene.line.set(State::Silent);
    scene.go_on_apart(|_| ());
    scene.line.set(State::Whole);
    scene.end();
}

#[test]
fn while_redis_is_away_what_is_typed_reaches_the_other_node_by_the_log() {
    let mut scene = Scene::new("collab_redis_log");
    scene.redis.stop();
    let typed = stop_typing(&mut scene.clients);
    wait_for_same(&mut scene.clients, |body| {
        lost_or_doubled(body, &typed).is_empty()
    });
    scene.nodes.stop();
    scene.database.remove();
}
