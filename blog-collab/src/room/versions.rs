//! What passes between the room and its post: versions that are brought in, folds, and who may still be
//! here.

use std::sync::Arc;

use blog_core::domain::{Actor, AuthorId, Post, PostId};
use blog_core::services::Access;
use blog_core::{Error, ErrorKind, Result};
use tokio::time::Instant;

use super::{Next, Room};
use crate::Close;
use crate::handover::{self, Contained, Folded};
use crate::hub::Shared;

/// What came of bringing the post's head in, and the post.
#[derive(Debug)]
pub(super) struct BroughtIn {
    /// Where the room was when this began.
    begun_at: u64,
    post: Post,
    contained: Result<Contained>,
}

async fn bring_in(shared: &Shared, post: PostId, begun_at: u64) -> Result<BroughtIn> {
    let contained = handover::bring_in(shared, post).await;
    let post = match &contained {
        Ok(contained) => contained.head.post.clone(),
        // Who may be here is to be known also while the log is not.
        Err(_) => shared.blog.collab().head(post).await?.post,
    };
    Ok(BroughtIn {
        begun_at,
        post,
        contained,
    })
}

impl Room {
    pub(super) fn bring_in(&mut self) {
        self.bring_in_again = self.bringing_in.is_some();
        if !self.bring_in_again {
            let (shared, post, begun_at) = (Arc::clone(&self.shared), self.post, self.position);
            self.bringing_in = Some(Box::pin(async move {
                shared.patiently(bring_in(&shared, post, begun_at)).await
            }));
        }
    }

    pub(super) fn on_brought_in(&mut self, brought_in: Result<BroughtIn>) -> Next {
        let contained = brought_in.and_then(|brought_in| {
            self.see(brought_in.post);
            Ok((brought_in.begun_at, brought_in.contained?))
        });
        match contained {
            Ok((begun_at, contained)) => {
                self.known = contained.head.version.content;
                if contained.log.end < begun_at {
                    self.disagree("the log has less than this node was told of");
                }
                if contained.log.end > self.position {
                    self.read();
                }
            }
            Err(error) if *error.kind() == ErrorKind::NotFound => {
                self.is_gone = true;
                self.members.close_all(Close::NotFound);
            }
            Err(error) => {
                tracing::warn!(post = %self.post, %error, "a version is brought in later");
            }
        }
        if self.bring_in_again {
            self.bring_in();
        }
        Next::GoOn
    }

    /// Takes note of the post, unless a newer one was seen, and of what everybody may do by now.
    pub(super) fn see(&mut self, post: Post) {
        if post.revision < self.seen.revision {
            return;
        }
        self.seen = post;
        self.recheck();
    }

    /// Asks the policy what everybody may do by now. Who may edit again is asked for what was not taken
    /// from them meanwhile.
    pub(super) fn recheck(&mut self) {
        let (collab, post) = (self.shared.blog.collab(), &self.seen);
        let changed = self.members.changed(|actor| collab.access_to(actor, post));
        for (member, access) in changed {
            match access {
                Some(access) if self.members.let_on(member, access) => {
                    if access == Access::Edit {
                        self.ask(member);
                    }
                }
                Some(_) => self.close(member, Close::Forbidden),
                None => self.close(member, Close::Unauthorized),
            }
        }
    }

    /// Closes all that an actor has here, or that is here on their behalf.
    pub(super) fn revoke(&mut self, actor: &AuthorId) {
        for member in self.members.with_rights_of(actor) {
            self.close(member, Close::Expired);
        }
    }

    /// What somebody may do here, as far as is known; `None` for whoever may not see the post.
    pub(super) fn access_of(&self, actor: &Actor) -> Option<Access> {
        self.shared.blog.collab().access_to(actor, &self.seen)
    }

    /// Folds what was written since the last time, if there is anything, once all have left, nobody has
    /// written for a while, it was long ago, or much was written; and whenever somebody asks for it.
    pub(super) fn fold_if_due(&mut self) {
        let is_due = self.position > self.folded && {
            let options = &self.shared.options;
            self.members.is_empty()
                || self.written_at.elapsed() >= options.idle
                || self.folded_at.elapsed() >= options.fold_every
                || self.unfolded_bytes >= options.compact_bytes
        };
        let is_asked = !self.next_fold_asked.is_empty();
        if self.folding.is_none() && (is_due || is_asked) {
            self.fold_asked = std::mem::take(&mut self.next_fold_asked);
            self.unfolded_bytes = 0;
            // The fold reads the log: what has gathered goes there now, and is mostly in it.
            self.journal.hurry();
            let (shared, post) = (Arc::clone(&self.shared), self.post);
            // A task of its own: the room goes on meanwhile.
            let fold = tokio::spawn(async move {
                let fold = handover::fold(&shared, post);
                shared.patiently(fold).await
            });
            self.folding = Some(Box::pin(async move {
                fold.await
                    .map_err(|error| Error::internal("a fold was cut off").with_source(error))?
            }));
        }
    }

    pub(super) async fn on_folded(&mut self, folded: Result<Folded>) -> Next {
        self.folded_at = Instant::now();
        match folded {
            Ok(Folded {
                head,
                position,
                damaged_by,
            }) => {
                self.see(head.post.clone());
                self.known = head.version.content.clone();
                self.folded = self.folded.max(position);
                for waiting in self.fold_asked.drain(..) {
                    let _ = waiting.send(Ok(head.clone()));
                }
                if !damaged_by.is_empty() {
                    if self.unloaded.is_none() {
                        self.rebuild().await;
                    }
                    self.close_damagers(&damaged_by);
                }
            }
            Err(error) => {
                if *error.kind() == ErrorKind::NotFound {
                    self.is_gone = true;
                    self.members.close_all(Close::NotFound);
                }
                tracing::warn!(post = %self.post, %error, "a document is folded later");
                let error = Arc::new(error);
                for waiting in self.fold_asked.drain(..) {
                    let _ = waiting.send(Err(Error::shared(Arc::clone(&error))));
                }
            }
        }
        if !self.next_fold_asked.is_empty() {
            self.fold_if_due();
        }
        self.read();
        Next::GoOn
    }
}
