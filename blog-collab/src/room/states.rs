//! Whether the rooms of a document are the same on all nodes. They are made of the same log, which has what
//! any of them lacks: what they tell each other is how far they are, and what came of it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use bytes::Bytes;
use tokio::time::Instant;
use yrs::StateVector;
use yrs::updates::decoder::Decode;

use super::nodes::NodeMessage;
use super::{Room, frame};
use crate::wire::message::Message;

/// Bytes that tell state vectors apart.
const DIGEST: usize = 16;

/// How a room stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RoomState {
    /// Every entry of the log up to this one is in the document.
    pub(super) position: u64,
    /// A hash of its state vector; nothing, while there is more in it, or on its way.
    pub(super) digest: Bytes,
}

impl Room {
    /// Tells other nodes how this room stands: when they may not have heard of something.
    pub(super) fn tell_state(&mut self) {
        let state = self.state();
        self.state_told = Some(state.position);
        self.tell_nodes(NodeMessage::State(state));
    }

    /// The same, if nothing has been told of it.
    pub(super) fn tell_new_state(&mut self) {
        if self.state_told != Some(self.position) {
            self.tell_state();
        }
    }

    /// Another node's room stands so. Whoever lacks something reads it in the log.
    pub(super) fn on_state(&mut self, theirs: &RoomState) {
        match theirs.position.cmp(&self.position) {
            Ordering::Greater => {
                self.end = self.end.max(theirs.position);
                self.is_told_more = true;
                self.advance();
            }
            Ordering::Less => self.tell_state(),
            Ordering::Equal => {
                let own = self.state().digest;
                let is_known = !own.is_empty() && !theirs.digest.is_empty();
                if is_known && own != theirs.digest && self.disagreed_at != Some(self.position) {
                    tracing::error!(post = %self.post, "the same log has become another document on another node");
                    self.disagreed_at = Some(self.position);
                    self.disagrees = true;
                }
            }
        }
    }

    fn state(&self) -> RoomState {
        let is_settled = self.journal.is_empty() && self.own.is_empty();
        let digest = if is_settled {
            match &self.unloaded {
                Some(known) => digest(known),
                None => digest(&self.document.state_vector()),
            }
        } else {
            Bytes::new()
        };
        RoomState {
            position: self.position,
            digest,
        }
    }

    /// Makes the document anew from the log, which is right, where another node has made something else of
    /// it. Clients are asked for what they have that is not in the log.
    pub(super) async fn agree(&mut self) {
        if !std::mem::take(&mut self.disagrees) {
            return;
        }
        self.needed_at = Instant::now();
        let unloaded = self.unloaded.take();
        let before = unloaded.unwrap_or_else(|| self.document.state_vector());
        self.rebuild_for_all(&before).await;
        let known = self.document.state_vector();
        self.members.broadcast(&frame(Message::SyncStep1(&known)));
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
