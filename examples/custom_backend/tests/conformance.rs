//! The log passes the kit.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup, SetupError};
use blog_core::ports::Storage;
use custom_backend::LogStorage;
use tokio::sync::Mutex;

struct Logs;

/// A folder, the log in it, and who has the log open: a second node is a clone of the first.
#[derive(Clone)]
struct Place {
    root: PathBuf,
    now: Arc<Mutex<(PathBuf, Option<LogStorage>)>>,
}

fn broken(error: impl std::fmt::Display) -> SetupError {
    SetupError::Broken(error.to_string())
}

impl Fixture for Logs {
    const NAME: &'static str = "log";
    type Port = dyn Storage;
    type Place = Place;

    async fn place(&self) -> Setup<Place> {
        let root = tempfile::tempdir().map_err(broken)?.keep();
        let now = Arc::new(Mutex::new((root.join("blog.log"), None)));
        Ok(Place { root, now })
    }

    async fn open(&self, place: &Place) -> Setup<Arc<dyn Storage>> {
        let mut now = place.now.lock().await;
        let (path, opened) = &mut *now;
        let storage = match opened {
            Some(storage) => storage.clone(),
            None => LogStorage::open(path).await.map_err(broken)?,
        };
        *opened = Some(storage.clone());
        Ok(Arc::new(storage))
    }

    /// What a power cut leaves: the log as it is at this moment, and the beginning of a write. It
    /// goes on under another name, out of reach of those who had it open.
    async fn crash(&self, place: &Place) -> Setup<()> {
        let mut now = place.now.lock().await;
        let after = now.0.with_added_extension("after");
        std::fs::copy(&now.0, &after).map_err(broken)?;
        let mut log = std::fs::File::options().append(true).open(&after);
        let log = log.as_mut().map_err(broken)?;
        log.write_all(b"{\"Commit\":{\"at\":").map_err(broken)?;
        *now = (after, None);
        Ok(())
    }

    async fn remove(&self, place: Place) -> Setup<()> {
        std::fs::remove_dir_all(place.root).map_err(broken)
    }
}

blog_core::storage_conformance!(Logs);
