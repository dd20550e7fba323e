use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use blog_core::conformance::{Fixture, Setup};
use blog_core::domain::{AuthorId, PostId};
use blog_core::memory::MemoryCollabStore;
use blog_core::ports::{Append, CollabStore, Snapshot};

use super::Fault;
use super::broken::Broken;

/// A call that changed something.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    Append(PostId, Append),
    Compact(PostId, Snapshot, u64),
    NoteFolded(PostId, u64),
    Remove(PostId),
}

/// One home for documents.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place(Arc<Mutex<Home>>);

/// What is stored, the calls that made it so, and what only some faults know.
#[derive(Debug, Default)]
pub(crate) struct Home {
    pub(crate) store: MemoryCollabStore,
    pub(crate) calls: Vec<Call>,
    /// Every append, and no snapshot.
    pub(crate) never_compacted: MemoryCollabStore,
    pub(crate) hidden: BTreeSet<u64>,
    pub(crate) last_snapshot: Option<Snapshot>,
    pub(crate) noted: BTreeMap<PostId, u64>,
    pub(crate) removed_version: u32,
    pub(crate) removed_claims: Vec<(u64, AuthorId)>,
    /// Entries up to here were lost in a crash.
    pub(crate) lost: u64,
    pub(crate) is_failing: bool,
}

impl Place {
    pub(crate) fn home(&self) -> MutexGuard<'_, Home> {
        self.0.lock().unwrap()
    }

    /// Goes back to what these calls make.
    async fn replay(&self, calls: Vec<Call>) {
        let store = MemoryCollabStore::default();
        for call in calls.clone() {
            match call {
                Call::Append(document, append) => {
                    store.append(document, append).await.unwrap();
                }
                Call::Compact(document, snapshot, made_from) => {
                    store.compact(document, snapshot, made_from).await.unwrap();
                }
                Call::NoteFolded(document, position) => {
                    store.note_folded(document, position).await.unwrap();
                }
                Call::Remove(document) => store.remove(document).await.unwrap(),
            }
        }
        let mut home = self.home();
        (home.store, home.calls) = (store, calls);
    }
}

/// The in-memory store with at most one fault.
#[derive(Debug, Default)]
pub(crate) struct Mutant {
    fault: Option<Fault>,
    only: Place,
}

impl Mutant {
    pub(crate) fn with(fault: Option<Fault>) -> Self {
        let only = Place::default();
        Self { fault, only }
    }
}

impl Fixture for Mutant {
    const NAME: &'static str = "mutant";
    type Port = dyn CollabStore;
    type Place = Place;

    async fn place(&self) -> Setup<Place> {
        Ok(match self.fault {
            Some(Fault::HasOnePlace) => self.only.clone(),
            _ => Place::default(),
        })
    }

    async fn open(&self, place: &Place) -> Setup<Arc<dyn CollabStore>> {
        Ok(Arc::new(Broken::new(place.clone(), self.fault)))
    }

    async fn crash(&self, place: &Place) -> Setup<()> {
        let mut calls = place.home().calls.clone();
        match self.fault {
            Some(Fault::LosesTheLastCallInACrash) => {
                calls.pop();
            }
            Some(Fault::CutsTheLastAppendInACrash) => {
                if let Some(Call::Append(_, append)) = calls.last_mut() {
                    append.updates.pop();
                }
            }
            Some(Fault::DropsEntriesBeforeItStores) => {
                if let Some(Call::Compact(_, snapshot, _)) = calls.pop() {
                    place.home().lost = snapshot.position - 1;
                }
            }
            _ => return Ok(()),
        }
        place.replay(calls).await;
        Ok(())
    }
}
