use std::collections::BTreeSet;

use blog_core::domain::AuthorId;

/// How many there are at most.
const REMEMBERED: usize = 1_000;

/// Actors that a room remembers; of too many, one is forgotten.
#[derive(Debug, Default)]
pub(super) struct Actors(BTreeSet<AuthorId>);

impl Actors {
    pub(super) fn insert(&mut self, actor: &AuthorId) {
        if self.contains(actor) {
            return;
        }
        if self.0.len() >= REMEMBERED {
            self.0.pop_first();
        }
        self.0.insert(actor.clone());
    }

    pub(super) fn contains(&self, actor: &AuthorId) -> bool {
        self.0.contains(actor)
    }
}
