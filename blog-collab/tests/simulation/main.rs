//! Schedules of everything that can happen to a live document, drawn by a seed: people type on
//! several nodes, programs save the post, lines are cut, messages are lost and repeated, nodes crash.
//! Afterwards all have the same text, the post says it too, and nothing is lost or there twice.
//!
//! `BLOG_SIMULATIONS` says how many schedules are run, and `BLOG_SIMULATION_SEED` runs one.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod client;
mod node;
mod random;
#[path = "../yjs/mod.rs"]
mod yjs;

use std::collections::BTreeSet;
use std::time::Duration;

use blog_core::domain::{Actor, Content, PostId, Role, Transition};
use blog_core::ports::View;
use blog_core::services::{NewPost, PostEdit};

use client::{Client, words};
use node::{Node, World};
use random::Random;

const SCHEDULES: u64 = 200;

#[test]
fn whatever_happens_all_converge_and_nothing_is_lost_or_there_twice() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seeds = match number("BLOG_SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("BLOG_SIMULATIONS").unwrap_or(SCHEDULES),
    };
    for seed in seeds {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        if let Err(what) = runtime.block_on(Schedule::new(seed).run()) {
            panic!("schedule {seed}: {what} (BLOG_SIMULATION_SEED={seed} runs it alone)");
        }
    }
}

struct Schedule {
    random: Random,
    world: World,
    nodes: Vec<Node>,
    started: u64,
    clients: Vec<Client>,
    post: PostId,
    saves: u64,
    /// Words that were answered with success, or that somebody has seen who is gone for good.
    promised: BTreeSet<String>,
    come: u64,
}

fn program() -> Actor {
    Actor::user("program", "Program", Role::Editor)
}

