use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use blog_core::domain::{
    AuditEntry, AuthorId, AuthorProfile, Event, Post, PostId, Scope, Seq, Version,
};
use blog_core::memory::MemoryStorage;
use blog_core::ports::{
    AuditQuery, AuthorCount, Changes, Committed, DeadLetter, IdempotencyRecord, Lease, PostCard,
    PostKey, PostQuery, PostView, Storage, TermCount, VersionHeader, View,
};
use blog_core::{Error, Result};
use chrono::{DateTime, Utc};

/// A storage that can be made to fail.
#[derive(Debug, Clone, Default)]
pub(crate) struct TroubledStorage {
    storage: MemoryStorage,
    fails: Arc<AtomicBool>,
}

impl TroubledStorage {
    /// Whether everything fails from here on, and is not done.
    pub(crate) fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::Relaxed);
    }

    async fn call<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(Error::unavailable("the storage restarts", true));
        }
        work.await
    }
}

#[async_trait]
impl Storage for TroubledStorage {
    async fn commit(&self, changes: Changes) -> Result<Committed> {
        self.call(self.storage.commit(changes)).await
    }

    async fn post(&self, scope: &Scope, key: &PostKey, view: View) -> Result<Option<PostView>> {
        self.call(self.storage.post(scope, key, view)).await
    }

    async fn redirect(&self, scope: &Scope, key: &PostKey) -> Result<Option<Post>> {
        self.call(self.storage.redirect(scope, key)).await
    }

    async fn posts(&self, scope: &Scope, query: &PostQuery) -> Result<Vec<PostCard>> {
        self.call(self.storage.posts(scope, query)).await
    }

    async fn cards(&self, scope: &Scope, ids: &[PostId]) -> Result<Vec<PostCard>> {
        self.call(self.storage.cards(scope, ids)).await
    }

    async fn version(&self, scope: &Scope, post: PostId, number: u32) -> Result<Option<Version>> {
        self.call(self.storage.version(scope, post, number)).await
    }

    async fn versions(
        &self,
        scope: &Scope,
        post: PostId,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<VersionHeader>> {
        self.call(self.storage.versions(scope, post, before, limit))
            .await
    }

    async fn tags(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        self.call(self.storage.tags(scope)).await
    }

    async fn categories(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        self.call(self.storage.categories(scope)).await
    }

    async fn authors(&self, scope: &Scope) -> Result<Vec<AuthorCount>> {
        self.call(self.storage.authors(scope)).await
    }

    async fn profiles(&self, ids: &[AuthorId]) -> Result<Vec<AuthorProfile>> {
        self.call(self.storage.profiles(ids)).await
    }

    async fn events(&self, after: Seq, limit: usize) -> Result<Vec<Event>> {
        self.call(self.storage.events(after, limit)).await
    }

    async fn last_event(&self) -> Result<Seq> {
        self.call(self.storage.last_event()).await
    }

    async fn first_event(&self) -> Result<Seq> {
        self.call(self.storage.first_event()).await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<(Seq, AuditEntry)>> {
        self.call(self.storage.audit(query)).await
    }

    async fn idempotency(&self, actor: &AuthorId, key: &str) -> Result<Option<IdempotencyRecord>> {
        self.call(self.storage.idempotency(actor, key)).await
    }

    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Lease>> {
        self.call(self.storage.acquire_lease(name, holder, now, until))
            .await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.call(self.storage.release_lease(lease)).await
    }

    async fn checkpoint(&self, consumer: &str) -> Result<Seq> {
        self.call(self.storage.checkpoint(consumer)).await
    }

    async fn bury(&self, letter: &DeadLetter) -> Result<()> {
        self.call(self.storage.bury(letter)).await
    }

    async fn dead_letters(&self) -> Result<Vec<DeadLetter>> {
        self.call(self.storage.dead_letters()).await
    }

    async fn unbury(&self, consumer: &str, seq: Seq) -> Result<()> {
        self.call(self.storage.unbury(consumer, seq)).await
    }

    async fn purge(&self, events_before: DateTime<Utc>, keys_before: DateTime<Utc>) -> Result<()> {
        self.call(self.storage.purge(events_before, keys_before))
            .await
    }

    async fn ping(&self) -> Result<()> {
        self.call(self.storage.ping()).await
    }
}
