//! Who comes in, and whether whoever is connected may stay: they were let in once, and what has happened
//! since may not let them.

use blog_core::domain::{Actor, AuthorId, Post, PostId};
use blog_core::services::Access;
use blog_core::{Error, ErrorKind, Result};
use futures::future::join_all;
use tokio::sync::oneshot;

use super::nodes::What;
use super::{Hub, Shared};
use crate::room::Command;

/// Somebody who may come into a room.
#[derive(Debug)]
pub(crate) struct Entrant {
    /// As they are by now.
    pub(crate) actor: Actor,
    /// The room's post.
    pub(crate) post: Post,
    /// What they may do there.
    pub(crate) access: Access,
}

impl Hub {
    /// Whoever may be in the room of a post.
    pub(crate) async fn let_in(&self, actor: &Actor, post: PostId) -> Result<Entrant> {
        let admitted = self.0.admit(actor, post).await?;
        let actor = admitted.ok_or_else(|| {
            let message = "what let you in holds no longer: sign in again";
            Error::new(ErrorKind::Unauthenticated, message)
        })?;
        let collab = self.0.blog.collab();
        let post = collab.head_seen_by(&actor, post).await?.post;
        let access = collab.access_to(&actor, &post);
        let access = access.ok_or_else(|| Error::not_found("post"))?;
        if access == Access::Edit {
            self.0.profiles.note(&actor);
        }
        Ok(Entrant {
            actor,
            post,
            access,
        })
    }

    /// Asks anew about everybody who is connected, the policy and [`Admission`], and has them do no more
    /// than is allowed from here on: whoever may not see a post any more is closed
    /// ([`Close::Unauthorized`](crate::Close::Unauthorized)), whoever may not edit it any more comes again
    /// to look on ([`Close::Forbidden`](crate::Close::Forbidden)), and whoever may be in no room comes back
    /// once they have signed in ([`Close::Expired`](crate::Close::Expired)). For hosts whose answers have
    /// changed, such as after a role was given or taken; rooms do it by themselves every
    /// [`HubOptions::look_every`](crate::HubOptions::look_every), and ask the policy when their post changes.
    ///
    /// Other nodes that share rooms do the same once they hear of it. A room that does not answer within
    /// [`HubOptions::store_patience`](crate::HubOptions::store_patience) closes all of its own.
    ///
    /// [`Admission`]: blog_core::ports::Admission
    pub async fn recheck(&self) {
        self.0.tell_nodes(What::Recheck).await;
        self.0.recheck_here().await;
    }

    /// Closes all of an actor's connections ([`Close::Expired`](crate::Close::Expired), 4401), and what
    /// writes on their behalf. For hosts that have ended a session or revoked a token: clients come again,
    /// and are let in if what they bring then still holds.
    ///
    /// Whoever is only being let in meanwhile is not closed: what let them in has to be revoked before this
    /// is called. Other nodes that share rooms do the same once they hear of it; a message that is lost is
    /// made up for by [`Admission`](blog_core::ports::Admission), which rooms ask again and again.
    pub async fn revoke(&self, actor: &AuthorId) {
        self.0.tell_nodes(What::Revoke(actor.clone())).await;
        self.0.revoke_here(actor).await;
    }
}

impl Shared {
    /// What the host says of an actor by now; `None` for whoever may be in no room any more.
    pub(crate) async fn admit(&self, actor: &Actor, post: PostId) -> Result<Option<Actor>> {
        let admitted = self.patiently(self.admission.admit(actor, post)).await?;
        let Some(by_now) = admitted else {
            return Ok(None);
        };
        if by_now.id != actor.id {
            let message = "the host has answered of somebody else than was asked about";
            return Err(Error::internal(message));
        }
        Ok(Some(Actor {
            origin: actor.origin.clone(),
            ..by_now
        }))
    }

    pub(super) async fn recheck_here(&self) {
        self.tell_rooms(Command::Recheck).await;
    }

    pub(super) async fn revoke_here(&self, actor: &AuthorId) {
        let revoke = |done| Command::Revoke(actor.clone(), done);
        self.tell_rooms(revoke).await;
    }

    /// Has all rooms of this node do this, and waits until they have.
    async fn tell_rooms(&self, command: impl Fn(oneshot::Sender<()>) -> Command) {
        let rooms: Vec<_> = self.rooms().values().cloned().collect();
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
        let told = tokio::time::timeout(self.options.store_patience, join_all(telling)).await;
        if told.is_err() {
            tracing::warn!("some rooms do not say yet that who may not stay has left");
        }
    }
}