impl Schedule {
    fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            world: World::new(seed),
            nodes: vec![],
            started: 0,
            clients: vec![],
            post: PostId::from_uuid(uuid::Uuid::nil()),
            saves: 0,
            promised: BTreeSet::new(),
            come: 0,
        }
    }

    async fn run(mut self) -> Result<(), String> {
        self.begin().await;
        for _ in 0..60 {
            self.step().await;
        }
        self.settle().await?;
        self.check().await
    }

    async fn begin(&mut self) {
        let blog = blog_core::Blog::builder(self.world.storage.clone()).build();
        let content = Content {
            title: "A post".to_owned(),
            body: "One line.\nAnother line.\nA third one.\n".to_owned(),
            ..Content::default()
        };
        let new = NewPost {
            content,
            ..NewPost::default()
        };
        self.post = blog.posts().create(&program(), new).await.unwrap().post.id;
        for _ in 0..1 + self.random.below(3) {
            self.start_node();
        }
        for _ in 0..2 + self.random.below(4) {
            self.come();
        }
    }

    /// Somebody opens the post.
    fn come(&mut self) {
        let name = format!("user-{}", self.come % 3);
        let actor = Actor::user(&name, &name, Role::Editor);
        self.clients.push(Client::new(self.come, actor, self.post));
        self.come += 1;
    }

    /// Everybody closes the page for good: what they saw is nowhere but in the store.
    fn go(&mut self) {
        let clients = std::mem::take(&mut self.clients);
        for client in clients {
            self.promised.extend(client.acknowledged);
            self.promised.extend(client.seen);
            self.come();
        }
    }

    fn start_node(&mut self) {
        self.started += 1;
        self.nodes.push(Node::new(&self.world, self.started));
    }

    async fn step(&mut self) {
        let which = self.random.below(self.clients.len());
        match self.random.below(20) {
            0..=7 => {
                let random = &mut self.random;
                self.clients[which].write(random).await;
            }
            8..=11 => self.reconnect(which).await,
            12 => self.clients[which].disconnect(),
            13..=15 => self.save().await,
            16 => self.publish().await,
            17 => {
                self.crash();
                if self.random.one_in(2) {
                    self.go();
                }
            }
            18 => {
                let cut = self.random.one_in(2);
                let node = self.random.below(self.nodes.len());
                self.nodes[node].cut(cut);
            }
            _ => tokio::time::sleep(self.random.milliseconds(4_000)).await,
        }
        for client in &mut self.clients {
            client.listen(Duration::from_millis(2)).await;
        }
    }

    async fn reconnect(&mut self, which: usize) {
        if !self.clients[which].is_connected() {
            let node = self.random.below(self.nodes.len());
            let connect = self.clients[which].connect(&self.nodes[node]);
            let _ = tokio::time::timeout(Duration::from_secs(2), connect).await;
        }
    }

    /// A program reads the post on some node, thinks, and saves what it has made of it.
    async fn save(&mut self) {
        let node = &self.nodes[self.random.below(self.nodes.len())];
        let word = format!("<saved.{}>", self.saves);
        self.saves += 1;
        let (post, line, pause) = (
            self.post,
            self.random.below(5),
            self.random.milliseconds(300),
        );
        let save = async {
            let head = node.blog.posts().get(&program(), post, View::Head).await?;
            tokio::time::sleep(pause).await;
            let mut lines: Vec<_> = head.version.content.body.lines().collect();
            lines.insert(line.min(lines.len()), &word);
            let edit = PostEdit {
                body: Some(lines.join("\n") + "\n"),
                ..PostEdit::default()
            };
            let (posts, base) = (node.blog.posts(), head.post.revision);
            posts.save(&program(), post, base, edit).await
        };
        if let Ok(Ok(_)) = tokio::time::timeout(Duration::from_secs(2), save).await {
            self.promised.insert(word);
        }
    }

    async fn publish(&mut self) {
        let node = &self.nodes[self.random.below(self.nodes.len())];
        let (posts, actor) = (node.blog.posts(), program());
        let publish = posts.change_status(&actor, self.post, Transition::Publish, None);
        let _ = tokio::time::timeout(Duration::from_secs(2), publish).await;
    }

    /// A node dies, with all connections to it; sometimes another takes its place.
    fn crash(&mut self) {
        let node = self.random.below(self.nodes.len());
        self.nodes[node].crash();
        self.nodes.remove(node);
        for client in &mut self.clients {
            client.disconnect();
        }
        if self.nodes.is_empty() || self.random.one_in(2) {
            self.start_node();
        }
    }

    /// Nothing goes wrong any more, and everybody comes back.
    async fn settle(&mut self) -> Result<(), String> {
        self.world.calm_down();
        for node in &self.nodes {
            node.cut(false);
        }
        for _ in 0..30 {
            for which in 0..self.clients.len() {
                self.reconnect(which).await;
            }
            for client in &mut self.clients {
                client.listen(Duration::from_millis(300)).await;
            }
            // Who was refused waits before they come again.
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        match self.clients.iter().all(Client::is_connected) {
            true => Ok(()),
            false => Err("somebody cannot come back".to_owned()),
        }
    }

    async fn check(self) -> Result<(), String> {
        let node = &self.nodes[0];
        let head = node
            .hub
            .fold(self.post)
            .await
            .map_err(|error| format!("{error:?}"))?;
        let text = head.version.content.body;
        for client in &self.clients {
            if client.text() != text {
                let name = &client.actor.id;
                let said = client.text();
                return Err(format!("{name} has {said:?} and the post says {text:?}"));
            }
        }
        let there: Vec<_> = words(&text).collect();
        let promised = self.clients.iter().flat_map(|client| {
            let acknowledged = client.acknowledged.iter();
            acknowledged.chain(&client.seen)
        });
        let promised: BTreeSet<_> = promised.chain(&self.promised).collect();
        for word in promised {
            if !there.contains(word) {
                return Err(format!("{word} is lost from {text:?}"));
            }
        }
        let once: BTreeSet<_> = there.iter().collect();
        if once.len() < there.len() {
            return Err(format!("something is there twice: {text:?}"));
        }
        Ok(())
    }
}
