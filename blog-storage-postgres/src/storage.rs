use std::sync::Arc;

use async_trait::async_trait;
use blog_core::Result;
use blog_core::domain::{
    AuditEntry, AuthorId, AuthorProfile, Event, Post, PostId, Scope, Seq, Version,
};
use blog_core::ports::{
    AuditQuery, AuthorCount, Changes, Committed, DeadLetter, IdempotencyRecord, Lease, PostCard,
    PostKey, PostQuery, PostView, Storage, TermCount, VersionHeader, View,
};
use chrono::{DateTime, Utc};
use sqlx::{PgPool, PgTransaction};
use tokio::sync::{Semaphore, watch};

use crate::collab::PostgresCollabStore;
use crate::commit::{self, Transaction};
use crate::config::PostgresConfig;
use crate::database::Database;
use crate::notices::Notices;
use crate::pool::{leads_to_pooler, pool};
use crate::schema::Schema;
use crate::usage::{self, PostgresUsageStore};
use crate::writer::Writer;
use crate::{audit, events, leases, migrate, posts, taxonomy, versions};

/// How many of the connections write. More of them would only wait for each other: what comes at the
/// same time is written together.
const WRITERS: u32 = 3;

/// [`Storage`] in a schema of a PostgreSQL database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PostgresStorage {
    database: Database,
    writer: Writer,
    notices: Option<Notices>,
    charging: Arc<Semaphore>,
}

impl PostgresStorage {
    /// Connects, makes the schema `blog` if it is not there, and brings it up to date. Must be
    /// called on a Tokio runtime, where its tasks then live.
    ///
    /// # Errors
    /// Unavailable, and says what to do: the address, the password, a right, a newer program.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(&PostgresConfig::new(url)).await
    }

    /// Connects with a configuration.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with(config: &PostgresConfig) -> Result<Self> {
        let schema = Schema::named(&config.schema)?;
        let is_pooled = leads_to_pooler(config, &schema).await?;
        let database = |pool: PgPool| Database {
            pool,
            schema: schema.clone(),
            is_pooled,
        };
        let options = config.connect_options()?;
        let readers = pool(config, config.connections.saturating_sub(WRITERS));
        let readers = database(readers.connect_lazy_with(options.clone()));
        migrate::migrate(&readers).await?;
        let planned_once = if is_pooled {
            options
        } else {
            // Planning the statements that write takes as long as carrying them out, and there is
            // one way to do it.
            options.options([("plan_cache_mode", "force_generic_plan")])
        };
        let writers = database(pool(config, WRITERS).connect_lazy_with(planned_once));
        let notices = Notices::start(readers.clone(), config.direct_options(is_pooled)?);
        Ok(Self {
            writer: Writer::start(writers),
            database: readers,
            notices: Some(notices),
            charging: Arc::new(Semaphore::new(usage::AT_ONCE)),
        })
    }

    /// Uses the host's pool. Its connections' settings stay as they are, and no notices are sent:
    /// other nodes learn of commits when they read the log.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn from_pool(pool: PgPool, schema: &str) -> Result<Self> {
        let database = Database {
            pool,
            schema: Schema::named(schema)?,
            is_pooled: false,
        };
        migrate::migrate(&database).await?;
        Ok(Self {
            writer: Writer::start(database.clone()),
            database,
            notices: None,
            charging: Arc::new(Semaphore::new(usage::AT_ONCE)),
        })
    }

    /// Writes `changes` inside the host's transaction: they are there once the host commits it, and
    /// never if it does not. Readers learn of them from the log. While the transaction is open it
    /// holds back nobody but who writes the same posts.
    ///
    /// # Errors
    /// Those of [`Storage::commit`]; the transaction can then only be rolled back.
    pub async fn commit_in(
        &self,
        transaction: &mut PgTransaction<'_>,
        changes: &Changes,
    ) -> Result<()> {
        commit::change(
            Transaction::Host(transaction),
            &self.database.schema,
            changes,
        )
        .await
        .map(|_| ())
        .map_err(Into::into)
    }

    /// The live documents in the same schema, on the same connections. Must be called on a Tokio
    /// runtime, where its task then lives; clones of one share it.
    #[must_use]
    pub fn collab_store(&self) -> PostgresCollabStore {
        PostgresCollabStore::start(self.database.clone(), self.writer.database())
    }

    /// What models have cost, in the same schema, on the same connections, of which it writes on two at
    /// most.
    #[must_use]
    pub fn usage_store(&self) -> PostgresUsageStore {
        let (database, writers) = (self.database.clone(), self.writer.database());
        PostgresUsageStore::new(database, writers, Arc::clone(&self.charging))
    }

    /// Closes the connections of a pool of its own; a host's pool is the host's to close.
    pub async fn close(self) {
        if self.notices.is_some() {
            self.database.pool.close().await;
        }
    }
}

