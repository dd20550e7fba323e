use std::time::Duration;

use blog_core::domain::{Actor, Content, PostId, Role, Transition};
use blog_core::ports::View;
use blog_core::services::{NewPost, PostEdit};
use tokio::time::Instant;

use crate::client::Client;
use crate::node::{Line, Node, World};
use crate::promises::Promises;
use crate::random::Random;
use crate::words::{Words, shown, words};

/// How long anybody waits for a node.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) struct Schedule {
    random: Random,
    world: World,
    nodes: Vec<Node>,
    started: u64,
    clients: Vec<Client>,
    come: u64,
    post: PostId,
    /// Programs restore earlier versions. What is left of what was written before, nobody knows then.
    restores: bool,
    made: Words,
    /// Of programs, and of those who are gone for good.
    promises: Promises,
}

fn program() -> Actor {
    Actor::user("program", "Program", Role::Editor)
}

impl Schedule {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            world: World::new(seed),
            nodes: vec![],
            started: 0,
            clients: vec![],
            come: 0,
            post: PostId::from_uuid(uuid::Uuid::nil()),
            restores: seed.is_multiple_of(3),
            made: Words::default(),
            promises: Promises::default(),
        }
    }

    /// What everybody has at the end, and how long it took.
    pub(crate) async fn run(mut self) -> Result<(String, Duration), String> {
        let begun = Instant::now();
        self.begin().await;
        let steps = if self.random.one_in(10) { 80 } else { 25 };
        for _ in 0..steps {
            self.step().await;
        }
        self.settle().await?;
        Ok((self.check().await?, begun.elapsed()))
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
        for which in 0..self.clients.len() {
            self.reconnect(which).await;
        }
    }

    /// Somebody opens the post.
    fn come(&mut self) {
        let name = format!("user-{}", self.come % 3);
        let actor = Actor::user(&name, &name, Role::Editor);
        let client = Client::new(self.come, actor, self.post);
        self.clients.push(client);
        self.come += 1;
    }

    /// These close the page for good, and as many others come: what they saw is nowhere but in the store.
    fn go(&mut self, is_one: impl Fn(&Client) -> bool) {
        for client in std::mem::take(&mut self.clients) {
            if is_one(&client) {
                self.promises.add(client.promises);
                self.come();
            } else {
                self.clients.push(client);
            }
        }
    }

    fn start_node(&mut self) {
        self.started += 1;
        self.nodes.push(Node::new(&self.world, self.started));
    }

    fn some_node(&mut self) -> usize {
        self.random.below(self.nodes.len())
    }

    async fn step(&mut self) {
        let which = self.random.below(self.clients.len());
        match self.random.below(24) {
            0..=9 => {
                let client = &mut self.clients[which];
                client.write(&mut self.random, &mut self.made).await;
            }
            10..=13 => self.reconnect(which).await,
            14 => self.clients[which].disconnect(),
            15..=17 => self.save().await,
            18 if self.restores => self.restore().await,
            18 => self.publish().await,
            19 => self.crash(),
            20 => {
                let (cut, node) = (self.random.one_in(2), self.some_node());
                self.nodes[node].cut(cut);
            }
            21 => self.set_line(),
            _ => tokio::time::sleep(self.random.milliseconds(4_000)).await,
        }
        for client in &mut self.clients {
            client.listen(Duration::from_millis(2)).await;
        }
    }

    async fn reconnect(&mut self, which: usize) {
        if !self.clients[which].is_connected() {
            let node = self.some_node();
            let connect = self.clients[which].connect(&self.nodes[node]);
            let _ = tokio::time::timeout(PATIENCE, connect).await;
        }
    }

    /// A program reads the post on some node, thinks, and puts a line into it or in the place of another.
    async fn save(&mut self) {
        let word = self.made.make();
        let (line, replaces) = (self.random.below(5), self.random.one_in(4));
        let (pause, node) = (self.random.milliseconds(300), self.some_node());
        let (post, blog) = (self.post, &self.nodes[node].blog);
        let mut removed = vec![];
        let save = async {
            let head = blog.posts().get(&program(), post, View::Head).await?;
            tokio::time::sleep(pause).await;
            let mut lines: Vec<_> = head.version.content.body.lines().collect();
            let line = line.min(lines.len());
            if replaces && line < lines.len() {
                removed = words(lines.remove(line));
            }
            let text = word.text();
            lines.insert(line, &text);
            let edit = PostEdit {
                body: Some(lines.join("\n") + "\n"),
                ..PostEdit::default()
            };
            let base = head.post.revision;
            blog.posts().save(&program(), post, base, edit).await
        };
        let saved = tokio::time::timeout(PATIENCE, save).await;
        self.promises.removed.extend(&removed);
        if let Ok(Ok(_)) = saved {
            self.promises.there.insert(word);
            self.promises.gone.extend(removed);
        }
    }

    /// A program brings back what an earlier version said.
    async fn restore(&mut self) {
        let outsider = blog_core::Blog::builder(self.world.storage.clone()).build();
        let head = outsider.collab().head(self.post).await.unwrap();
        let newest = usize::try_from(head.version.number).unwrap();
        let number = u32::try_from(1 + self.random.below(newest)).unwrap();
        let versions = outsider.versions();
        let earlier = versions.get(&program(), self.post, number).await.unwrap();
        self.promises
            .restore(&earlier.content.body, self.made.made());
        let node = self.some_node();
        let (versions, actor) = (self.nodes[node].blog.versions(), program());
        let restore = versions.restore(&actor, self.post, number, None);
        let _ = tokio::time::timeout(PATIENCE, restore).await;
    }

    async fn publish(&mut self) {
        let node = self.some_node();
        let (posts, actor) = (self.nodes[node].blog.posts(), program());
        let publish = posts.change_status(&actor, self.post, Transition::Publish, None);
        let _ = tokio::time::timeout(PATIENCE, publish).await;
    }

    /// A node dies, with all connections to it; sometimes another takes its place, and sometimes people do
    /// not come again.
    fn crash(&mut self) {
        let which = self.some_node();
        let node = self.nodes.remove(which);
        node.crash();
        match self.random.below(4) {
            0 => self.go(|_| true),
            1 => self.go(|client| client.is_at(node.number)),
            _ => {}
        }
        for client in &mut self.clients {
            if client.is_at(node.number) {
                client.disconnect();
            }
        }
        if self.nodes.is_empty() || self.random.one_in(2) {
            self.start_node();
        }
    }

    /// A node loses one of its stores, or has it again.
    fn set_line(&mut self) {
        let lines = [Line::Whole, Line::Cut, Line::Silent];
        let line = lines[self.random.below(lines.len())];
        let (is_storage, which) = (self.random.one_in(2), self.some_node());
        let link = &self.nodes[which].link;
        let way = if is_storage {
            &link.to_storage
        } else {
            &link.to_documents
        };
        way.set(line);
    }

    /// Nothing goes wrong any more, and everybody comes back.
    async fn settle(&mut self) -> Result<(), String> {
        self.world.calm_down();
        for node in &self.nodes {
            node.cut(false);
            node.link.to_storage.set(Line::Whole);
            node.link.to_documents.set(Line::Whole);
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

    async fn check(mut self) -> Result<String, String> {
        let folded = self.nodes[0].hub.fold(self.post).await;
        let head = folded.map_err(|error| format!("{error:?}"))?;
        let text = head.version.content.body;
        for client in &self.clients {
            if client.text() != text {
                let (name, has) = (&client.actor.id, shown(&client.text()));
                let says = shown(&text);
                return Err(format!("{name} has {has:?} and the post says {says:?}"));
            }
        }
        self.go(|_| true);
        self.promises.check(&text)?;
        Ok(text)
    }
}
