//! What the rooms of one document tell each other, from node to node. Any message may be lost: the
//! log has the updates, and awareness is renewed.

use std::sync::Arc;

use blog_core::Result;
use blog_core::domain::{AuthorId, PostId};
use blog_core::ports::{Delivery, Subscription};
use bytes::Bytes;

use super::states::RoomState;
use super::{Next, Room};
use crate::wire::awareness::entries;
use crate::wire::lib0::{Reader, write_var_bytes, write_var_string, write_var_uint};

const UPDATES: u64 = 0;
const AWARENESS: u64 = 1;
const QUERY: u64 = 2;
const CLAIMS: u64 = 3;
const STATE: u64 = 4;

/// The transport's topic for a document.
pub(super) fn topic(post: PostId) -> String {
    format!("collab:{post}")
}

/// Messages that wait to be told to other nodes, and their bytes; what is left out they read from the log.
/// The first of them may be larger.
const TOLD: usize = 64;
const TOLD_BYTES: usize = 8 << 20;

/// A message to the other nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NodeMessage {
    /// These were appended to the log.
    Updates {
        /// Number of the first.
        first: u64,
        updates: Vec<Bytes>,
    },
    /// Participants have moved: entries as [`entries`](crate::wire::awareness::entries) reads them.
    Awareness(Bytes),
    /// These client ids have an owner, as the log says by now.
    Claims(Vec<(u64, AuthorId)>),
    /// The room stands so.
    State(RoomState),
    /// Where is everybody?
    Query,
}

impl NodeMessage {
    pub(super) fn write(&self, node: u64) -> Bytes {
        let mut out = vec![];
        write_var_uint(&mut out, node);
        match self {
            Self::Updates { first, updates } => {
                write_var_uint(&mut out, UPDATES);
                write_var_uint(&mut out, *first);
                for update in updates {
                    write_var_bytes(&mut out, update);
                }
            }
            Self::Awareness(payload) => {
                write_var_uint(&mut out, AWARENESS);
                write_var_bytes(&mut out, payload);
            }
            Self::Claims(claims) => {
                write_var_uint(&mut out, CLAIMS);
                for (client, owner) in claims {
                    write_var_uint(&mut out, *client);
                    write_var_string(&mut out, owner);
                }
            }
            Self::State(RoomState { position, digest }) => {
                write_var_uint(&mut out, STATE);
                write_var_uint(&mut out, *position);
                write_var_bytes(&mut out, digest);
            }
            Self::Query => write_var_uint(&mut out, QUERY),
        }
        out.into()
    }

    /// A message of another node; `None` for this one's own, and for what is none.
    pub(super) fn read(bytes: &Bytes, node: u64) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.var_uint().ok()? == node {
            return None;
        }
        match reader.var_uint().ok()? {
            UPDATES => {
                let first = reader.var_uint().ok()?;
                let mut updates = vec![];
                while !reader.is_empty() {
                    updates.push(bytes.slice_ref(reader.var_bytes().ok()?));
                }
                first.checked_add(updates.len() as u64)?;
                Some(Self::Updates { first, updates })
            }
            AWARENESS => Some(Self::Awareness(bytes.slice_ref(reader.var_bytes().ok()?))),
            CLAIMS => {
                let mut claims = vec![];
                while !reader.is_empty() {
                    let client = reader.var_uint().ok()?;
                    claims.push((client, reader.var_string().ok()?.to_owned()));
                }
                Some(Self::Claims(claims))
            }
            STATE => Some(Self::State(RoomState {
                position: reader.var_uint().ok()?,
                digest: bytes.slice_ref(reader.var_bytes().ok()?),
            })),
            QUERY => Some(Self::Query),
            _ => None,
        }
    }
}

impl Room {
    pub(super) fn on_delivery(&mut self, delivery: Delivery) -> Next {
        match delivery {
            Delivery::Missed => {
                self.read();
                self.tell_state();
            }
            Delivery::Message(bytes) => {
                if let Some(message) = NodeMessage::read(&bytes, self.shared.node) {
                    self.on_node_message(message);
                }
            }
        }
        Next::GoOn
    }

