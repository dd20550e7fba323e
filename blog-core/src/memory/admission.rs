use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::domain::{Actor, AuthorId, PostId};
use crate::error::Result;
use crate::ports::Admission;

/// [`Admission`] in memory: everybody stays as they came in, but for those of whom something else was said.
/// Clones share it.
#[derive(Debug, Default, Clone)]
pub struct MemoryAdmission(Arc<Mutex<HashMap<AuthorId, Option<Actor>>>>);

impl MemoryAdmission {
    /// From here on an actor is this one, whatever they came in as.
    pub fn change(&self, actor: Actor) {
        self.known().insert(actor.id.clone(), Some(actor));
    }

    /// From here on an actor is in no room.
    pub fn dismiss(&self, actor: &AuthorId) {
        self.known().insert(actor.clone(), None);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<AuthorId, Option<Actor>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Admission for MemoryAdmission {
    async fn admit(&self, actor: &Actor, _document: PostId) -> Result<Option<Actor>> {
        let known = self.known().get(&actor.id).cloned();
        Ok(known.unwrap_or_else(|| Some(actor.clone())))
    }
}
