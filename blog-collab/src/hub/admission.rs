//! Who comes in, and whether whoever is connected may stay: they were let in once, and what has happened
//! since may not let them.

use blog_core::domain::{Actor, ActorKind, AuthorId, Post, PostId};
use blog_core::services::Access;
use blog_core::{Error, ErrorKind, Result};
use futures::future::join_all;
use futures::join;
use tokio::sync::oneshot;
use tokio::time::timeout;

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
        if actor.kind == ActorKind::Anonymous {
            return Err(Error::new(ErrorKind::Unauthenticated, "sign in first"));
        }
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
    /// Other nodes that share rooms do the same once they hear of it. It returns once all rooms of this node
    /// have, after [`HubOptions::store_patience`](crate::HubOptions::store_patience) at the latest: a room that
    /// hangs closes all of its own, and where the host does not answer, those who are there stay.
    ///
    /// [`Admission`]: blog_core::ports::Admission
    pub async fn recheck(&self) {
        join!(
            self.0.tell_rooms(Command::Recheck),
            self.0.tell_nodes(What::Recheck)
        );
    }

    /// Closes all of an actor's connections ([`Close::Expired`](crate::Close::Expired), 4401), and what
    /// writes on their behalf. For hosts that have ended a session or revoked a token: clients come again,
    /// and are let in if what they bring then still holds.
    ///
    /// Whoever is only being let in meanwhile is not closed: what let them in has to be revoked before this
    /// is called. Other nodes that share rooms do the same once they hear of it; a message that is lost is
    /// made up for by [`Admission`](blog_core::ports::Admission), which rooms ask again and again.
    pub async fn revoke(&self, actor: &AuthorId) {
        let revoke = |done| Command::Revoke(actor.clone(), done);
        join!(
            self.0.tell_rooms(revoke),
            self.0.tell_nodes(What::Revoke(actor.clone()))
        );
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

    /// The same of somebody who is in a room already. Of all rooms together, so many are asked about at once.
    pub(crate) async fn admit_again(&self, actor: &Actor, post: PostId) -> Result<Option<Actor>> {
        // Nobody closes it.
        let _one = self.asking.acquire().await;
        self.admit(actor, post).await
    }

    /// Has all rooms of this node do this, and waits until they have.
    async fn tell_rooms(&self, command: impl Fn(oneshot::Sender<()>) -> Command) {
        let told = async {
            // Who is in a room that just closes is closed with it.
            join_all(self.send_to_rooms(command).await).await;
        };
        if timeout(self.options.store_patience, told).await.is_err() {
            tracing::warn!("some rooms do not say yet that who may not stay has left");
        }
    }

    /// Tells all rooms of this node to do this, and answers what says that they have. A room that is so busy
    /// that it takes no more is waited for, up to the time that a store may take.
    pub(super) async fn send_to_rooms(
        &self,
        command: impl Fn(oneshot::Sender<()>) -> Command,
    ) -> Vec<oneshot::Receiver<()>> {
        let rooms: Vec<_> = self.rooms().values().cloned().collect();
        let sending = rooms.into_iter().map(|room| {
            let (done, is_done) = oneshot::channel();
            let command = command(done);
            async move {
                let sent = timeout(self.options.store_patience, room.send(command));
                sent.await.map(|_| is_done)
            }
        });
        join_all(sending).await.into_iter().flatten().collect()
    }
}
