//! A node, and all that it reaches the world through: each call takes a while, some fail before or
//! after their effect, a line to a store may be cut for a while, and a node that has crashed reaches
//! nothing any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use blog_collab::{Hub, HubOptions};
use blog_core::domain::{
    AuditEntry, AuthorId, AuthorProfile, Event, Post, PostId, Scope, Seq, Version,
};
use blog_core::memory::{MemoryCollabStore, MemoryStorage, MemoryTransport};
use blog_core::ports::{
    Append, AuditQuery, AuthorCount, Changes, CollabStore, Committed, DeadLetter, Entry,
    IdempotencyRecord, Lease, Log, PostCard, PostKey, PostQuery, PostView, Snapshot, Start,
    Storage, StoredDocument, Subscription, TermCount, Transport, VersionHeader, View,
};
use blog_core::{Blog, Error, Result};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::sync::{Notify, broadcast};

use crate::random::Random;

/// What all nodes share, and what can go wrong with it.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) storage: MemoryStorage,
    pub(crate) documents: MemoryCollabStore,
    pub(crate) transport: MemoryTransport,
    random: Arc<Mutex<Random>>,
    calm: Arc<AtomicBool>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            storage: MemoryStorage::default(),
            documents: MemoryCollabStore::default(),
            transport: MemoryTransport::default(),
            random: Arc::new(Mutex::new(Random::new(seed))),
            calm: Arc::default(),
        }
    }

    /// From here on nothing goes wrong any more.
    pub(crate) fn calm_down(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    pub(crate) fn with_random<T>(&self, use_it: impl FnOnce(&mut Random) -> T) -> T {
        use_it(&mut self.random.lock().unwrap())
    }
}

/// How a line to a store is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Line {
    #[default]
    Whole,
    /// Nothing gets through, and whoever calls is told.
    Cut,
    /// Nothing gets through, and nobody is told.
    Silent,
}

/// A node's way to one of its stores. Not a `watch` channel: that wakes whoever waits in an order that no
/// seed decides.
#[derive(Debug, Default)]
pub(crate) struct Way {
    line: Mutex<Line>,
    changed: Notify,
}

impl Way {
    pub(crate) fn set(&self, line: Line) {
        *self.line.lock().unwrap() = line;
        self.changed.notify_waiters();
    }

    /// Waits while the line is silent, and fails if it is cut.
    async fn pass(&self) -> Result<()> {
        loop {
            let changed = self.changed.notified();
            match *self.line.lock().unwrap() {
                Line::Whole => return Ok(()),
                Line::Cut => return Err(Error::unavailable("the line is cut", true)),
                Line::Silent => {}
            }
            changed.await;
        }
    }
}

/// A node's way to the world.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    world: World,
    crashed: Arc<AtomicBool>,
    /// Whether it reaches other nodes.
    cut: Arc<AtomicBool>,
    pub(crate) to_storage: Arc<Way>,
    pub(crate) to_documents: Arc<Way>,
}

impl Link {
    /// Takes a while. Whoever has crashed stays in here for ever.
    async fn pass(&self) {
        let pause = self.world.with_random(|random| random.milliseconds(4));
        tokio::time::sleep(pause).await;
        if self.crashed.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }

    fn fails(&self) -> Result<()> {
        if !self.world.is_calm() && self.world.with_random(|random| random.one_in(60)) {
            return Err(Error::unavailable("the line is cut", true));
        }
        Ok(())
    }

    async fn call<T>(&self, way: &Way, call: impl Future<Output = Result<T>>) -> Result<T> {
        self.pass_over(way).await?;
        let answer = call.await;
        self.pass_over(way).await?;
        answer
    }

    async fn pass_over(&self, way: &Way) -> Result<()> {
        self.pass().await;
        way.pass().await?;
        self.fails()
    }
}

/// A node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) number: u64,
    pub(crate) blog: Blog,
    pub(crate) hub: Hub,
    pub(crate) link: Link,
}

