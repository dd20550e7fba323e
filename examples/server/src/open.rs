//! Opening what the configuration names.

use std::path::PathBuf;

use anyhow::{Context, Result};
use blog_core::memory::MemoryStorage;
use blog_core::{Blog, BlogOptions};
use blog_search_tantivy::TantivyIndex;
use blog_storage_sqlite::SqliteStorage;

use crate::config::{Config, Database, WrongUse};

/// The blog, and the file that it is kept in.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) blog: Blog,
    pub(crate) sqlite: Option<SqliteStorage>,
}

impl Opened {
    /// The blog, wherever it is kept.
    pub(crate) async fn any(config: &Config) -> Result<Self> {
        match &config.database {
            Database::Sqlite(path) => Self::sqlite(config, path.clone()).await,
            Database::Memory => {
                let index = TantivyIndex::in_memory()?;
                let builder = Blog::builder(MemoryStorage::default()).search_index(index);
                Ok(Self {
                    blog: builder.options(options(config)).build(),
                    sqlite: None,
                })
            }
        }
    }

    /// The blog, if it is kept where another process finds it as well.
    pub(crate) async fn shared(config: &Config) -> Result<Self> {
        if config.database == Database::Memory {
            let message = "memory: is for `serve` alone: no other process finds it".to_owned();
            return Err(WrongUse(message).into());
        }
        Self::any(config).await
    }

    async fn sqlite(config: &Config, path: PathBuf) -> Result<Self> {
        let (data, folder) = (&config.data, path.parent());
        for folder in folder.into_iter().chain([data.as_path()]) {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let storage = SqliteStorage::open(&path)
            .await
            .with_context(|| format!("cannot open the blog in {}", path.display()))?;
        let index = TantivyIndex::open(data.join("search"))
            .with_context(|| format!("cannot open the search index in {}", data.display()))?;
        let builder = Blog::builder(storage.clone()).search_index(index);
        Ok(Self {
            blog: builder.options(options(config)).build(),
            sqlite: Some(storage),
        })
    }

    /// Waits until everything is written.
    pub(crate) async fn close(self) {
        if let Some(storage) = self.sqlite {
            storage.close().await;
        }
    }
}

fn options(config: &Config) -> BlogOptions {
    let mut options = BlogOptions::default();
    options.default_locale = config.locale.clone();
    options
}
