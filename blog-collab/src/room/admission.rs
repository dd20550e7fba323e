//! Whoever was let in is asked about again while they are here.

use std::sync::Arc;

use blog_core::Result;
use blog_core::domain::Actor;
use blog_core::services::Access;
use futures::StreamExt;
use futures::stream::{BoxStream, FuturesUnordered};
use tokio::sync::oneshot;

use super::{Next, Room};
use crate::Close;

/// What the host says of a participant by now.
type Answer = (u64, Result<Option<Actor>>);

/// The questions to the host.
#[derive(Default)]
pub(super) struct Admissions {
    /// What it answers, as it does.
    round: Option<BoxStream<'static, Answer>>,
    /// Who waits until all of the round is answered, and who until all of the next is.
    awaited: Vec<oneshot::Sender<()>>,
    next_awaited: Vec<oneshot::Sender<()>>,
}

impl Admissions {
    /// The next answer; nothing at the end of a round.
    pub(super) async fn answer(&mut self) -> Option<Answer> {
        match &mut self.round {
            Some(round) => round.next().await,
            None => std::future::pending().await,
        }
    }
}

impl Room {
    /// Asks the policy at once, and the host about everybody who is here; `done` is told when both count.
    pub(super) fn recheck_all(&mut self, done: oneshot::Sender<()>) {
        self.recheck();
        self.admissions.next_awaited.push(done);
        self.ask_admission();
    }

    /// Asks the host about everybody who is here, unless that is being done.
    pub(super) fn ask_admission(&mut self) {
        let admissions = &mut self.admissions;
        if admissions.round.is_some() {
            return;
        }
        admissions.awaited = std::mem::take(&mut admissions.next_awaited);
        let asking = self.members.as_they_came().into_iter();
        let asking: FuturesUnordered<_> = asking
            .map(|(member, actor)| {
                let (shared, post) = (Arc::clone(&self.shared), self.post);
                async move { (member, shared.admit_again(&actor, post).await) }
            })
            .collect();
        admissions.round = Some(asking.boxed());
    }

    /// Lets whoever may stay do so, as who they are by now. Nothing changes for those of whom nothing is
    /// known.
    pub(super) fn on_admission(&mut self, answer: Option<Answer>) -> Next {
        match answer {
            Some((member, Ok(Some(by_now)))) => {
                if self.access_of(&by_now) == Some(Access::Edit) {
                    self.shared.profiles.note(&by_now);
                }
                if self.members.change(member, by_now) {
                    self.recheck();
                }
            }
            Some((member, Ok(None))) => self.close(member, Close::Expired),
            Some((_, Err(error))) => {
                tracing::warn!(post = %self.post, %error, "it is not known who may still be here");
            }
            None => {
                self.admissions.round = None;
                for waiting in self.admissions.awaited.drain(..) {
                    // Nobody may wait any more.
                    let _ = waiting.send(());
                }
                if !self.admissions.next_awaited.is_empty() {
                    self.ask_admission();
                }
            }
        }
        Next::GoOn
    }
}