impl Node {
    pub(crate) fn new(world: &World, number: u64) -> Self {
        let link = Link {
            world: world.clone(),
            crashed: Arc::default(),
            cut: Arc::default(),
            to_storage: Arc::default(),
            to_documents: Arc::default(),
        };
        let blog = Blog::builder(link.clone()).build();
        let mut options = HubOptions::default();
        options.idle = std::time::Duration::from_millis(1_500);
        options.look_every = std::time::Duration::from_secs(3);
        options.compact_from = 4;
        options.unload_after = std::time::Duration::from_millis(500);
        options.store_patience = std::time::Duration::from_secs(5);
        let hub = Hub::builder(blog.clone(), link.clone())
            .transport(link.clone())
            .options(options)
            .incarnation(number)
            .build();
        tokio::spawn({
            let hub = hub.clone();
            async move { hub.run(std::future::pending()).await }
        });
        Self {
            number,
            blog,
            hub,
            link,
        }
    }

    pub(crate) fn crash(&self) {
        self.link.crashed.store(true, Ordering::Relaxed);
    }

    /// Cuts it off from other nodes, or lets it reach them again.
    pub(crate) fn cut(&self, cut: bool) {
        self.link.cut.store(cut, Ordering::Relaxed);
    }
}

#[async_trait]
impl Transport for Link {
    async fn publish(&self, topic: &str, message: Bytes) -> Result<()> {
        self.pass().await;
        if self.cut.load(Ordering::Relaxed) {
            return Ok(());
        }
        let (is_lost, is_repeated) = self
            .world
            .with_random(|random| (random.one_in(8), random.one_in(8)));
        if !is_lost || self.world.is_calm() {
            self.world.transport.publish(topic, message.clone()).await?;
        }
        if is_repeated {
            self.world.transport.publish(topic, message).await?;
        }
        Ok(())
    }

    async fn subscribe(&self, topic: &str) -> Result<Subscription> {
        self.pass().await;
        let mut from = self.world.transport.subscribe(topic).await?;
        let (send, receive) = broadcast::channel(64);
        let link = self.clone();
        tokio::spawn(async move {
            while let Some(delivery) = from.next().await {
                let link = link.clone();
                let send = send.clone();
                // Each takes its own time: they overtake each other.
                tokio::spawn(async move {
                    link.pass().await;
                    if !link.cut.load(Ordering::Relaxed) {
                        let _ = send.send(delivery);
                    }
                });
                tokio::task::yield_now().await;
            }
        });
        Ok(Subscription::new(receive))
    }
}

#[async_trait]
impl Storage for Link {
    async fn commit(&self, changes: Changes) -> Result<Committed> {
        self.call(&self.to_storage, self.world.storage.commit(changes))
            .await
    }

    async fn post(&self, scope: &Scope, key: &PostKey, view: View) -> Result<Option<PostView>> {
        self.call(&self.to_storage, self.world.storage.post(scope, key, view))
            .await
    }

    async fn redirect(&self, scope: &Scope, key: &PostKey) -> Result<Option<Post>> {
        self.call(&self.to_storage, self.world.storage.redirect(scope, key))
            .await
    }

    async fn posts(&self, scope: &Scope, query: &PostQuery) -> Result<Vec<PostCard>> {
        self.call(&self.to_storage, self.world.storage.posts(scope, query))
            .await
    }

    async fn cards(&self, scope: &Scope, ids: &[PostId]) -> Result<Vec<PostCard>> {
        self.call(&self.to_storage, self.world.storage.cards(scope, ids))
            .await
    }

    async fn version(&self, scope: &Scope, post: PostId, number: u32) -> Result<Option<Version>> {
        self.call(
            &self.to_storage,
            self.world.storage.version(scope, post, number),
        )
        .await
    }