#[async_trait]
impl Storage for PostgresStorage {
    async fn commit(&self, changes: Changes) -> Result<Committed> {
        let seq = self.writer.commit(changes).await?;
        if let Some(notices) = &self.notices {
            notices.committed();
        }
        Ok(Committed { seq })
    }

    async fn post(&self, scope: &Scope, key: &PostKey, view: View) -> Result<Option<PostView>> {
        Ok(posts::one(&self.database, scope, key, view).await?)
    }

    async fn redirect(&self, scope: &Scope, key: &PostKey) -> Result<Option<Post>> {
        let may_be_present = matches!(key, PostKey::Slug { .. });
        if may_be_present && self.post(scope, key, View::Reader).await?.is_some() {
            return Ok(None);
        }
        Ok(posts::redirect(&self.database, scope, key).await?)
    }

    async fn posts(&self, scope: &Scope, query: &PostQuery) -> Result<Vec<PostCard>> {
        Ok(posts::list(&self.database, scope, query).await?)
    }

    async fn cards(&self, scope: &Scope, ids: &[PostId]) -> Result<Vec<PostCard>> {
        Ok(posts::cards(&self.database, scope, ids).await?)
    }

    async fn version(&self, scope: &Scope, post: PostId, number: u32) -> Result<Option<Version>> {
        Ok(versions::one(&self.database, scope, post, number).await?)
    }

    async fn versions(
        &self,
        scope: &Scope,
        post: PostId,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<VersionHeader>> {
        Ok(versions::headers(&self.database, scope, post, before, limit).await?)
    }

    async fn tags(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        Ok(taxonomy::tags(&self.database, scope).await?)
    }

    async fn categories(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        Ok(taxonomy::categories(&self.database, scope).await?)
    }

    async fn authors(&self, scope: &Scope) -> Result<Vec<AuthorCount>> {
        Ok(taxonomy::authors(&self.database, scope).await?)
    }

    async fn profiles(&self, ids: &[AuthorId]) -> Result<Vec<AuthorProfile>> {
        Ok(taxonomy::profiles(&self.database, ids).await?)
    }

    async fn events(&self, after: Seq, limit: usize) -> Result<Vec<Event>> {
        Ok(events::after(&self.database, after, limit).await?)
    }

    async fn last_event(&self) -> Result<Seq> {
        Ok(events::last(&self.database).await?)
    }

    async fn first_event(&self) -> Result<Seq> {
        Ok(events::first(&self.database).await?)
    }

    fn notices(&self) -> Option<watch::Receiver<u64>> {
        self.notices.as_ref().and_then(Notices::heard)
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<(Seq, AuditEntry)>> {
        Ok(audit::read(&self.database, query).await?)
    }

    async fn idempotency(&self, actor: &AuthorId, key: &str) -> Result<Option<IdempotencyRecord>> {
        Ok(leases::idempotency(&self.database, actor, key).await?)
    }

    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Lease>> {
        Ok(leases::acquire(&self.database, name, holder, now, until).await?)
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        Ok(leases::release(&self.database, lease).await?)
    }

    async fn checkpoint(&self, consumer: &str) -> Result<Seq> {
        Ok(events::checkpoint(&self.database, consumer).await?)
    }

    async fn bury(&self, letter: &DeadLetter) -> Result<()> {
        Ok(events::bury(&self.database, letter).await?)
    }

    async fn dead_letters(&self) -> Result<Vec<DeadLetter>> {
        Ok(events::dead_letters(&self.database).await?)
    }

    async fn unbury(&self, consumer: &str, seq: Seq) -> Result<()> {
        Ok(events::unbury(&self.database, consumer, seq).await?)
    }

    async fn purge(&self, events_before: DateTime<Utc>, keys_before: DateTime<Utc>) -> Result<()> {
        Ok(events::purge(&self.database, events_before, keys_before).await?)
    }

    async fn ping(&self) -> Result<()> {
        self.database.rows(sqlx::query("SELECT 1")).await?;
        Ok(())
    }
}
