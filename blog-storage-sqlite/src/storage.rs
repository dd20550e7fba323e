use std::path::Path;

use async_trait::async_trait;
use blog_core::domain::{
    AuditEntry, AuthorId, AuthorProfile, Event, Post, PostId, Scope, Seq, Version,
};
use blog_core::ports::{
    AuditQuery, AuthorCount, Changes, Committed, DeadLetter, IdempotencyRecord, Lease, PostCard,
    PostKey, PostQuery, PostView, Storage, TermCount, VersionHeader, View,
};
use blog_core::{Error, Result};
use chrono::{DateTime, Utc};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::sync::watch;

use crate::collab::SqliteCollabStore;
use crate::config::{SqliteConfig, with_pragmas};
use crate::error::SqliteError;
use crate::leases::Wanted;
use crate::notices::Notices;
use crate::point_reads::PointReads;
use crate::rows::micros;
use crate::usage::SqliteUsageStore;
use crate::writer::{Done, Job, Writer};
use crate::{audit, events, leases, log_room, migrate, posts, taxonomy, versions};

/// [`Storage`] in an SQLite file. Cheap to clone; every clone shares the writer and the readers.
#[derive(Debug, Clone)]
pub struct SqliteStorage {
    writer: Writer,
    readers: SqlitePool,
    point_reads: PointReads,
    notices: Notices,
}

impl SqliteStorage {
    /// Opens the file, makes it if it is not there, and brings its schema up to date. Must be
    /// called on a Tokio runtime, where the writer then lives.
    ///
    /// # Errors
    /// Unavailable: the file cannot be opened or written, or a newer program made it.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(&SqliteConfig::new(path)).await
    }

    /// Opens with a configuration.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(config: &SqliteConfig) -> Result<Self> {
        Ok(connect(config.connect_options(), config.readers).await?)
    }

    /// Opens connections of its own on the file of a host's pool. The pool itself, its connections
    /// and its pragmas stay as they are; the file's journal becomes WAL.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn from_pool(pool: &SqlitePool) -> Result<Self> {
        let config = SqliteConfig::new("");
        let options = with_pragmas((*pool.connect_options()).clone(), config.busy_timeout);
        Ok(connect(options, config.readers).await?)
    }

    /// The live documents in the same file, written by the same writer. To keep them in a file of
    /// their own, open that.
    #[must_use]
    pub fn collab_store(&self) -> SqliteCollabStore {
        SqliteCollabStore::new(self.writer.clone(), self.readers.clone())
    }

    /// What models have cost, in the same file, written by the same writer.
    #[must_use]
    pub fn usage_store(&self) -> SqliteUsageStore {
        SqliteUsageStore::new(self.writer.clone(), self.readers.clone())
    }

    /// Waits until what is queued is written, and closes the readers.
    pub async fn close(self) {
        // The queue is in order: when this is answered, everything before it was.
        let _ = self.writer.write(Job::Ping).await;
        self.readers.close().await;
    }

    /// What SQLite finds wrong with its file; empty if nothing is
    /// (<https://www.sqlite.org/pragma.html#pragma_integrity_check>).
    ///
    /// # Errors
    /// Unavailable: the file cannot be read.
    pub async fn integrity_check(&self) -> Result<Vec<String>> {
        let lines: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_all(&self.readers)
            .await
            .map_err(SqliteError::from)?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    async fn write(&self, job: Job) -> Result<Done> {
        self.writer.write(job).await.map_err(Error::from)
    }
}

