//! What the room has in common with the log: the entries of others, in order.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use blog_core::domain::PostId;
use blog_core::ports::{Entry, Snapshot, Start};
use blog_core::{Error, Result};
use bytes::Bytes;
use tokio::time::Instant;

use super::{Next, Room, TICK, frame};
use crate::document::{Applied, Edits, Refused};
use crate::handover;
use crate::hub::Shared;
use crate::wire::message::Message;

/// How long a room waits for an entry of another node that a message may still bring.
const GAP: Duration = Duration::from_millis(20);
/// Entries that are read at once.
const PAGE: usize = 1_000;

/// The entries that a room has not got, and a snapshot if some of them are gone.
pub(super) type Missing = (Option<Snapshot>, Vec<Entry>);

async fn entries_after(shared: &Shared, post: PostId, after: u64) -> Result<Missing> {
    let entries = shared.store.entries(post, after, PAGE).await?;
    match entries.first() {
        Some(first) if first.number > after + 1 => {
            let stored = match shared.store.load(post, Start::Newest).await {
                // It is broken: what the one before it lacks is still there.
                Err(error) if handover::is_damage(&error) => {
                    shared.store.load(post, Start::Previous).await?
                }
                stored => stored?,
            };
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
    /// Takes an entry that another node, or a handover, has appended. They are taken in the log's
    /// order: each may build on all before it.
    pub(super) fn take_entry(&mut self, number: u64, bytes: &Bytes) {
        self.end = self.end.max(number);
        self.is_told_more = true;
        self.advance();
        if self.unloaded.is_none() && number == self.position + 1 {
            self.size.grow(bytes.len());
            let applied = Edits::read(&**bytes).and_then(|edits| self.document.apply(edits));
            // What is here already may not be durable yet, and so not be with everybody.
            let news = applied.map(|applied| match applied {
                Applied::Whole(new) => new,
                Applied::InPart(Some(part)) => part.into(),
                Applied::Nothing | Applied::InPart(None) => Cow::Borrowed(&**bytes),
            });
            match news {
                // Everybody gets it once the store has said that it is there.
                Ok(_) if self.journal.is_appending(bytes) => {}
                Ok(news) => self.members.broadcast(&frame(Message::Update(&news))),
                Err(refused) => {
                    tracing::error!(post = %self.post, number, %refused, "a stored update is passed over");
                    self.is_damaged |= refused == Refused::Damaging;
                }
            }
            self.position = number;
            self.note_written(bytes.len());
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
            self.is_told_more = false;
            self.reading = Some(Box::pin(async move {
                shared.patiently(entries_after(&shared, post, after)).await
            }));
        }
    }

    /// Reads at once all that others have appended, and waits for it. Answers whether it could.
    pub(super) async fn catch_up(&mut self) -> bool {
        loop {
            let (shared, post, after) = (Arc::clone(&self.shared), self.post, self.position);
            self.is_told_more = false;
            match self.patiently(entries_after(&shared, post, after)).await {
                Ok(missing) => {
                    if !self.take(missing).await {
                        return true;
                    }
                }
                Err(error) => {
                    self.read_later(&error);
                    return false;
                }
            }
        }
    }

    pub(super) async fn on_entries(&mut self, read: Result<Missing>) -> Next {
        match read {
            Ok((snapshot, entries)) if self.unloaded.is_some() => {
                if snapshot.is_some() || !entries.is_empty() {
                    self.load_again().await;
                } else {
                    self.believe_the_log();
                }
                if self.read_again && !self.has_failed {
                    self.read();
                }
            }
            Ok(missing) => {
                let before = self.position;
                if self.take(missing).await || self.read_again {
                    self.read();
                } else if self.position > before {
                    // Others may have missed the same.
                    self.tell_new_state();
                }
            }
            Err(error) => self.read_later(&error),
        }
        Next::GoOn
    }

    /// Takes what was missing. Answers whether there may be more.
    async fn take(&mut self, (snapshot, entries): Missing) -> bool {
        let before = self.position;
        if let Some(snapshot) = snapshot {
            self.take_snapshot(&snapshot).await;
        }
        let is_full = entries.len() == PAGE;
        for entry in entries {
            self.take_entry(entry.number, &entry.update);
        }
        self.mend().await;
        if self.position == before {
            self.believe_the_log();
        }
        self.advance();
        is_full && self.position > before
    }

    /// Nobody tells of what is not in the log yet: whoever told of more than was found there has told too
    /// much.
    fn believe_the_log(&mut self) {
        if !self.is_told_more {
            self.end = self.position;
        }
    }

    fn read_later(&mut self, error: &Error) {
        tracing::warn!(post = %self.post, %error, "the log cannot be read; it is tried again");
        self.read_again = true;
        self.read_at = Some(Instant::now() + TICK);
    }

    /// Takes a snapshot in place of entries that are gone: the document is loaded anew, and everybody gets
    /// what was not in it.
    async fn take_snapshot(&mut self, snapshot: &Snapshot) {
        if snapshot.position <= self.position {
            return;
        }
        let known = self.document.state_vector();
        self.rebuild_for_all(&known).await;
        if !self.has_failed {
            self.position = snapshot.position;
        }
    }

    /// Makes a document anew that an entry of the log has damaged.
    pub(super) async fn mend(&mut self) {
        if std::mem::take(&mut self.is_damaged) {
            self.rebuild().await;
        }
    }
}
