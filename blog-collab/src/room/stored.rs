//! What follows once the store has taken what was written, or has refused it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use blog_core::domain::AuthorId;
use blog_core::ports::Start;
use blog_core::{Conflict, Error, ErrorKind, Result};

use super::journal::{Claim, Effect, Group, Step, Written};
use super::members::Members;
use super::nodes::NodeMessage;
use super::size::Size;
use super::{Next, Room, frame};
use crate::Close;
use crate::document::{Applied, Edits};
use crate::handover::{self, Opened};
use crate::wire::hocuspocus::sync_status;
use crate::wire::message::Message;

impl Room {
    pub(super) fn do_when_durable(&mut self, effect: Effect) {
        if let Some(effect) = self.journal.then(effect) {
            self.act(effect);
        }
    }

    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Answer(member, frame) => self.members.answer(member, frame),
            Effect::Confirm { member, count } => {
                for _ in 0..count {
                    self.members.send(member, sync_status(true));
                }
            }
            // Nobody may wait for it any more.
            Effect::Read(answer, content) => drop(answer.send(*content)),
        }
    }

    fn take_step(&mut self, step: Step) {
        match step {
            Step::Write(Written { update, done, .. }) => {
                self.members.broadcast(&frame(Message::Update(&update)));
                // Nobody may wait for it any more.
                let _ = done.map(|done| done.send(Ok(())));
            }
            Step::Then(effect) => self.act(effect),
        }
    }

    pub(super) fn on_appended(&mut self, group: Group, end: u64) -> Next {
        let updates: Vec<_> = group.updates().map(|it| it.update.clone()).collect();
        let claims = group.claims.values();
        let claims: Vec<_> = claims.map(|it| (it.client, it.owner.clone())).collect();
        let first = end + 1 - updates.len() as u64;
        self.own.extend(first..=end);
        self.end = self.end.max(end);
        self.is_told_more = true;
        self.advance();
        for step in group.steps {
            self.take_step(step);
        }
        for shown in group.shown.into_values() {
            self.show(shown.by, shown.entry());
        }
        if !claims.is_empty() {
            self.tell_nodes(NodeMessage::Claims(claims));
        }
        if !updates.is_empty() {
            self.tell_nodes(NodeMessage::Updates { first, updates });
        }
        Next::GoOn
    }

    pub(super) async fn on_refused(&mut self, error: &Error) -> Next {
        match error.kind() {
            ErrorKind::Conflict(Conflict::Taken(_)) => self.expel_impostors(error).await,
            _ => self.fail(error),
        }
    }

    /// Some client ids became others' before they were stored here: who has shown them goes, with all
    /// that they wrote meanwhile, and the rest is appended anew. Who waits for an answer comes again:
    /// it would have held theirs.
    async fn expel_impostors(&mut self, error: &Error) -> Next {
        self.load_again().await;
        if self.has_failed {
            return Next::Close;
        }
        let (shared, post) = (Arc::clone(&self.shared), self.post);
        let stored = self.patiently(shared.store.load(post, Start::Newest));
        let Ok(Some(stored)) = stored.await else {
            return self.fail(error);
        };
        let owners: HashMap<_, _> = stored.claims.into_iter().collect();
        let is_anothers = |claim: &&Claim| {
            owners
                .get(&claim.client)
                .is_some_and(|it| *it != claim.owner)
        };
        let impostors = self.journal.claims().filter(is_anothers);
        let impostors: BTreeSet<_> = impostors.map(|claim| claim.by).collect();
        if impostors.is_empty() {
            return self.fail(error);
        }
        let expelled = self.journal.claims();
        let expelled = expelled.filter(|claim| impostors.contains(&claim.by));
        for claim in expelled {
            self.claims.remove(&claim.client);
        }
        self.claims.extend(owners);
        let unanswered = self.journal.go_on_without(|by| impostors.contains(&by));
        self.rebuild().await;
        for impostor in impostors.into_iter().flatten() {
            self.close(impostor, Close::Forbidden);
        }
        for member in unanswered {
            self.close(member, Close::TryAgainLater);
        }
        // Who was asked before has left out what the impostors' seemed to be.
        let known = self.document.state_vector();
        self.members.broadcast(&frame(Message::SyncStep1(&known)));
        Next::GoOn
    }

    /// The store does not take what was written: everybody has it still, and brings it again.
    pub(super) fn fail(&mut self, error: &Error) -> Next {
        tracing::error!(post = %self.post, %error, "a room is closed: what was written is not stored");
        self.members = Members::default();
        self.has_failed = true;
        Next::Close
    }

    /// Makes the document anew from what is stored and what is on its way there, after an update
    /// that damaged it. Whoever has stored something that damages it is closed; answers whether anybody has.
    pub(super) async fn rebuild(&mut self) -> bool {
        match self.open_anew().await {
            Ok(opened) => self.replace_document(opened),
            Err(error) => {
                self.fail(&error);
                false
            }
        }
    }

    /// The same, and everybody gets what is not in this state vector. The room fails if that cannot be said.
    pub(super) async fn rebuild_for_all(&mut self, known: &[u8]) {
        self.rebuild().await;
        if !self.has_failed {
            self.send_difference(known);
        }
    }

    pub(super) async fn open_anew(&mut self) -> Result<Opened> {
        let (shared, post) = (Arc::clone(&self.shared), self.post);
        let opened = handover::open(&shared, post, shared.new_client());
        self.patiently(opened).await
    }

    /// Puts what is on its way into the store into a document that was made from the log, and goes on with
    /// that. Answers whether somebody was closed who had stored something that damages it.
    pub(super) fn replace_document(&mut self, opened: Opened) -> bool {
        self.note_made_up_to(opened.position());
        self.document = opened.document;
        let document = &mut self.document;
        let unanswered = self.journal.replay(|bytes| {
            let applied = Edits::read(&**bytes).and_then(|edits| document.apply(edits));
            matches!(applied, Ok(Applied::Whole(_) | Applied::Nothing))
        });
        for member in unanswered {
            self.close(member, Close::TryAgainLater);
        }
        let state = self.document.state().map_or(0, |state| state.len());
        self.size = Size::at_most(0);
        self.size.measure(state);
        self.close_damagers(&opened.damaged_by);
        !opened.damaged_by.is_empty()
    }

    /// Sends everybody what is not in this state vector. The room fails if that cannot be said.
    pub(super) fn send_difference(&mut self, known: &[u8]) {
        match self.document.difference(known) {
            Ok(news) => self.members.broadcast(&frame(Message::Update(&news))),
            Err(refused) => drop(self.fail(&handover::unreadable(refused))),
        }
    }

    /// Closes those who have written what damages the document. They have it still, and bring it again: from
    /// here on it is tried what their updates do to the document before they are stored.
    pub(super) fn close_damagers(&mut self, damagers: &[AuthorId]) {
        for damager in damagers {
            self.damagers.insert(damager);
            for member in self.members.of(damager) {
                self.close(member, Close::Malformed);
            }
        }
    }
}
