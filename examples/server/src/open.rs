//! Opening what the configuration names.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use blog_collab::{Hub, HubBuilder, HubOptions};
use blog_core::decorate::AnswerCache;
use blog_core::memory::{MemoryCollabStore, MemoryStorage};
use blog_core::ports::Cache;
use blog_core::{Blog, BlogOptions};
use blog_redis::{Redis, RedisCache, RedisConfig, RedisPresence, RedisTransport};
use blog_search_tantivy::TantivyIndex;
use blog_storage_postgres::{PostgresConfig, PostgresStorage};
use blog_storage_sqlite::SqliteStorage;

use crate::config::{CollabBody, Config, Database, WrongUse};

/// About how many bytes of models' answers a node remembers, where it is to, and for how long.
const ANSWER_BYTES: u64 = 16 << 20;
const ANSWERS_KEPT: Duration = Duration::from_hours(24);

/// The blog, and where it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) blog: Blog,
    pub(crate) hub: Hub,
    pub(crate) kept: Kept,
}

/// Where the blog is kept.
#[derive(Debug, Clone)]
pub(crate) enum Kept {
    Sqlite(SqliteStorage),
    Postgres(PostgresStorage),
    Memory,
}

impl Kept {
    /// Live documents are kept with the posts.
    fn hub(&self, blog: Blog) -> HubBuilder {
        match self {
            Self::Sqlite(storage) => Hub::builder(blog, storage.collab_store()),
            Self::Postgres(storage) => Hub::builder(blog, storage.collab_store()),
            Self::Memory => Hub::builder(blog, MemoryCollabStore::default()),
        }
    }
}

impl Opened {
    /// The blog, wherever it is kept.
    pub(crate) async fn any(config: &Config) -> Result<Self> {
        let options = options(config);
        let (builder, kept) = match &config.database {
            Database::Sqlite(path) => {
                let storage = sqlite(config, path).await?;
                let builder = Blog::builder(storage.clone()).search_index(index(config)?);
                let builder = builder.usage_store(storage.usage_store());
                (builder, Kept::Sqlite(storage))
            }
            Database::Postgres(address) => {
                let direct = config.database_direct.clone();
                let mut postgres = PostgresConfig::new(&address.0);
                postgres.direct_url = direct.map(|address| address.0);
                let storage = PostgresStorage::connect_with(&postgres)
                    .await
                    .context("cannot use the PostgreSQL database")?;
                let builder = Blog::builder(storage.clone()).search_index(index(config)?);
                let builder = builder.usage_store(storage.usage_store());
                (builder, Kept::Postgres(storage))
            }
            Database::Memory => {
                let index = TantivyIndex::in_memory()?;
                let builder = Blog::builder(MemoryStorage::default()).search_index(index);
                (builder, Kept::Memory)
            }
        };
        let mut builder = builder.options(options);
        let mut between_nodes = None;
        let mut shared: Option<Arc<dyn Cache>> = None;
        if let Some(address) = &config.redis {
            let mut redis = RedisConfig::default();
            redis.key_prefix.clone_from(&config.redis_prefix);
            let redis = Redis::connect(&address.0, redis)
                .await
                .context("cannot use Redis")?;
            builder = builder
                .cache(RedisCache::new(&redis))
                .transport(RedisTransport::new(&redis));
            between_nodes = Some((RedisTransport::new(&redis), RedisPresence::new(&redis)));
            shared = Some(Arc::new(RedisCache::new(&redis)));
        }
        if let Some(model) = config.ai.model()? {
            let answers = AnswerCache::new(model.clone(), ANSWER_BYTES, shared, ANSWERS_KEPT);
            builder = builder.language_model(model).answer_cache(answers);
        }
        let blog = builder.build();
        let mut hub = kept.hub(blog.clone()).options(hub_options(config));
        if let Some((transport, presence)) = between_nodes {
            hub = hub.transport(transport).presence(presence);
        }
        let hub = hub.build();
        Ok(Self { blog, hub, kept })
    }

    /// The blog, if it is kept where another process finds it as well.
    pub(crate) async fn shared(config: &Config) -> Result<Self> {
        if config.database == Database::Memory {
            let message = "memory: is for `serve` alone: no other process finds it".to_owned();
            return Err(WrongUse(message).into());
        }
        Self::any(config).await
    }

    /// Waits until everything is written.
    pub(crate) async fn close(self) {
        match self.kept {
            Kept::Sqlite(storage) => storage.close().await,
            Kept::Postgres(storage) => storage.close().await,
            Kept::Memory => {}
        }
    }
}

fn hub_options(config: &Config) -> HubOptions {
    let mut options = match config.collab_body {
        CollabBody::Markdown => HubOptions::default(),
        CollabBody::RichText => HubOptions::rich_text(),
    };
    if let Some(bytes) = config.max_document_bytes {
        options.document_bytes = bytes.0;
        // Who brings a whole document brings it in one message.
        options.message_bytes = options.message_bytes.max(bytes.0);
    }
    options
}

async fn sqlite(config: &Config, path: &Path) -> Result<SqliteStorage> {
    make_folder(path.parent().unwrap_or(&config.data))?;
    SqliteStorage::open(path)
        .await
        .with_context(|| format!("cannot open the blog in {}", path.display()))
}

/// Every node has an index of its own, which it keeps up to date from the event log.
fn index(config: &Config) -> Result<TantivyIndex> {
    make_folder(&config.data)?;
    TantivyIndex::open(config.data.join("search"))
        .with_context(|| format!("cannot open the search index in {}", config.data.display()))
}

fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn options(config: &Config) -> BlogOptions {
    let mut options = BlogOptions::default();
    options.default_locale = config.locale.clone();
    options.ai = config.ai.options();
    if let Some(bytes) = config.max_document_bytes {
        options.limits.body_bytes = options.limits.body_bytes.max(bytes.0);
    }
    if let Database::Postgres(_) = config.database {
        // Nodes wake each other; this is for the notice that got lost.
        options.poll_interval = Duration::from_millis(200);
    }
    options
}
