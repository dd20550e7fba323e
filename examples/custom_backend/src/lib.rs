//! A storage of one's own: everything in memory, and every write in a log on disk before that.
//!
//! A write is appended as a line of JSON and flushed, and only then made in memory. Opening reads
//! the log from its beginning and makes every write again, with the same answers: refused writes are
//! in the log too, and refused again. It keeps every promise of [`Storage`], and is a toy: the log
//! only grows, opening takes longer with every write, and each write waits for a flush of its own
//! on the caller's thread.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

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
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, MutexGuard};

/// A storage whose truth is a file of writes. Clones share it.
#[derive(Debug, Clone)]
pub struct LogStorage {
    log: Arc<Mutex<Log>>,
    memory: MemoryStorage,
}

/// A line of the log: a call that may change something.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Entry {
    Commit(Box<Changes>),
    AcquireLease {
        name: String,
        holder: String,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    },
    ReleaseLease(Lease),
    Bury(Box<DeadLetter>),
    Unbury {
        consumer: String,
        seq: Seq,
    },
    Purge {
        events_before: DateTime<Utc>,
        keys_before: DateTime<Utc>,
    },
}

impl LogStorage {
    /// Opens the log at `path`, or begins one, and makes its writes in memory.
    ///
    /// # Errors
    /// Unavailable: the file cannot be read, or somebody else has it open. Internal: it is no log.
    pub async fn open(path: &Path) -> Result<Self> {
        let (log, entries) = Log::open(path)?;
        let storage = Self {
            log: Arc::new(Mutex::new(log)),
            memory: MemoryStorage::default(),
        };
        for entry in entries {
            // Whoever made it has had its answer.
            let _ = storage.apply(entry).await;
        }
        Ok(storage)
    }

    /// Appends an entry. Nobody else writes until the guard is gone, so that memory gets the
    /// entries in the order of the log.
    async fn append(&self, entry: &Entry) -> Result<MutexGuard<'_, Log>> {
        let mut log = self.log.lock().await;
        log.append(entry)?;
        Ok(log)
    }

    /// Does again what an entry says.
    async fn apply(&self, entry: Entry) -> Result<()> {
        let memory = &self.memory;
        match entry {
            Entry::Commit(changes) => memory.commit(*changes).await.map(|_| ()),
            Entry::AcquireLease {
                name,
                holder,
                now,
                until,
            } => {
                let lease = memory.acquire_lease(&name, &holder, now, until).await;
                lease.map(|_| ())
            }
            Entry::ReleaseLease(lease) => memory.release_lease(&lease).await,
            Entry::Bury(letter) => memory.bury(&letter).await,
            Entry::Unbury { consumer, seq } => memory.unbury(&consumer, seq).await,
            Entry::Purge {
                events_before,
                keys_before,
            } => memory.purge(events_before, keys_before).await,
        }
    }

    /// Makes a write that has no answer.
    async fn write(&self, entry: Entry) -> Result<()> {
        let _log = self.append(&entry).await?;
        self.apply(entry).await
    }
}

#[derive(Debug)]
struct Log {
    file: File,
    /// After a failed write nobody knows what the file ends with, and nothing may come after it.
    is_broken: bool,
}

impl Log {
    fn open(path: &Path) -> Result<(Self, Vec<Entry>)> {
        let file = open_alone(path).map_err(unavailable)?;
        let text = std::fs::read(path).map_err(unavailable)?;
        // A last line without an end was never acknowledged.
        let whole = text.iter().rposition(|byte| *byte == b'\n');
        let whole = whole.map_or(0, |end| end + 1);
        file.set_len(whole as u64).map_err(unavailable)?;
        let lines = text[..whole].split_inclusive(|byte| *byte == b'\n');
        let entries = lines.map(serde_json::from_slice).collect::<Result<_, _>>();
        let log = Self {
            file,
            is_broken: false,
        };
        Ok((log, entries.map_err(unreadable)?))
    }

