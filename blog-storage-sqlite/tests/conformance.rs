//! SQLite passes the kit.

use std::path::PathBuf;
use std::sync::Arc;

use blog_core::conformance::{Setup, SetupError, StorageFixture};
use blog_core::ports::Storage;
use blog_storage_sqlite::SqliteStorage;

struct Sqlite;

/// A folder that is removed only when the case has passed.
#[derive(Clone)]
struct Folder(PathBuf);

fn broken(error: impl std::fmt::Display) -> SetupError {
    SetupError::Broken(error.to_string())
}

impl StorageFixture for Sqlite {
    const NAME: &'static str = "sqlite";
    type Place = Folder;

    async fn place(&self) -> Setup<Folder> {
        tempfile::tempdir()
            .map(|folder| Folder(folder.keep()))
            .map_err(broken)
    }

    async fn open(&self, place: &Folder) -> Setup<Arc<dyn Storage>> {
        let storage = SqliteStorage::open(place.0.join("blog.db")).await;
        Ok(Arc::new(storage.map_err(broken)?))
    }

    /// What a power cut leaves: the files as they are at this moment, without the log's index, and
    /// nobody's hands on them.
    async fn crash(&self, place: &Folder) -> Setup<()> {
        let after = place.0.join("after");
        std::fs::create_dir(&after).map_err(broken)?;
        for file in ["blog.db", "blog.db-wal"] {
            let from = place.0.join(file);
            if from.exists() {
                std::fs::copy(&from, after.join(file)).map_err(broken)?;
            }
        }
        for file in ["blog.db", "blog.db-wal", "blog.db-shm"] {
            let from = place.0.join(file);
            if from.exists() {
                std::fs::remove_file(from).map_err(broken)?;
            }
        }
        for file in ["blog.db", "blog.db-wal"] {
            if after.join(file).exists() {
                std::fs::rename(after.join(file), place.0.join(file)).map_err(broken)?;
            }
        }
        Ok(())
    }

    async fn remove(&self, place: Folder) -> Setup<()> {
        std::fs::remove_dir_all(place.0).map_err(broken)
    }
}

blog_core::storage_conformance!(Sqlite);
