use std::time::Duration;

use blog_core::domain::PostId;
use blog_core::{Error, ErrorKind, Result};
use tokio::time::{Instant, timeout};

use super::no_assistant;
use super::run::RunState;
use super::turn::Turn;
use crate::hub::Shared;

/// How long an answer of another node is waited for.
const UNHEARD: Duration = Duration::from_secs(1);

impl Shared {
    /// Ends whichever run writes in a post, and waits until it has given its turn back.
    ///
    /// # Errors
    /// Not found where nobody has heard of one; unavailable after [`HubOptions::store_patience`]; what the
    /// storage says.
    ///
    /// [`HubOptions::store_patience`]: crate::HubOptions::store_patience
    pub(super) async fn end_run(&self, post: PostId) -> Result<()> {
        let begun = Instant::now();
        let mut changed = self.runs.changes();
        while self.is_taken(post).await? {
            if begun.elapsed() >= self.options.store_patience {
                return Err(Error::unavailable("the assistant does not answer", true));
            }
            match self.runs.of(post) {
                Some(run) if run.state == RunState::Writing => self.stop(post, run.id).await,
                // Another writes than the one that was heard of.
                _ => self.ask(post).await,
            }
            let _ = timeout(UNHEARD, changed.changed()).await;
        }
        let is_writing = |state| state == RunState::Writing;
        if self.runs.of(post).is_none_or(|run| is_writing(run.state)) {
            self.ask(post).await;
            let _ = timeout(UNHEARD, changed.changed()).await;
        }
        self.runs.of(post).ok_or_else(no_assistant).map(drop)
    }

    /// Whether a run has its turn in a post.
    async fn is_taken(&self, post: PostId) -> Result<bool> {
        match Turn::take(self, post, self.blog.ids().model_call()).await {
            Ok(turn) => {
                turn.give_back(self).await;
                Ok(false)
            }
            Err(error) if matches!(error.kind(), ErrorKind::Conflict(_)) => Ok(true),
            Err(error) => Err(error),
        }
    }
}
