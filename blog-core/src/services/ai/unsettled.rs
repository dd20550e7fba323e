use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync;
use uuid::Uuid;

use crate::Blog;
use crate::error::{ErrorKind, Result};
use crate::ports::Settlement;

/// Settlements that wait at most; what would be more stays set aside.
const WAITING: usize = 10_000;

/// Settlements that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Unsettled {
    waiting: Mutex<Vec<(Uuid, Settlement)>>,
    /// Held by the one who writes: whoever waits for it finds less to do, or nothing.
    turn: sync::Mutex<()>,
}

impl Unsettled {
    fn waiting(&self) -> MutexGuard<'_, Vec<(Uuid, Settlement)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, call: Uuid, settlement: Settlement) {
        let mut waiting = self.waiting();
        if waiting.len() < WAITING {
            waiting.push((call, settlement));
        } else {
            tracing::error!(%call, "too many calls of models wait to be settled: it stays set aside");
        }
    }
}

impl Blog {
    /// Writes the settlements that wait, but for those that come meanwhile.
    ///
    /// # Errors
    /// Those of the store that may pass. A settlement that it does not take is logged and let go of, or
    /// all others would wait behind it.
    pub(crate) async fn settle_calls(&self) -> Result<()> {
        let unsettled = self.unsettled();
        let _turn = unsettled.turn.lock().await;
        let count = unsettled.waiting().len();
        for _ in 0..count {
            let Some((call, settlement)) = unsettled.waiting().first().cloned() else {
                return Ok(());
            };
            match self.usage_store().settle(call, &settlement).await {
                Err(error) if error.is_retryable() => return Err(error),
                // Its reservation failed: it is given up, should that come to be known late.
                Err(error) if *error.kind() == ErrorKind::NotFound => {
                    tracing::debug!(%call, "a call of a model was never set aside for");
                }
                Err(error) => tracing::error!(%call, %error, "a call of a model stays set aside"),
                Ok(()) => {}
            }
            unsettled.waiting().retain(|(id, _)| *id != call);
        }
        Ok(())
    }
}
