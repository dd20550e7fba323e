use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use blog_core::conformance::{Fixture, Setup};
use blog_core::memory::MemoryUsageStore;
use blog_core::ports::{Account, ModelCall, Settlement, UsageStore};
use chrono::NaiveDate;
use uuid::Uuid;

use super::Fault;
use super::broken::Broken;

/// A call of the store that changed something.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Reserve(ModelCall, Vec<Account>),
    Settle(Uuid, Settlement),
    Forget(NaiveDate),
}

/// One home for what models have cost.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place(Arc<Mutex<Home>>);

/// What is stored, the calls that made it so, and what only some faults know.
#[derive(Debug, Default)]
pub(crate) struct Home {
    pub(crate) store: MemoryUsageStore,
    pub(crate) changes: Vec<Change>,
    pub(crate) refused: HashSet<Uuid>,
    pub(crate) last_settlements: HashMap<Uuid, Settlement>,
    /// Tokens by account.
    pub(crate) counted: HashMap<String, u64>,
    /// Calls that are charged and not shown.
    pub(crate) hidden: u128,
}

/// A store with what these calls make.
pub(crate) async fn replay(changes: &[Change]) -> MemoryUsageStore {
    let store = MemoryUsageStore::default();
    for change in changes {
        match change {
            Change::Reserve(call, accounts) => {
                store.reserve(call, accounts).await.unwrap();
            }
            // What is left out is not settled, either.
            Change::Settle(call, settlement) => {
                let _ = store.settle(*call, settlement).await;
            }
            Change::Forget(before) => store.forget(*before).await.unwrap(),
        }
    }
    store
}

impl Place {
    pub(crate) fn home(&self) -> MutexGuard<'_, Home> {
        self.0.lock().unwrap()
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
    type Port = dyn UsageStore;
    type Place = Place;

    async fn place(&self) -> Setup<Place> {
        Ok(match self.fault {
            Some(Fault::HasOnePlace) => self.only.clone(),
            _ => Place::default(),
        })
    }

    async fn open(&self, place: &Place) -> Setup<Arc<dyn UsageStore>> {
        Ok(Arc::new(Broken::new(place.clone(), self.fault)))
    }

    async fn crash(&self, place: &Place) -> Setup<()> {
        if self.fault == Some(Fault::LosesTheLastCallInACrash) {
            let mut changes = place.home().changes.clone();
            changes.pop();
            let store = replay(&changes).await;
            let mut home = place.home();
            (home.store, home.changes) = (store, changes);
        }
        Ok(())
    }
}
