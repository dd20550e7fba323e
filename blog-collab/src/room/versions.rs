//! What passes between the room and its post: versions that are brought in, folds, and who may still be
//! here.

use std::sync::Arc;

use blog_core::domain::Post;
use blog_core::{Error, ErrorKind, Result};
use tokio::time::Instant;

use super::{Next, Room};
use crate::Close;
use crate::handover::{self, Contained, Folded};

impl Room {
    pub(super) fn bring_in(&mut self) {
        self.bring_in_again = self.bringing_in.is_some();
        if !self.bring_in_again {
            let (shared, post) = (Arc::clone(&self.shared), self.post);
            self.bringing_in = Some(Box::pin(
                async move { handover::bring_in(&shared, post).await },
            ));
        }
    }

    pub(super) fn on_brought_in(&mut self, contained: Result<Contained>) -> Next {
        match contained {
            Ok(contained) => {
                self.check_access(&contained.head.post);
                self.known = contained.head.version.content;
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

    /// Ends the places of those who may do less by now than when they came.
    fn check_access(&mut self, post: &Post) {
        let collab = self.shared.blog.collab();
        let lost = self
            .members
            .lost_access(|actor| collab.access_to(actor, post));
        for (member, left) in lost {
            let is_locked_out = left.is_some() && post.locked_by.is_some();
            let close = if is_locked_out {
                Close::Forbidden
            } else {
                Close::Unauthorized
            };
            self.close(member, close);
        }
    }

    /// Folds what was written since the last time, if there is anything; at once, or when the room
    /// has fallen idle or it was long ago.
    pub(super) fn fold_if(&mut self, at_once: bool) {
        let is_due = self.position > self.folded && {
            let options = &self.shared.options;
            at_once
                || self.written_at.elapsed() >= options.idle
                || self.folded_at.elapsed() >= options.fold_every
        };
        let is_asked = !self.next_fold_asked.is_empty();
        if self.folding.is_none() && (is_due || is_asked) {
            self.fold_asked = std::mem::take(&mut self.next_fold_asked);
            let (shared, post) = (Arc::clone(&self.shared), self.post);
            // A task of its own: the room goes on meanwhile.
            let fold = tokio::spawn(async move { handover::fold(&shared, post).await });
            self.folding = Some(Box::pin(async move {
                fold.await
                    .map_err(|error| Error::internal("a fold was cut off").with_source(error))?
            }));
        }
    }

    pub(super) fn on_folded(&mut self, folded: Result<Folded>) -> Next {
        self.folded_at = Instant::now();
        match folded {
            Ok(Folded { head, position }) => {
                self.known = head.version.content.clone();
                self.folded = self.folded.max(position);
                for waiting in self.fold_asked.drain(..) {
                    let _ = waiting.send(Ok(head.clone()));
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
            self.fold_if(true);
        }
        self.read();
        Next::GoOn
    }
}
