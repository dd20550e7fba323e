//! Whoever was let in is asked about again while they are here.

use std::sync::Arc;

use blog_core::Result;
use blog_core::domain::Actor;
use futures::StreamExt;
use futures::stream::iter;
use tokio::sync::oneshot;

use super::{Next, Room};
use crate::Close;

/// About how many the host is asked at once.
const ASKED_AT_ONCE: usize = 16;

/// What the host says by now of those who are here, and who waits until that counts.
pub(super) struct Admitted {
    answers: Vec<(u64, Result<Option<Actor>>)>,
    awaited: Vec<oneshot::Sender<()>>,
}

impl Room {
    /// Asks the policy at once, and the host about everybody who is here; `done` is told when both count.
    pub(super) fn recheck_all(&mut self, done: oneshot::Sender<()>) {
        self.recheck();
        self.admission_awaited.push(done);
        self.ask_admission();
    }

    /// Asks the host about everybody who is here, unless that is being done.
    pub(super) fn ask_admission(&mut self) {
        if self.admitting.is_some() {
            return;
        }
        let (shared, post) = (Arc::clone(&self.shared), self.post);
        let awaited = std::mem::take(&mut self.admission_awaited);
        let here = self.members.with_rights();
        self.admitting = Some(Box::pin(async move {
            let asking = here.into_iter().map(|(member, actor)| {
                let shared = Arc::clone(&shared);
                async move { (member, shared.admit(&actor, post).await) }
            });
            let answers = iter(asking).buffer_unordered(ASKED_AT_ONCE);
            let answers = answers.collect().await;
            Ok(Admitted { answers, awaited })
        }));
    }

    /// Lets those stay who may, as who they are by now. Nothing changes for those of whom nothing is known.
    pub(super) fn on_admitted(&mut self, admitted: Result<Admitted>) -> Next {
        let Ok(Admitted { answers, awaited }) = admitted else {
            return Next::GoOn;
        };
        for (member, answer) in answers {
            match answer {
                Ok(Some(by_now)) => self.members.change(member, by_now),
                Ok(None) => self.close(member, Close::Expired),
                Err(error) => {
                    tracing::warn!(post = %self.post, %error, "it is not known who may still be here");
                }
            }
        }
        self.recheck();
        for waiting in awaited {
            // Nobody may wait any more.
            let _ = waiting.send(());
        }
        if !self.admission_awaited.is_empty() {
            self.ask_admission();
        }
        Next::GoOn
    }
}
