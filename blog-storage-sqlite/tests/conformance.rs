//! SQLite passes the kit.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use blog_core::conformance::{Fixture, Setup, SetupError};
use blog_core::ports::Storage;
use blog_storage_sqlite::SqliteStorage;

struct Sqlite;

/// A folder that is removed only when the case has passed, and where in it the blog is now.
#[derive(Clone)]
struct Folder {
    root: PathBuf,
    now: Arc<Mutex<PathBuf>>,
}

impl Folder {
    fn now(&self) -> PathBuf {
        self.now
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn broken(error: impl std::fmt::Display) -> SetupError {
    SetupError::Broken(error.to_string())
}

impl Fixture for Sqlite {
    const NAME: &'static str = "sqlite";
    type Port = dyn Storage;
    type Place = Folder;

    async fn place(&self) -> Setup<Folder> {
        let root = tempfile::tempdir().map_err(broken)?.keep();
        let now = Arc::new(Mutex::new(root.clone()));
        Ok(Folder { root, now })
    }

    async fn open(&self, place: &Folder) -> Setup<Arc<dyn Storage>> {
        let storage = SqliteStorage::open(place.now().join("blog.db")).await;
        Ok(Arc::new(storage.map_err(broken)?))
    }

    /// What a power cut leaves: the files as they are at this moment, without the log's index. They
    /// go on in a folder of their own, out of reach of those who had them open.
    async fn crash(&self, place: &Folder) -> Setup<()> {
        let before = place.now();
        let after = before.join("after");
        std::fs::create_dir(&after).map_err(broken)?;
        for file in ["blog.db", "blog.db-wal"] {
            let from = before.join(file);
            if from.exists() {
                std::fs::copy(&from, after.join(file)).map_err(broken)?;
            }
        }
        *place.now.lock().map_err(broken)? = after;
        Ok(())
    }

    async fn remove(&self, place: Folder) -> Setup<()> {
        std::fs::remove_dir_all(place.root).map_err(broken)
    }
}

blog_core::storage_conformance!(Sqlite);
