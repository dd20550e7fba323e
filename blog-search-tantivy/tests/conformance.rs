//! Tantivy passes the kit.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use blog_core::conformance::{Fixture, Setup, SetupError};
use blog_core::ports::SearchIndex;
use blog_search_tantivy::TantivyIndex;

struct Tantivy;

/// A folder that is removed only when the case has passed, and where in it the index is now.
#[derive(Clone)]
struct Folder {
    root: PathBuf,
    now: Arc<Mutex<PathBuf>>,
}

impl Folder {
    fn now(&self) -> PathBuf {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.clone()
    }
}

fn broken(error: impl std::fmt::Display) -> SetupError {
    SetupError::Broken(error.to_string())
}

/// The index may just be removing files that its newest commit needs no more: then all is copied once more.
fn copy_of_one_moment(from: &Path, to: &Path) -> std::io::Result<()> {
    loop {
        match copy(from, to) {
            Err(error) if error.kind() == ErrorKind::NotFound && from.try_exists()? => {
                std::fs::remove_dir_all(to)?;
            }
            copied => return copied,
        }
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

impl Fixture for Tantivy {
    const NAME: &'static str = "tantivy";
    type Port = dyn SearchIndex;
    type Place = Folder;

    async fn place(&self) -> Setup<Folder> {
        let root = tempfile::tempdir().map_err(broken)?.keep();
        let now = Arc::new(Mutex::new(root.join("index")));
        Ok(Folder { root, now })
    }

    async fn open(&self, place: &Folder) -> Setup<Arc<dyn SearchIndex>> {
        let index = TantivyIndex::open(place.now()).map_err(broken)?;
        Ok(Arc::new(index))
    }

    /// What a power cut leaves: the files as they are at this moment. They go on in a folder of
    /// their own, out of reach of those who had them open.
    async fn crash(&self, place: &Folder) -> Setup<()> {
        let after = place.root.join("after");
        copy_of_one_moment(&place.now(), &after).map_err(broken)?;
        *place.now.lock().map_err(broken)? = after;
        Ok(())
    }

    async fn remove(&self, place: Folder) -> Setup<()> {
        std::fs::remove_dir_all(place.root).map_err(broken)
    }
}

blog_core::search_index_conformance!(Tantivy);