    fn append(&mut self, entry: &Entry) -> Result<()> {
        if self.is_broken {
            return Err(Error::unavailable("the log must be opened again", false));
        }
        let mut line = serde_json::to_vec(entry).map_err(unreadable)?;
        line.push(b'\n');
        let written = self.file.write_all(&line);
        let flushed = written.and_then(|()| self.file.sync_data());
        self.is_broken = flushed.is_err();
        flushed.map_err(unavailable)
    }
}

fn open_alone(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.append(true).create(true).open(path)?;
    file.try_lock()?;
    // A new file survives a power cut once its folder does.
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(file)
}

fn unavailable(error: io::Error) -> Error {
    Error::unavailable("the log cannot be used", false).with_source(error)
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::internal("an entry of the log cannot be read").with_source(error)
}

#[async_trait]
impl Storage for LogStorage {
    async fn commit(&self, changes: Changes) -> Result<Committed> {
        let _log = self
            .append(&Entry::Commit(Box::new(changes.clone())))
            .await?;
        self.memory.commit(changes).await
    }

    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Lease>> {
        let entry = Entry::AcquireLease {
            name: name.to_owned(),
            holder: holder.to_owned(),
            now,
            until,
        };
        let _log = self.append(&entry).await?;
        self.memory.acquire_lease(name, holder, now, until).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.write(Entry::ReleaseLease(lease.clone())).await
    }

    async fn bury(&self, letter: &DeadLetter) -> Result<()> {
        self.write(Entry::Bury(Box::new(letter.clone()))).await
    }

    async fn unbury(&self, consumer: &str, seq: Seq) -> Result<()> {
        let consumer = consumer.to_owned();
        self.write(Entry::Unbury { consumer, seq }).await
    }

    async fn purge(&self, events_before: DateTime<Utc>, keys_before: DateTime<Utc>) -> Result<()> {
        self.write(Entry::Purge {
            events_before,
            keys_before,
        })
        .await
    }

    async fn ping(&self) -> Result<()> {
        if self.log.lock().await.is_broken {
            return Err(Error::unavailable("the log must be opened again", false));
        }
        Ok(())
    }

    async fn post(&self, scope: &Scope, key: &PostKey, view: View) -> Result<Option<PostView>> {
        self.memory.post(scope, key, view).await
    }

    async fn redirect(&self, scope: &Scope, key: &PostKey) -> Result<Option<Post>> {
        self.memory.redirect(scope, key).await
    }

    async fn posts(&self, scope: &Scope, query: &PostQuery) -> Result<Vec<PostCard>> {
        self.memory.posts(scope, query).await
    }

    async fn cards(&self, scope: &Scope, ids: &[PostId]) -> Result<Vec<PostCard>> {
        self.memory.cards(scope, ids).await
    }

    async fn version(&self, scope: &Scope, post: PostId, number: u32) -> Result<Option<Version>> {
        self.memory.version(scope, post, number).await
    }

    async fn versions(
        &self,
        scope: &Scope,
        post: PostId,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<VersionHeader>> {
        self.memory.versions(scope, post, before, limit).await
    }

    async fn tags(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        self.memory.tags(scope).await
    }

    async fn categories(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        self.memory.categories(scope).await
    }

    async fn authors(&self, scope: &Scope) -> Result<Vec<AuthorCount>> {
        self.memory.authors(scope).await
    }

    async fn profiles(&self, ids: &[AuthorId]) -> Result<Vec<AuthorProfile>> {
        self.memory.profiles(ids).await
    }

    async fn events(&self, after: Seq, limit: usize) -> Result<Vec<Event>> {
        self.memory.events(after, limit).await
    }

    async fn last_event(&self) -> Result<Seq> {
        self.memory.last_event().await
    }

    async fn first_event(&self) -> Result<Seq> {
        self.memory.first_event().await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<(Seq, AuditEntry)>> {
        self.memory.audit(query).await
    }

    async fn idempotency(&self, actor: &AuthorId, key: &str) -> Result<Option<IdempotencyRecord>> {
        self.memory.idempotency(actor, key).await
    }

    async fn checkpoint(&self, consumer: &str) -> Result<Seq> {
        self.memory.checkpoint(consumer).await
    }

    async fn dead_letters(&self) -> Result<Vec<DeadLetter>> {
        self.memory.dead_letters().await
    }
}
