use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::{StreamExt, TryStreamExt, stream};
use tokio::runtime::Handle;
use tokio::sync;
use uuid::Uuid;

use crate::Blog;
use crate::error::{ErrorKind, Result};
use crate::ports::Settlement;

/// Settlements that wait at most; what would be more stays set aside.
const WAITING: usize = 10_000;
/// Where more wait, no call is made before they are written.
const MANY: usize = 1_000;
/// Settlements that are written at once, where several wait.
const AT_ONCE: usize = 64;

/// Settlements that are not known to be written.
#[derive(Debug, Default)]
pub(crate) struct Unsettled {
    /// By the ids of their calls, the first first.
    waiting: Mutex<BTreeMap<Uuid, Settlement>>,
    /// Held by the one who writes all of them: whoever waits for it finds less to do, or nothing.
    turn: sync::Mutex<()>,
}

impl Unsettled {
    /// Whether they come faster than they are written.
    pub(super) fn are_many(&self) -> bool {
        self.waiting().len() > MANY
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<Uuid, Settlement>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Blog {
    /// Has it written how a call has ended, while nobody waits for that.
    pub(super) fn settle_soon(&self, call: Uuid, settlement: Settlement) {
        let mut waiting = self.unsettled().waiting();
        if waiting.len() >= WAITING {
            tracing::error!(%call, "too many calls of models wait to be settled: it stays set aside");
            return;
        }
        waiting.insert(call, settlement);
        drop(waiting);
        // Without a runtime, whoever settles all calls does it.
        if let Ok(runtime) = Handle::try_current() {
            let blog = self.clone();
            runtime.spawn(async move {
                if let Err(error) = blog.settle_calls().await {
                    tracing::warn!(%error, "what a call has cost is written later");
                }
            });
        }
    }

    /// Writes the settlements that wait, but for those that come meanwhile.
    ///
    /// # Errors
    /// Those of the store that may pass.
    pub(crate) async fn settle_calls(&self) -> Result<()> {
        let unsettled = self.unsettled();
        let _turn = unsettled.turn.lock().await;
        let calls: Vec<_> = unsettled.waiting().keys().copied().collect();
        let settled = stream::iter(calls).map(|call| self.settle_call(call));
        settled.buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Writes a settlement, if it still waits. One that the store does not take is logged and let go of, or it
    /// would be tried for ever.
    async fn settle_call(&self, call: Uuid) -> Result<()> {
        let unsettled = self.unsettled();
        let Some(settlement) = unsettled.waiting().get(&call).cloned() else {
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
        unsettled.waiting().remove(&call);
        Ok(())
    }
}
