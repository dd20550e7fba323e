use async_trait::async_trait;
use blog_core::domain::PostId;
use blog_core::ports::{Append, CollabStore, Entry, Log, Snapshot, Start, StoredDocument};
use blog_core::{Error, Result};
use sqlx::SqlitePool;

use super::{PackedAppend, PackedSnapshot, read};
use crate::writer::{Done, Job, Writer};

/// [`CollabStore`] in an SQLite file. Cheap to clone; made by
/// [`SqliteStorage::collab_store`](crate::SqliteStorage::collab_store), whose writer and readers it
/// shares: appends of many documents, and commits of posts, share one flush of the disk.
#[derive(Debug, Clone)]
pub struct SqliteCollabStore {
    writer: Writer,
    readers: SqlitePool,
}

impl SqliteCollabStore {
    pub(crate) const fn new(writer: Writer, readers: SqlitePool) -> Self {
        Self { writer, readers }
    }

    async fn write(&self, job: Job) -> Result<Done> {
        self.writer.write(job).await.map_err(Error::from)
    }
}

#[async_trait]
impl CollabStore for SqliteCollabStore {
    async fn append(&self, document: PostId, append: Append) -> Result<u64> {
        append.check()?;
        let append = PackedAppend::new(document, &append)?;
        match self.write(Job::Append(Box::new(append))).await? {
            Done::Appended(ends) => Ok(ends.document),
            _ => Err(Error::internal("the writer answered another question")),
        }
    }

    async fn log(&self, document: PostId) -> Result<Option<Log>> {
        Ok(read::log(&self.readers, &document).await?)
    }

    async fn load(&self, document: PostId, from: Start) -> Result<Option<StoredDocument>> {
        Ok(read::load(&self.readers, &document, from).await?)
    }

    async fn entries(&self, document: PostId, after: u64, limit: usize) -> Result<Vec<Entry>> {
        Ok(read::entries(&self.readers, &document, after, limit).await?)
    }

    async fn compact(&self, document: PostId, snapshot: Snapshot, made_from: u64) -> Result<()> {
        let snapshot = PackedSnapshot::new(document, &snapshot, made_from);
        self.write(Job::Compact(Box::new(snapshot)))
            .await
            .map(|_| ())
    }

    async fn note_folded(&self, document: PostId, position: u64) -> Result<()> {
        self.write(Job::NoteFolded(document, position))
            .await
            .map(|_| ())
    }

    async fn unfolded(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        Ok(read::unfolded(&self.readers, after.as_ref(), limit).await?)
    }

    async fn documents(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        Ok(read::documents(&self.readers, after.as_ref(), limit).await?)
    }

    async fn remove(&self, document: PostId) -> Result<()> {
        self.write(Job::RemoveDocument(document)).await.map(|_| ())
    }
}
