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
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, PgPool, PgTransaction};
use std::time::Duration;
use tokio::sync::watch;

use crate::collab::PostgresCollabStore;
use crate::commit::{self, Events};
use crate::config::PostgresConfig;
use crate::error::PostgresError;
use crate::notices::Notices;
use crate::schema::Schema;
use crate::writer::Writer;
use crate::{audit, events, leases, migrate, posts, taxonomy, versions};

/// A connection that nobody has used for so long is looked at before it is used.
const IDLE: Duration = Duration::from_secs(1);

/// How many of the connections write. More of them would only wait for each other: what comes at the
/// same time is written together.
const WRITERS: u32 = 3;

/// [`Storage`] in a schema of a PostgreSQL database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PostgresStorage {
    pool: PgPool,
    schema: Schema,
    writer: Writer,
    notices: Option<Notices>,
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
        let options = config.connect_options()?;
        let readers = config.connections.saturating_sub(WRITERS);
        let pool = self::pool(config, readers)
            .connect_with(options.clone())
            .await
            .map_err(PostgresError::from)?;
        migrate::migrate(&pool, &schema).await?;
        // Planning the statements that write takes as long as carrying them out, and there is one
        // way to do it: they are planned once.
        let planned_once = options.options([("plan_cache_mode", "force_generic_plan")]);
        let writers = self::pool(config, WRITERS).connect_lazy_with(planned_once);
        let notices = Notices::start(pool.clone(), config.direct_options()?, &schema);
        Ok(Self {
            writer: Writer::start(writers, schema.clone()),
            pool,
            schema,
            notices: Some(notices),
        })
    }

    /// Uses the host's pool. Its connections' settings stay as they are, and no notices are sent:
    /// other nodes learn of commits when they read the log.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn from_pool(pool: PgPool, schema: &str) -> Result<Self> {
        let schema = Schema::named(schema)?;
        migrate::migrate(&pool, &schema).await?;
        Ok(Self {
            writer: Writer::start(pool.clone(), schema.clone()),
            pool,
            schema,
            notices: None,
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
        commit::change(transaction, &self.schema, changes, Events::InHost)
            .await
            .map(|_| ())
            .map_err(Into::into)
    }

    /// The live documents in the same schema, on the same connections. Must be called on a Tokio
    /// runtime, where its task then lives; clones of one share it.
    #[must_use]
    pub fn collab_store(&self) -> PostgresCollabStore {
        PostgresCollabStore::start(self.pool.clone(), self.writer.pool(), self.schema.clone())
    }

    /// Closes the connections of a pool of its own; a host's pool is the host's to close.
    pub async fn close(self) {
        if self.notices.is_some() {
            self.pool.close().await;
        }
    }
}

fn pool(config: &PostgresConfig, connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(config.patience)
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move { Ok(state.idle_for < IDLE || connection.ping().await.is_ok()) })
        })
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
        Ok(posts::one(&self.pool, &self.schema, scope, key, view).await?)
    }

    async fn redirect(&self, scope: &Scope, key: &PostKey) -> Result<Option<Post>> {
        let may_be_present = matches!(key, PostKey::Slug { .. });
        if may_be_present && self.post(scope, key, View::Reader).await?.is_some() {
            return Ok(None);
        }
        Ok(posts::redirect(&self.pool, &self.schema, scope, key).await?)
    }

    async fn posts(&self, scope: &Scope, query: &PostQuery) -> Result<Vec<PostCard>> {
        Ok(posts::list(&self.pool, &self.schema, scope, query).await?)
    }

    async fn cards(&self, scope: &Scope, ids: &[PostId]) -> Result<Vec<PostCard>> {
        Ok(posts::cards(&self.pool, &self.schema, scope, ids).await?)
    }

    async fn version(&self, scope: &Scope, post: PostId, number: u32) -> Result<Option<Version>> {
        Ok(versions::one(&self.pool, &self.schema, scope, post, number).await?)
    }

    async fn versions(
        &self,
        scope: &Scope,
        post: PostId,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<VersionHeader>> {
        Ok(versions::headers(&self.pool, &self.schema, scope, post, before, limit).await?)
    }

    async fn tags(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        Ok(taxonomy::tags(&self.pool, &self.schema, scope).await?)
    }

    async fn categories(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        Ok(taxonomy::categories(&self.pool, &self.schema, scope).await?)
    }

    async fn authors(&self, scope: &Scope) -> Result<Vec<AuthorCount>> {
        Ok(taxonomy::authors(&self.pool, &self.schema, scope).await?)
    }

    async fn profiles(&self, ids: &[AuthorId]) -> Result<Vec<AuthorProfile>> {
        Ok(taxonomy::profiles(&self.pool, &self.schema, ids).await?)
    }

    async fn events(&self, after: Seq, limit: usize) -> Result<Vec<Event>> {
        Ok(events::after(&self.pool, &self.schema, after, limit).await?)
    }

    async fn last_event(&self) -> Result<Seq> {
        Ok(events::last(&self.pool, &self.schema).await?)
    }

    async fn first_event(&self) -> Result<Seq> {
        Ok(events::first(&self.pool, &self.schema).await?)
    }

    fn notices(&self) -> Option<watch::Receiver<u64>> {
        self.notices.as_ref().map(Notices::heard)
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<(Seq, AuditEntry)>> {
        Ok(audit::read(&self.pool, &self.schema, query).await?)
    }

    async fn idempotency(&self, actor: &AuthorId, key: &str) -> Result<Option<IdempotencyRecord>> {
        Ok(leases::idempotency(&self.pool, &self.schema, actor, key).await?)
    }

    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Lease>> {
        Ok(leases::acquire(&self.pool, &self.schema, name, holder, now, until).await?)
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        Ok(leases::release(&self.pool, &self.schema, lease).await?)
    }

    async fn checkpoint(&self, consumer: &str) -> Result<Seq> {
        Ok(events::checkpoint(&self.pool, &self.schema, consumer).await?)
    }

    async fn bury(&self, letter: &DeadLetter) -> Result<()> {
        Ok(events::bury(&self.pool, &self.schema, letter).await?)
    }

    async fn dead_letters(&self) -> Result<Vec<DeadLetter>> {
        Ok(events::dead_letters(&self.pool, &self.schema).await?)
    }

    async fn unbury(&self, consumer: &str, seq: Seq) -> Result<()> {
        Ok(events::unbury(&self.pool, &self.schema, consumer, seq).await?)
    }

    async fn purge(&self, events_before: DateTime<Utc>, keys_before: DateTime<Utc>) -> Result<()> {
        Ok(events::purge(&self.pool, &self.schema, events_before, keys_before).await?)
    }

    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1")
            .execute(&self.pool)
            .await
            .map_err(PostgresError::from)?;
        Ok(())
    }
}
