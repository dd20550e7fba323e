//! Whoever is connected was let in once: what has happened since may not let them stay.

use blog_core::domain::AuthorId;
use futures::future::join_all;
use tokio::sync::oneshot;

use super::Hub;
use crate::room::Command;

impl Hub {
    /// Asks the policy anew about everybody who is connected to this node, and has them do no more than it
    /// allows from here on: whoever may not see a post any more is closed
    /// ([`Close::Unauthorized`](crate::Close::Unauthorized)), whoever may not edit it any more comes again
    /// to look on ([`Close::Forbidden`](crate::Close::Forbidden)). For hosts whose policy has begun to
    /// answer otherwise, such as after a role was given or taken; rooms do it by themselves when their post
    /// changes, and every [`HubOptions::look_every`](crate::HubOptions::look_every).
    ///
    /// The policy is asked about actors as they came in. Where an [`Actor`](blog_core::domain::Actor)
    /// itself would be another by now, [`revoke`](Self::revoke) has them come in anew.
    ///
    /// Where several nodes share rooms, each does this for its own connections. A room that does not answer
    /// within [`HubOptions::store_patience`](crate::HubOptions::store_patience) closes all of its own.
    pub async fn recheck(&self) {
        self.tell_rooms(Command::Recheck).await;
    }

    /// Closes all of an actor's connections to this node
    /// ([`Close::Expired`](crate::Close::Expired), 4401), and what writes on their behalf. For hosts that
    /// have ended a session or revoked a token: clients come again, and are let in if what they bring then
    /// still holds.
    ///
    /// Whoever is only being let in meanwhile is not closed: what let them in has to be revoked before this
    /// is called. Where several nodes share rooms, each does this for its own connections, as
    /// [`recheck`](Self::recheck) has it.
    pub async fn revoke(&self, actor: &AuthorId) {
        let revoke = |done| Command::Revoke(actor.clone(), done);
        self.tell_rooms(revoke).await;
    }

    /// Has all rooms do this, and waits until they have.
    async fn tell_rooms(&self, command: impl Fn(oneshot::Sender<()>) -> Command) {
        let rooms: Vec<_> = self.0.rooms().values().cloned().collect();
        let telling = rooms.into_iter().map(|room| {
            let (done, is_done) = oneshot::channel();
            let command = command(done);
            async move {
                // Who is in a room that just closes is closed with it.
                if room.send(command).await.is_ok() {
                    let _ = is_done.await;
                }
            }
        });
        let told = tokio::time::timeout(self.0.options.store_patience, join_all(telling)).await;
        if told.is_err() {
            tracing::warn!("some rooms do not say yet that who may not stay has left");
        }
    }
}
