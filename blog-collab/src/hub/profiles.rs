use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use blog_core::domain::{Actor, AuthorId, AuthorProfile};

/// Beyond so many all are forgotten; who comes again is known again.
const KEPT: usize = 10_000;

/// Those who have come to this node's rooms to write: logs know them by their ids alone.
#[derive(Debug, Default)]
pub(crate) struct Profiles(Mutex<HashMap<AuthorId, AuthorProfile>>);

impl Profiles {
    pub(crate) fn note(&self, actor: &Actor) {
        let mut known = self.known();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(actor.id.clone(), actor.profile());
    }

    /// Those of these authors that are known.
    pub(crate) fn of<'a>(&self, authors: impl Iterator<Item = &'a AuthorId>) -> Vec<AuthorProfile> {
        let known = self.known();
        authors.filter_map(|id| known.get(id).cloned()).collect()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<AuthorId, AuthorProfile>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
