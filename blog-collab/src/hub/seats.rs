use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use blog_core::domain::AuthorId;
use blog_core::{Error, ErrorKind, Result};

/// When whoever has too many connections may look again.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// How many connections each actor has on this node.
#[derive(Debug, Default)]
pub(crate) struct Seats(Mutex<HashMap<AuthorId, usize>>);

/// One connection's. Dropped, it is free again.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    actor: AuthorId,
}

impl Seats {
    /// A seat for one more connection of an actor, who may have so many.
    pub(crate) fn take(self: &Arc<Self>, actor: &AuthorId, most: usize) -> Result<Seat> {
        let mut taken = self.taken();
        if taken.get(actor).copied().unwrap_or_default() >= most {
            let retry_after = RETRY_AFTER;
            let message = "you have too many connections";
            return Err(Error::new(ErrorKind::RateLimited { retry_after }, message));
        }
        *taken.entry(actor.clone()).or_default() += 1;
        Ok(Seat {
            seats: Arc::clone(self),
            actor: actor.clone(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<AuthorId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        if let Some(count) = taken.get_mut(&self.actor) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.actor);
            }
        }
    }
}