async fn connect(
    options: SqliteConnectOptions,
    readers: u32,
) -> Result<SqliteStorage, SqliteError> {
    // Else the pages that savepoints would undo go to files of their own.
    let writing = options.clone().pragma("temp_store", "MEMORY");
    let mut connection = SqliteConnection::connect_with(&writing).await?;
    migrate::migrate(&mut connection).await?;
    log_room::make(&mut connection, options.get_filename()).await;
    let notices = Notices::start(options.get_filename());
    let readers = SqlitePoolOptions::new()
        .max_connections(readers)
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    Ok(SqliteStorage {
        writer: Writer::start(connection, notices.written()),
        point_reads: PointReads::start(readers.clone()),
        readers,
        notices,
    })
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn commit(&self, changes: Changes) -> Result<Committed> {
        match self.write(Job::Commit(Box::new(changes))).await? {
            Done::Committed(committed) => Ok(committed),
            _ => Err(Error::internal("the writer answered another question")),
        }
    }

    async fn post(&self, scope: &Scope, key: &PostKey, view: View) -> Result<Option<PostView>> {
        Ok(self.point_reads.one(scope, key, view).await?)
    }

    async fn redirect(&self, scope: &Scope, key: &PostKey) -> Result<Option<Post>> {
        let may_be_present = matches!(key, PostKey::Slug { .. });
        if may_be_present && self.post(scope, key, View::Reader).await?.is_some() {
            return Ok(None);
        }
        Ok(posts::redirect(&self.readers, scope, key).await?)
    }

    async fn posts(&self, scope: &Scope, query: &PostQuery) -> Result<Vec<PostCard>> {
        Ok(posts::list(&self.readers, scope, query).await?)
    }

    async fn cards(&self, scope: &Scope, ids: &[PostId]) -> Result<Vec<PostCard>> {
        Ok(posts::cards(&self.readers, scope, ids).await?)
    }

    async fn version(&self, scope: &Scope, post: PostId, number: u32) -> Result<Option<Version>> {
        Ok(versions::one(&self.readers, scope, post, number).await?)
    }

    async fn versions(
        &self,
        scope: &Scope,
        post: PostId,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<VersionHeader>> {
        Ok(versions::headers(&self.readers, scope, post, before, limit).await?)
    }

    async fn tags(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        Ok(taxonomy::tags(&self.readers, scope).await?)
    }

    async fn categories(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        Ok(taxonomy::categories(&self.readers, scope).await?)
    }

    async fn authors(&self, scope: &Scope) -> Result<Vec<AuthorCount>> {
        Ok(taxonomy::authors(&self.readers, scope).await?)
    }

    async fn profiles(&self, ids: &[AuthorId]) -> Result<Vec<AuthorProfile>> {
        Ok(taxonomy::profiles(&self.readers, ids).await?)
    }

    async fn events(&self, after: Seq, limit: usize) -> Result<Vec<Event>> {
        Ok(events::after(&self.readers, after, limit).await?)
    }

    async fn last_event(&self) -> Result<Seq> {
        Ok(events::last(&self.readers).await?)
    }

    fn notices(&self) -> Option<watch::Receiver<u64>> {
        self.notices.heard()
    }

    async fn first_event(&self) -> Result<Seq> {
        Ok(events::first(&self.readers).await?)
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<(Seq, AuditEntry)>> {
        Ok(audit::read(&self.readers, query).await?)
    }

    async fn idempotency(&self, actor: &AuthorId, key: &str) -> Result<Option<IdempotencyRecord>> {
        Ok(leases::idempotency(&self.readers, actor, key).await?)
    }

    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Lease>> {
        let wanted = Wanted {
            name: name.to_owned(),
            holder: holder.to_owned(),
            now,
            until,
        };
        match self.write(Job::AcquireLease(wanted)).await? {
            Done::Lease(lease) => Ok(lease),
            _ => Err(Error::internal("the writer answered another question")),
        }
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.write(Job::ReleaseLease(lease.clone()))
            .await
            .map(|_| ())
    }

    async fn checkpoint(&self, consumer: &str) -> Result<Seq> {
        Ok(events::checkpoint(&self.readers, consumer).await?)
    }

    async fn bury(&self, letter: &DeadLetter) -> Result<()> {
        self.write(Job::Bury(Box::new(letter.clone())))
            .await
            .map(|_| ())
    }

    async fn dead_letters(&self) -> Result<Vec<DeadLetter>> {
        Ok(events::dead_letters(&self.readers).await?)
    }

    async fn unbury(&self, consumer: &str, seq: Seq) -> Result<()> {
        self.write(Job::Unbury(consumer.to_owned(), seq))
            .await
            .map(|_| ())
    }

    async fn purge(&self, events_before: DateTime<Utc>, keys_before: DateTime<Utc>) -> Result<()> {
        let (events_before, keys_before) = (micros(events_before), micros(keys_before));
        self.write(Job::Purge {
            events_before,
            keys_before,
        })
        .await
        .map(|_| ())
    }

    async fn ping(&self) -> Result<()> {
        self.write(Job::Ping).await.map(|_| ())
    }
}
