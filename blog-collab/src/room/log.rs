//! What the room has in common with the log and the post: entries of others, versions, folds.

use std::sync::Arc;
use std::time::Duration;

use blog_core::domain::{Post, PostId};
use blog_core::ports::{Delivery, Entry, Snapshot, Start, Subscription};
use blog_core::{Error, ErrorKind, Result};
use bytes::Bytes;
use tokio::time::{Instant, timeout};

use super::nodes::{self, NodeMessage};
use super::{Next, Room, TICK, frame};
use crate::Close;
use crate::document::Edits;
use crate::handover::{self, Contained, Folded};
use crate::hub::Shared;
use crate::wire::awareness::entries;
use crate::wire::message::{EMPTY_AWARENESS_FRAME, Message};

/// How long a room waits for an entry of another node that a message may still bring.
const GAP: Duration = Duration::from_millis(20);
/// In a room of more than this many, changes of presence are gathered for a while.
const FEW: usize = 20;
const GATHERED: Duration = Duration::from_millis(50);
/// Messages that wait to be told to other nodes; what is left out they read from the log.
const TOLD: usize = 256;
/// Entries that are read at once.
const PAGE: usize = 1_000;

/// The entries that a room has not got, and a snapshot if some of them are gone.
pub(super) type Missing = (Option<Snapshot>, Vec<Entry>);

async fn entries_after(shared: &Shared, post: PostId, after: u64) -> Result<Missing> {
    let entries = shared.store.entries(post, after, PAGE).await?;
    match entries.first() {
        Some(first) if first.number > after + 1 => {
            let stored = shared.store.load(post, Start::Newest).await?;
            let stored = stored.ok_or_else(|| Error::not_found("document"))?;
            Ok((stored.snapshot, stored.entries))
        }
        _ => Ok((None, entries)),
    }
}

pub(super) fn too_slow() -> Error {
    Error::unavailable("the store does not answer", true)
}

impl Room {
    pub(super) fn on_delivery(&mut self, delivery: Delivery) -> Next {
        match delivery {
            Delivery::Missed => self.read(),
            Delivery::Message(bytes) => {
                if let Some(message) = NodeMessage::read(&bytes, self.shared.node) {
                    self.on_node_message(message);
                }
            }
        }
        Next::GoOn
    }

    pub(super) fn on_node_message(&mut self, message: NodeMessage) {
        match message {
            NodeMessage::Updates { first, updates } => {
                for (number, bytes) in (first..).zip(updates) {
                    self.take_entry(number, &bytes);
                }
            }
            NodeMessage::Claims(claims) => self.claims.extend(claims),
            NodeMessage::Awareness(payload) => {
                for entry in entries(&payload).into_iter().flatten().flatten() {
                    if let Some(owner) = self.presence.hear(entry) {
                        self.claims.entry(entry.client).or_insert(owner);
                    }
                }
            }
            NodeMessage::Query => {
                if let Some(payload) = self.presence.own() {
                    self.tell_nodes(NodeMessage::Awareness(payload));
                }
            }
        }
    }

    /// Takes an entry that another node, or a handover, has appended. They are taken in the log's
    /// order: each may build on all before it.
    pub(super) fn take_entry(&mut self, number: u64, bytes: &Bytes) {
        self.end = self.end.max(number);
        self.advance();
        if number == self.position + 1 {
            self.size.grow(bytes.len());
            let applied = Edits::read(bytes).and_then(|edits| self.document.apply(edits));
            match applied {
                Ok(_) => self.members.broadcast(&frame(Message::Update(bytes))),
                Err(refused) => {
                    tracing::error!(post = %self.post, number, %refused, "a stored update is passed over");
                }
            }
            self.position = number;
            self.written_at = Instant::now();
            self.advance();
        }
    }

    /// Moves the position over entries that are there already, and sees to it that those that are
    /// not will be read.
    pub(super) fn advance(&mut self) {
        while self.own.remove(&(self.position + 1)) {
            self.position += 1;
        }
        self.own.retain(|number| *number > self.position);
        if self.position < self.end {
            self.read_at.get_or_insert(Instant::now() + GAP);
        } else if !self.read_again {
            self.read_at = None;
        }
    }

    pub(super) fn read(&mut self) {
        self.read_at = None;
        self.read_again = self.reading.is_some();
        if !self.read_again {
            let (shared, post, after) = (Arc::clone(&self.shared), self.post, self.position);
            self.reading = Some(Box::pin(async move {
                entries_after(&shared, post, after).await
            }));
        }
    }

    /// Reads at once what others have appended, and waits for it.
    pub(super) async fn catch_up(&mut self) {
        let entries = entries_after(&self.shared, self.post, self.position);
        let entries = timeout(self.shared.options.store_patience, entries).await;
        self.take(entries.unwrap_or_else(|_| Err(too_slow())));
    }

