//! Whether the rooms of a document are the same on all nodes. They are made of the same log, which has what
//! any of them lacks: what they tell each other is how far they are, and what came of it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use bytes::Bytes;
use tokio::time::Instant;
use yrs::StateVector;
use yrs::updates::decoder::Decode;

use super::nodes::NodeMessage;
use super::{Room, TICK, frame};
use crate::wire::message::Message;

/// Bytes that tell state vectors apart.
const DIGEST: usize = 16;

/// How a room stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RoomState {
    /// Every entry of the log up to this one is in the document.
    pub(super) position: u64,
    /// A hash of its state vector, which knows what was written and not what was erased since; nothing,
    /// while there is more in it, or on its way.
    pub(super) digest: Bytes,
}

/// What is between this room and those of other nodes.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// It is to be told how the room stands.
    is_due: bool,
    /// Up to which entry that was told, and when.
    told: Option<(u64, Instant)>,
    /// The document may contain the log up to this entry, though the room has not come so far.
    ahead: u64,
    /// Other nodes have something else, or the log has less.
    disagrees: bool,
    /// At which entry that was last so.
    disagreed_at: Option<u64>,
}

impl Room {
    /// Tells other nodes how this room stands, in its turn: when they may not have heard of something.
    pub(super) fn tell_state(&mut self) {
        self.standing.is_due = self.shared.transport.is_some();
        self.tell();
    }

    /// The same, if nothing has been told of it.
    pub(super) fn tell_new_state(&mut self) {
        if self
            .standing
            .told
            .is_none_or(|(told, _)| told != self.position)
        {
            self.tell_state();
        }
    }

    /// The message that says how the room stands, if it is due.
    pub(super) fn due_state(&mut self) -> Option<NodeMessage> {
        std::mem::take(&mut self.standing.is_due).then(|| {
            self.standing.told = Some((self.position, Instant::now()));
            NodeMessage::State(self.state())
        })
    }

    /// What was told may not have been heard.
    pub(super) fn forget_told_state(&mut self) {
        self.standing.told = None;
    }

    /// The document was made anew from the log up to this entry.
    pub(super) fn note_made_up_to(&mut self, position: u64) {
        self.standing.ahead = position;
    }

    /// Another node's room stands so. Whoever lacks something reads it in the log.
    pub(super) fn on_state(&mut self, theirs: &RoomState) {
        match theirs.position.cmp(&self.position) {
            Ordering::Greater => {
                self.end = self.end.max(theirs.position);
                self.is_told_more = true;
                self.advance();
            }
            Ordering::Less => {
                let told = self.standing.told;
                // Everybody hears each answer.
                let is_heard =
                    told.is_some_and(|(told, at)| told == self.position && at.elapsed() < TICK);
                if !is_heard {
                    self.tell_state();
                }
            }
            Ordering::Equal if theirs.digest.is_empty() => {}
            Ordering::Equal => {
                let own = self.state().digest;
                if !own.is_empty() && own != theirs.digest {
                    self.disagree("the same log has become another document on another node");
                }
            }
        }
    }

    /// Has the document made anew, once for each position.
    pub(super) fn disagree(&mut self, why: &str) {
        if self.standing.disagreed_at != Some(self.position) {
            tracing::warn!(post = %self.post, position = self.position, "{why}");
            self.standing.disagreed_at = Some(self.position);
            self.standing.disagrees = true;
        }
    }

    fn state(&self) -> RoomState {
        let is_settled =
            self.journal.is_empty() && self.own.is_empty() && self.standing.ahead <= self.position;
        let digest = match &self.unloaded {
            _ if !is_settled => Bytes::new(),
            Some(known) => digest(known),
            None => digest(&self.document.state_vector()),
        };
        RoomState {
            position: self.position,
            digest,
        }
    }

    /// Makes the document anew from the log, which is right, where another node has made something else of
    /// it. Everybody gets what was not in it, and is asked for what they have that is not in the log.
    pub(super) async fn agree(&mut self) {
        if self.has_failed || !std::mem::take(&mut self.standing.disagrees) {
            return;
        }
        let opened = match self.open_anew().await {
            Ok(opened) => opened,
            Err(error) => {
                tracing::warn!(post = %self.post, %error, "a document is made anew later");
                self.standing.disagreed_at = None;
                return;
            }
        };
        self.needed_at = Instant::now();
        let unloaded = self.unloaded.take();
        let before = unloaded.unwrap_or_else(|| self.document.state_vector());
        let position = opened.position();
        self.folded = self.folded.min(opened.stored.log.folded);
        self.replace_document(opened);
        self.send_difference(&before);
        self.position = position;
        self.end = position;
        self.own.clear();
        let known = self.document.state_vector();
        self.members.broadcast(&frame(Message::SyncStep1(&known)));
        // They may be the ones that are wrong.
        self.tell_state();
    }
}

/// The same for the same state vector, in whichever order that was written.
fn digest(state_vector: &[u8]) -> Bytes {
    let state_vector = StateVector::decode_v1(state_vector).unwrap_or_default();
    let clocks = state_vector.iter();
    let clocks: BTreeMap<u64, u32> = clocks
        .map(|(client, clock)| (client.get(), *clock))
        .collect();
    let mut hasher = blake3::Hasher::new();
    for (client, clock) in clocks {
        hasher.update(&client.to_le_bytes());
        hasher.update(&clock.to_le_bytes());
    }
    Bytes::copy_from_slice(&hasher.finalize().as_bytes()[..DIGEST])
}
