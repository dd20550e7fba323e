use async_trait::async_trait;
use blog_core::Result;
use blog_core::domain::PostId;
use blog_core::ports::{Append, CollabStore, Entry, Log, Snapshot, Start, StoredDocument};

use super::append::PackedAppend;
use super::group::Appender;
use super::{compact, read};
use crate::database::Database;
use crate::error::PostgresError;

/// [`CollabStore`] in a schema of a PostgreSQL database. Cheap to clone; made by
/// [`PostgresStorage::collab_store`](crate::PostgresStorage::collab_store). Appends of many
/// documents that come at the same time are one statement.
#[derive(Debug, Clone)]
pub struct PostgresCollabStore {
    database: Database,
    appender: Appender,
}

impl PostgresCollabStore {
    /// Reads on the first connections and appends on the others, on the runtime of the caller.
    pub(crate) fn start(database: Database, writers: Database) -> Self {
        Self {
            database,
            appender: Appender::start(writers),
        }
    }
}

#[async_trait]
impl CollabStore for PostgresCollabStore {
    async fn append(&self, document: PostId, append: Append) -> Result<u64> {
        append.check()?;
        let append = PackedAppend::new(document, &append);
        Ok(self.appender.append(append).await?)
    }

    async fn log(&self, document: PostId) -> Result<Option<Log>> {
        Ok(read::log(&self.database, &document).await?)
    }

    async fn load(&self, document: PostId, from: Start) -> Result<Option<StoredDocument>> {
        Ok(read::load(&self.database, &document, from).await?)
    }

    async fn entries(&self, document: PostId, after: u64, limit: usize) -> Result<Vec<Entry>> {
        Ok(read::entries(&self.database, &document, after, limit).await?)
    }

    async fn compact(&self, document: PostId, snapshot: Snapshot, made_from: u64) -> Result<()> {
        let database = self.database.clone();
        // A task of its own: a caller that goes away must not leave half a conversation.
        let task = tokio::spawn(async move {
            compact::compact(&database, &document, &snapshot, made_from).await
        });
        Ok(task.await.map_err(|_| PostgresError::Stopped)??)
    }

    async fn note_folded(&self, document: PostId, position: u64) -> Result<()> {
        Ok(compact::note_folded(&self.database, &document, position).await?)
    }

    async fn unfolded(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        Ok(read::unfolded(&self.database, after.as_ref(), limit).await?)
    }

    async fn documents(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        Ok(read::documents(&self.database, after.as_ref(), limit).await?)
    }

    async fn remove(&self, document: PostId) -> Result<()> {
        let database = self.database.clone();
        let task = tokio::spawn(async move { compact::remove(&database, &document).await });
        Ok(task.await.map_err(|_| PostgresError::Stopped)??)
    }
}
