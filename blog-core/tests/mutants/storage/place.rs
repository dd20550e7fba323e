use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use blog_core::conformance::{Fixture, Setup};
use blog_core::memory::MemoryStorage;
use blog_core::ports::{Changes, PostWrite, Storage};

use super::broken::Broken;
use super::fault::Fault;

/// One home for data: what is stored, and the commits that made it so.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place(Arc<Mutex<Home>>);

#[derive(Debug, Default)]
struct Home {
    storage: MemoryStorage,
    journal: Vec<(Changes, usize)>,
}

impl Place {
    fn home(&self) -> MutexGuard<'_, Home> {
        self.0.lock().unwrap()
    }

    /// What is stored.
    pub(crate) fn storage(&self) -> MemoryStorage {
        self.home().storage.clone()
    }

    /// The commits that were made, each with the node that made it.
    pub(crate) fn journal(&self) -> Vec<(Changes, usize)> {
        self.home().journal.clone()
    }

    pub(crate) fn record(&self, changes: Changes, node: usize) {
        self.home().journal.push((changes, node));
    }

    /// Goes back to what these commits make.
    pub(crate) async fn restore(&self, journal: Vec<(Changes, usize)>) {
        let storage = replayed(&journal).await;
        *self.home() = Home { storage, journal };
    }
}

/// A storage in which these commits, and nothing else, were made.
pub(crate) async fn replayed(journal: &[(Changes, usize)]) -> MemoryStorage {
    let storage = MemoryStorage::default();
    for (changes, _) in journal {
        // What is left out above may make a later one impossible.
        let _ = storage.commit(changes.clone()).await;
    }
    storage
}

/// The in-memory storage with at most one fault.
#[derive(Debug, Default)]
pub(crate) struct Mutant {
    fault: Option<Fault>,
    nodes: AtomicUsize,
    only: Place,
}

impl Mutant {
    pub(crate) fn with(fault: Option<Fault>) -> Self {
        Self {
            fault,
            ..Self::default()
        }
    }
}

impl Fixture for Mutant {
    const NAME: &'static str = "mutant";
    type Port = dyn Storage;
    type Place = Place;

    async fn place(&self) -> Setup<Place> {
        Ok(match self.fault {
            Some(Fault::HasOnePlace) => self.only.clone(),
            _ => Place::default(),
        })
    }

    async fn open(&self, place: &Place) -> Setup<Arc<dyn Storage>> {
        let node = self.nodes.fetch_add(1, Ordering::SeqCst);
        Ok(Arc::new(Broken::new(place.clone(), self.fault, node)))
    }

    async fn crash(&self, place: &Place) -> Setup<()> {
        let mut journal = place.journal();
        match self.fault {
            Some(Fault::LosesTheLastCommitInACrash) => {
                journal.pop();
            }
            Some(Fault::ForgetsDeletionsInACrash) => {
                let is_deletion = |write: &PostWrite| matches!(write, PostWrite::Delete { .. });
                journal.retain(|(changes, _)| !changes.posts.iter().any(is_deletion));
            }
            _ => return Ok(()),
        }
        place.restore(journal).await;
        Ok(())
    }
}
