use async_trait::async_trait;
use blog_core::Result;
use blog_core::domain::PostId;
use blog_core::ports::{Append, CollabStore, Entry, Log, Snapshot, Start, StoredDocument};
use sqlx::PgPool;

use super::append::PackedAppend;
use super::group::Appender;
use super::{compact, read};
use crate::error::PostgresError;
use crate::schema::Schema;

/// [`CollabStore`] in a schema of a PostgreSQL database. Cheap to clone; made by
/// [`PostgresStorage::collab_store`](crate::PostgresStorage::collab_store). Appends of many
/// documents that come at the same time are one statement.
#[derive(Debug, Clone)]
pub struct PostgresCollabStore {
    pool: PgPool,
    schema: Schema,
    appender: Appender,
}

impl PostgresCollabStore {
    /// Reads from one pool and appends in the other, on the runtime of the caller.
    pub(crate) fn start(pool: PgPool, writers: PgPool, schema: Schema) -> Self {
        Self {
            pool,
            appender: Appender::start(writers, schema.clone()),
            schema,
        }
    }
}

#[async_trait]
impl CollabStore for PostgresCollabStore {
    async fn append(&self, document: PostId, append: Append) -> Result<u64> {
        let append = PackedAppend::new(document, &append);
        Ok(self.appender.append(append).await?)
    }

    async fn log(&self, document: PostId) -> Result<Option<Log>> {
        Ok(read::log(&self.pool, &self.schema, &document).await?)
    }

    async fn load(&self, document: PostId, from: Start) -> Result<Option<StoredDocument>> {
        Ok(read::load(&self.pool, &self.schema, &document, from).await?)
    }

    async fn entries(&self, document: PostId, after: u64, limit: usize) -> Result<Vec<Entry>> {
        Ok(read::entries(&self.pool, &self.schema, &document, after, limit).await?)
    }

    async fn compact(&self, document: PostId, snapshot: Snapshot) -> Result<()> {
        let (pool, schema) = (self.pool.clone(), self.schema.clone());
        // A task of its own: a caller that goes away must not leave half a conversation.
        let task =
            tokio::spawn(
                async move { compact::compact(&pool, &schema, &document, &snapshot).await },
            );
        Ok(task.await.map_err(|_| PostgresError::Stopped)??)
    }

    async fn note_folded(&self, document: PostId, position: u64) -> Result<()> {
        Ok(compact::note_folded(&self.pool, &self.schema, &document, position).await?)
    }

    async fn unfolded(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        Ok(read::unfolded(&self.pool, &self.schema, after.as_ref(), limit).await?)
    }

    async fn remove(&self, document: PostId) -> Result<()> {
        let (pool, schema) = (self.pool.clone(), self.schema.clone());
        let task = tokio::spawn(async move { compact::remove(&pool, &schema, &document).await });
        Ok(task.await.map_err(|_| PostgresError::Stopped)??)
    }
}
