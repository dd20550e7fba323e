//! Where a case's database is.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use blog_core::conformance::{Setup, SetupError};
use blog_storage_sqlite::SqliteStorage;

/// A folder that is removed only when the case has passed, and where in it the database is now.
#[derive(Clone)]
pub(crate) struct Folder {
    root: PathBuf,
    now: Arc<Mutex<PathBuf>>,
}

fn broken(error: impl std::fmt::Display) -> SetupError {
    SetupError::Broken(error.to_string())
}

impl Folder {
    pub(crate) fn new() -> Setup<Self> {
        let root = tempfile::tempdir().map_err(broken)?.keep();
        let now = Arc::new(Mutex::new(root.clone()));
        Ok(Self { root, now })
    }

    pub(crate) async fn open(&self) -> Setup<SqliteStorage> {
        let path = self.now().join("blog.db");
        SqliteStorage::open(path).await.map_err(broken)
    }

    /// What a power cut leaves: the files as they are at this moment, without the log's index. They
    /// go on in a folder of their own, out of reach of those who had them open.
    pub(crate) fn crash(&self) -> Setup<()> {
        let before = self.now();
        let after = before.join("after");
        std::fs::create_dir(&after).map_err(broken)?;
        for file in ["blog.db", "blog.db-wal"] {
            let from = before.join(file);
            if from.exists() {
                std::fs::copy(&from, after.join(file)).map_err(broken)?;
            }
        }
        *self.now.lock().map_err(broken)? = after;
        Ok(())
    }

    pub(crate) fn remove(self) -> Setup<()> {
        std::fs::remove_dir_all(self.root).map_err(broken)
    }

    fn now(&self) -> PathBuf {
        self.now
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