    async fn versions(
        &self,
        scope: &Scope,
        post: PostId,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<VersionHeader>> {
        self.call(
            &self.to_storage,
            self.world.storage.versions(scope, post, before, limit),
        )
        .await
    }

    async fn tags(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        self.call(&self.to_storage, self.world.storage.tags(scope))
            .await
    }

    async fn categories(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        self.call(&self.to_storage, self.world.storage.categories(scope))
            .await
    }

    async fn authors(&self, scope: &Scope) -> Result<Vec<AuthorCount>> {
        self.call(&self.to_storage, self.world.storage.authors(scope))
            .await
    }

    async fn profiles(&self, ids: &[AuthorId]) -> Result<Vec<AuthorProfile>> {
        self.call(&self.to_storage, self.world.storage.profiles(ids))
            .await
    }

    async fn events(&self, after: Seq, limit: usize) -> Result<Vec<Event>> {
        self.call(&self.to_storage, self.world.storage.events(after, limit))
            .await
    }

    async fn last_event(&self) -> Result<Seq> {
        self.call(&self.to_storage, self.world.storage.last_event())
            .await
    }

    async fn first_event(&self) -> Result<Seq> {
        self.call(&self.to_storage, self.world.storage.first_event())
            .await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<(Seq, AuditEntry)>> {
        self.call(&self.to_storage, self.world.storage.audit(query))
            .await
    }

    async fn idempotency(&self, actor: &AuthorId, key: &str) -> Result<Option<IdempotencyRecord>> {
        self.call(&self.to_storage, self.world.storage.idempotency(actor, key))
            .await
    }

    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Lease>> {
        self.call(
            &self.to_storage,
            self.world.storage.acquire_lease(name, holder, now, until),
        )
        .await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.call(&self.to_storage, self.world.storage.release_lease(lease))
            .await
    }

    async fn checkpoint(&self, consumer: &str) -> Result<Seq> {
        self.call(&self.to_storage, self.world.storage.checkpoint(consumer))
            .await
    }

    async fn bury(&self, letter: &DeadLetter) -> Result<()> {
        self.call(&self.to_storage, self.world.storage.bury(letter))
            .await
    }

    async fn dead_letters(&self) -> Result<Vec<DeadLetter>> {
        self.call(&self.to_storage, self.world.storage.dead_letters())
            .await
    }

    async fn unbury(&self, consumer: &str, seq: Seq) -> Result<()> {
        self.call(&self.to_storage, self.world.storage.unbury(consumer, seq))
            .await
    }

    async fn purge(&self, events_before: DateTime<Utc>, keys_before: DateTime<Utc>) -> Result<()> {
        self.call(
            &self.to_storage,
            self.world.storage.purge(events_before, keys_before),
        )
        .await
    }

    async fn ping(&self) -> Result<()> {
        self.call(&self.to_storage, self.world.storage.ping()).await
    }
}

#[async_trait]
impl CollabStore for Link {
    async fn append(&self, document: PostId, append: Append) -> Result<u64> {
        self.call(
            &self.to_documents,
            self.world.documents.append(document, append),
        )
        .await
    }

    async fn log(&self, document: PostId) -> Result<Option<Log>> {
        self.call(&self.to_documents, self.world.documents.log(document))
            .await
    }

    async fn load(&self, document: PostId, from: Start) -> Result<Option<StoredDocument>> {
        self.call(
            &self.to_documents,
            self.world.documents.load(document, from),
        )
        .await
    }

    async fn entries(&self, document: PostId, after: u64, limit: usize) -> Result<Vec<Entry>> {
        self.call(
            &self.to_documents,
            self.world.documents.entries(document, after, limit),
        )
        .await
    }

    async fn compact(&self, document: PostId, snapshot: Snapshot, made_from: u64) -> Result<()> {
        let documents = &self.world.documents;
        let compacted = documents.compact(document, snapshot, made_from);
        self.call(&self.to_documents, compacted).await
    }

    async fn note_folded(&self, document: PostId, position: u64) -> Result<()> {
        self.call(
            &self.to_documents,
            self.world.documents.note_folded(document, position),
        )
        .await
    }

    async fn unfolded(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        self.call(
            &self.to_documents,
            self.world.documents.unfolded(after, limit),
        )
        .await
    }

    async fn documents(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        self.call(
            &self.to_documents,
            self.world.documents.documents(after, limit),
        )
        .await
    }

    async fn remove(&self, document: PostId) -> Result<()> {
        self.call(&self.to_documents, self.world.documents.remove(document))
            .await
    }
}
