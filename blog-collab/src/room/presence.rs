//! What this node says of who is in the room, to those that have no room of the document.

use std::sync::Arc;
use std::time::Duration;

use blog_core::Result;
use blog_core::ports::Present;
use tokio::time::Instant;

use super::{Job, Next, Room, TICK};

/// How long it is believed of a node that is heard of no more: as long as of a client.
const HOLDS: Duration = Duration::from_secs(30);
/// How often it is said again while somebody is here.
const RENEWED: Duration = Duration::from_secs(10);

/// What was last said.
#[derive(Default)]
pub(super) struct ToldPresence {
    here: Vec<Present>,
    at: Option<Instant>,
    failed_at: Option<Instant>,
    telling: Option<Job<Vec<Present>>>,
}

impl ToldPresence {
    /// Whether no word is on its way.
    pub(super) const fn is_told(&self) -> bool {
        self.telling.is_none()
    }

    /// What was said, once it has been.
    pub(super) async fn told(&mut self) -> Result<Vec<Present>> {
        super::job(&mut self.telling).await
    }

    /// Nothing has to be said again where nobody was here.
    fn is_renewed(&self) -> bool {
        self.here.is_empty() || self.at.is_some_and(|at| at.elapsed() < RENEWED)
    }
}

impl Room {
    /// Says who is here, if that is another than before or was said long ago. While one word is on its way,
    /// the next waits.
    pub(super) fn tell_presence(&mut self) {
        let has_failed = self.presence.failed_at;
        if !self.presence.is_told() || has_failed.is_some_and(|at| at.elapsed() < TICK) {
            return;
        }
        let here = self.awareness.who_is_here();
        if here == self.presence.here && self.presence.is_renewed() {
            return;
        }
        let (shared, post) = (Arc::clone(&self.shared), self.post);
        self.presence.telling = Some(Box::pin(async move {
            let told = shared.presence.show(post, shared.node, &here, HOLDS);
            shared.patiently(told).await?;
            Ok(here)
        }));
    }

    pub(super) fn on_presence_told(&mut self, told: Result<Vec<Present>>) -> Next {
        match told {
            Ok(here) => {
                self.presence.here = here;
                self.presence.at = Some(Instant::now());
                self.presence.failed_at = None;
                self.tell_presence();
            }
            // It is said again, but that nobody is here: what was said before is believed no longer by itself.
            Err(error) => {
                self.presence.failed_at = Some(Instant::now());
                if self.awareness.who_is_here().is_empty() {
                    self.presence.here.clear();
                }
                tracing::debug!(post = %self.post, %error, "it is not said who is here");
            }
        }
        Next::GoOn
    }
}