    fn on_node_message(&mut self, message: NodeMessage) {
        match message {
            NodeMessage::Updates { first, updates } => {
                for (number, bytes) in (first..).zip(updates) {
                    self.take_entry(number, &bytes);
                }
            }
            NodeMessage::Claims(claims) => self.claims.extend(claims),
            NodeMessage::State(theirs) => self.on_state(&theirs),
            NodeMessage::Awareness(payload) => {
                for entry in entries(&payload).into_iter().flatten().flatten() {
                    self.awareness.hear(entry, self.claims.get(&entry.client));
                }
            }
            NodeMessage::Query => {
                if let Some(payload) = self.awareness.own() {
                    self.tell_nodes(NodeMessage::Awareness(payload));
                }
            }
        }
    }

    /// Messages may be lost: what matters is in the store.
    pub(super) fn tell_nodes(&mut self, message: NodeMessage) {
        if self.shared.transport.is_none() {
            return;
        }
        let bytes = message.write(self.shared.node);
        let waiting: usize = self.to_tell.iter().map(Bytes::len).sum();
        let has_room = self.to_tell.len() < TOLD && waiting + bytes.len() <= TOLD_BYTES;
        if self.to_tell.is_empty() || has_room {
            self.to_tell.push_back(bytes);
            self.tell();
        }
    }

    pub(super) fn tell(&mut self) {
        if self.telling.is_some() {
            return;
        }
        let transport = self.shared.transport.clone();
        let next = self.to_tell.pop_front();
        let next = next.or_else(|| Some(self.due_state()?.write(self.shared.node)));
        if let (Some(transport), Some(message)) = (transport, next) {
            let topic = topic(self.post);
            let shared = Arc::clone(&self.shared);
            let told = async move { shared.patiently(transport.publish(&topic, message)).await };
            self.telling = Some(Box::pin(told));
        }
    }

    pub(super) fn on_told(&mut self, told: Result<()>) -> Next {
        if let Err(error) = told {
            tracing::debug!(post = %self.post, %error, "other nodes were not told");
            self.forget_told_state();
        }
        self.tell();
        Next::GoOn
    }

    /// Listens to other nodes, where that could not be done when the room was opened.
    pub(super) fn subscribe(&mut self) {
        let transport = self.shared.transport.clone();
        if let Some(transport) = transport.filter(|_| self.others.is_none())
            && self.subscribing.is_none()
        {
            let topic = topic(self.post);
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
                self.tell_state();
            }
            Err(error) => {
                tracing::debug!(post = %self.post, %error, "other nodes are not heard");
            }
        }
        Next::GoOn
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn messages_of_other_nodes_come_back_and_own_ones_do_not() {
        for message in [
            NodeMessage::Updates {
                first: 300,
                updates: vec!["one".into(), "two".into()],
            },
            NodeMessage::Awareness(Bytes::from_static(&[0])),
            NodeMessage::Claims(vec![(300, "ada".to_owned()), (1, "ben".to_owned())]),
            NodeMessage::State(RoomState {
                position: 300,
                digest: Bytes::from_static(b"digest"),
            }),
            NodeMessage::Query,
        ] {
            let bytes = message.write(7);
            assert_eq!(NodeMessage::read(&bytes, 8), Some(message));
            assert_eq!(NodeMessage::read(&bytes, 7), None);
        }
    }

    #[test]
    fn entries_beyond_all_numbers_are_no_message() {
        let beyond = NodeMessage::Updates {
            first: u64::MAX,
            updates: vec!["one".into()],
        };
        assert_eq!(NodeMessage::read(&beyond.write(7), 8), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_none(bytes in vec(any::<u8>(), 0..64)) {
            let _ = NodeMessage::read(&bytes.into(), 8);
        }
    }
}
