//! A Yjs client as browsers have one: it types, is cut off, comes again and brings what it typed
//! meanwhile.

use std::collections::BTreeSet;

use blog_collab::{Outgoing, Participant};
use blog_core::domain::{Actor, PostId};
use bytes::Bytes;
use yrs::sync::{Message, MessageReader, SyncMessage};
use yrs::updates::decoder::{Decode, DecoderV1};
use yrs::updates::encoder::Encode;
use yrs::{
    ClientID, Doc, GetString, OffsetKind, Options, ReadTxn, Text, TextRef, Transact, Update,
};

use crate::node::Node;
use crate::random::Random;

pub(crate) struct Client {
    pub(crate) actor: Actor,
    post: PostId,
    doc: Doc,
    body: TextRef,
    place: Option<Participant>,
    number: u64,
    typed: u64,
    /// Updates that were sent and did not come back yet, each with its word.
    unconfirmed: Vec<(Vec<u8>, String)>,
    /// Words whose update came back: they are stored.
    pub(crate) acknowledged: BTreeSet<String>,
    /// Words of others.
    pub(crate) seen: BTreeSet<String>,
}

impl Client {
    pub(crate) fn new(number: u64, actor: Actor, post: PostId) -> Self {
        let mut options = Options::with_client_id(ClientID::new(1_000 + number));
        options.offset_kind = OffsetKind::Utf16;
        let doc = Doc::with_options(options);
        let body = doc.get_or_insert_text("body");
        Self {
            actor,
            post,
            doc,
            body,
            place: None,
            number,
            typed: 0,
            unconfirmed: vec![],
            acknowledged: BTreeSet::new(),
            seen: BTreeSet::new(),
        }
    }

    pub(crate) const fn is_connected(&self) -> bool {
        self.place.is_some()
    }

    /// Connects, and says what it has.
    pub(crate) async fn connect(&mut self, node: &Node) {
        if let Ok(place) = node.hub.join(&self.actor, self.post).await {
            let known = self.doc.transact().state_vector();
            let message = Message::Sync(SyncMessage::SyncStep1(known));
            place.receive(message.encode_v1().into()).await;
            self.place = Some(place);
        }
    }

    /// Its connection is lost. What it sent may have arrived or not.
    pub(crate) fn disconnect(&mut self) {
        self.place = None;
        self.unconfirmed.clear();
    }

    /// Types a word that nobody has typed before, or takes back a letter of white space.
    pub(crate) async fn write(&mut self, random: &mut Random) {
        let word = format!("<{}.{}>", self.number, self.typed);
        self.typed += 1;
        let update = {
            let mut transaction = self.doc.transact_mut();
            let text = self.body.get_string(&transaction);
            let places: Vec<u32> = text
                .char_indices()
                .filter(|(_, character)| *character == ' ' || *character == '\n')
                .map(|(at, _)| u32::try_from(at).unwrap())
                .collect();
            let at = match places.len() {
                0 => self.body.len(&transaction),
                count => places[random.below(count)],
            };
            let piece = if random.one_in(4) { "\n" } else { " " };
            self.body
                .insert(&mut transaction, at, &format!("{piece}{word}"));
            transaction.encode_update_v1()
        };
        if let Some(place) = &self.place {
            let message = Message::Sync(SyncMessage::Update(update.clone()));
            place.receive(message.encode_v1().into()).await;
            self.unconfirmed.push((update, word));
        }
    }

    /// Takes what the connection brings, for as long as it brings something within `patience`.
    pub(crate) async fn listen(&mut self, patience: std::time::Duration) {
        while let Some(place) = &self.place {
            match tokio::time::timeout(patience, place.next()).await {
                Ok(Outgoing::Frame(frame)) => self.take(&frame).await,
                Ok(Outgoing::Close(_)) => self.disconnect(),
                Err(_) => return,
            }
        }
    }

    async fn take(&mut self, frame: &Bytes) {
        let mut decoder = DecoderV1::from(&**frame);
        let messages: Vec<_> = MessageReader::new(&mut decoder)
            .map(Result::unwrap)
            .collect();
        for message in messages {
            let Message::Sync(message) = message else {
                continue;
            };
            match message {
                SyncMessage::SyncStep1(known) => {
                    let lacking = self.doc.transact().encode_diff_v1(&known);
                    let answer = Message::Sync(SyncMessage::SyncStep2(lacking));
                    if let Some(place) = &self.place {
                        place.receive(answer.encode_v1().into()).await;
                    }
                }
                SyncMessage::SyncStep2(update) => self.apply(&update),
                SyncMessage::Update(update) => {
                    self.apply(&update);
                    let acknowledged = &mut self.acknowledged;
                    self.unconfirmed.retain(|(sent, word)| {
                        let is_back = *sent == update;
                        if is_back {
                            acknowledged.insert(word.clone());
                        }
                        !is_back
                    });
                }
            }
        }
    }

    fn apply(&mut self, update: &[u8]) {
        let update = Update::decode_v1(update).unwrap();
        self.doc.transact_mut().apply_update(update).unwrap();
        let own = format!("<{}.", self.number);
        self.seen
            .extend(words(&self.text()).filter(|word| !word.starts_with(&own)));
    }

    pub(crate) fn text(&self) -> String {
        self.body.get_string(&self.doc.transact())
    }
}

/// The words of a text that somebody has typed.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('<')
        .skip(1)
        .filter_map(|rest| Some(format!("<{}>", rest.split_once('>')?.0)))
}