    pub(super) fn on_entries(&mut self, read: Result<Missing>) -> Next {
        let is_read = read.is_ok();
        self.take(read);
        if self.read_again && is_read {
            self.read();
        }
        Next::GoOn
    }

    fn take(&mut self, read: Result<Missing>) {
        match read {
            Ok((snapshot, entries)) => {
                if let Some(snapshot) = snapshot {
                    self.take_snapshot(&snapshot);
                }
                let is_full = entries.len() == PAGE;
                for entry in entries {
                    self.take_entry(entry.number, &entry.update);
                }
                self.advance();
                if is_full {
                    self.read();
                }
            }
            Err(error) => {
                tracing::warn!(post = %self.post, %error, "the log cannot be read; it is tried again");
                self.read_again = true;
                self.read_at = Some(Instant::now() + TICK);
            }
        }
    }

    /// Takes a snapshot in place of entries that are gone.
    fn take_snapshot(&mut self, snapshot: &Snapshot) {
        if snapshot.position <= self.position {
            return;
        }
        let known = self.document.state_vector();
        let taken = Edits::read(&snapshot.state)
            .and_then(|edits| self.document.apply(edits))
            .and_then(|_| self.document.difference(&known));
        match taken {
            Ok(news) => self.members.broadcast(&frame(Message::Update(&news))),
            Err(refused) => {
                tracing::error!(post = %self.post, %refused, "a snapshot cannot be read");
            }
        }
        self.position = snapshot.position;
    }

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

    pub(super) fn on_tick(&mut self) -> Next {
        if self.journal.waits() >= self.shared.options.store_patience {
            return self.fail(&too_slow());
        }
        for left in self.members.left() {
            self.on_leave(left);
        }
        self.presence.expire();
        self.subscribe();
        if self.heard_at.elapsed() >= self.shared.options.look_every {
            self.heard_at = Instant::now();
            self.read();
            self.bring_in();
        }
        let nothing = Bytes::from_static(EMPTY_AWARENESS_FRAME);
        self.members.keep_alive(&nothing);
        self.fold_if(false);
        if self.is_done() && self.shared.forget(self.post, &mut self.commands) {
            Next::Close
        } else {
            Next::GoOn
        }
    }

    /// Nobody is here, and everything is where it belongs.
    pub(super) fn is_done(&self) -> bool {
        if self.is_gone {
            return self.members.is_empty();
        }
        self.members.is_empty()
            && self.journal.is_empty()
            && self.folding.is_none()
            && self.next_fold_asked.is_empty()
            && self.position <= self.folded
    }

    /// At once among few, gathered among many.
    pub(super) fn spread_presence_soon(&mut self) {
        if self.presence.has_news() && self.spread_at.is_none() {
            if self.members.count() <= FEW {
                self.spread_presence();
            } else {
                self.spread_at = Some(Instant::now() + GATHERED);
            }
        }
    }

    pub(super) fn spread_presence(&mut self) {
        self.spread_at = None;
        let news = self.presence.news();
        if let Some(payload) = news.to_participants {
            self.members.broadcast(&frame(Message::Awareness(&payload)));
        }
        if let Some(payload) = news.to_nodes {
            self.tell_nodes(NodeMessage::Awareness(payload));
        }
    }

    /// Messages may be lost: what matters is in the store.
    pub(super) fn tell_nodes(&mut self, message: NodeMessage) {
        if self.shared.transport.is_some() && self.to_tell.len() < TOLD {
            self.to_tell.push_back(message);
            self.tell();
        }
    }

    fn tell(&mut self) {
        if self.telling.is_some() {
            return;
        }
        let transport = self.shared.transport.clone();
        if let (Some(transport), Some(message)) = (transport, self.to_tell.pop_front()) {
            let (topic, bytes) = (nodes::topic(self.post), message.write(self.shared.node));
            let told = async move { transport.publish(&topic, bytes).await };
            self.telling = Some(Box::pin(told));
        }
    }

    pub(super) fn on_told(&mut self, told: Result<()>) -> Next {
        if let Err(error) = told {
            tracing::debug!(post = %self.post, %error, "other nodes were not told");
        }
        self.tell();
        Next::GoOn
    }

    /// Listens to other nodes, where that could not be done when the room was opened.
    fn subscribe(&mut self) {
        let transport = self.shared.transport.clone();
        if let Some(transport) = transport.filter(|_| self.others.is_none())
            && self.subscribing.is_none()
        {
            let topic = nodes::topic(self.post);
            let subscribed = async move { transport.subscribe(&topic).await };
            self.subscribing = Some(Box::pin(subscribed));
        }
    }

    pub(super) fn on_subscribed(&mut self, others: Result<Subscription>) -> Next {
        match others {
            Ok(others) => {
                self.others = Some(others);
                self.tell_nodes(NodeMessage::Query);
                self.read();
            }
            Err(error) => {
                tracing::debug!(post = %self.post, %error, "other nodes are not heard");
            }
        }
        Next::GoOn
    }
}
