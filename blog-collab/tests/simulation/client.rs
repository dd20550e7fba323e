//! A Yjs client as browsers have one: it types, is cut off, comes again and brings what it typed
//! meanwhile.

use std::collections::BTreeSet;

use blog_collab::{Outgoing, Participant};
use blog_core::domain::{Actor, PostId};
use bytes::Bytes;
use yrs::sync::{Message, SyncMessage};
use yrs::updates::encoder::Encode;

use crate::node::Node;
use crate::random::Random;
use crate::yjs::{Yjs, messages};

pub(crate) struct Client {
    pub(crate) actor: Actor,
    post: PostId,
    yjs: Yjs,
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
        Self {
            actor,
            post,
            yjs: Yjs::new(1_000 + number),
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
            let message = Message::Sync(SyncMessage::SyncStep1(self.yjs.known()));
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
        let text = self.yjs.text();
        let white = |character| character == ' ' || character == '\n';
        let places: Vec<_> = text.match_indices(white).map(|(at, _)| at).collect();
        let at = match places.len() {
            0 => text.len(),
            count => places[random.below(count)],
        };
        let piece = if random.one_in(4) { "\n" } else { " " };
        let at = u32::try_from(at).unwrap();
        let update = self.yjs.insert(at, &format!("{piece}{word}"));
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
                Ok(Outgoing::Ping) => {}
                Ok(Outgoing::Close(_)) => self.disconnect(),
                Err(_) => return,
            }
        }
    }

    async fn take(&mut self, frame: &Bytes) {
        for message in messages(frame) {
            let Message::Sync(message) = message else {
                continue;
            };
            match message {
                SyncMessage::SyncStep1(known) => {
                    let lacking = self.yjs.lacking(&known);
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
        self.yjs.apply(update);
        let own = format!("<{}.", self.number);
        self.seen
            .extend(words(&self.text()).filter(|word| !word.starts_with(&own)));
    }

    pub(crate) fn text(&self) -> String {
        self.yjs.text()
    }
}

/// The words of a text that somebody has typed.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('<')
        .skip(1)
        .filter_map(|rest| Some(format!("<{}>", rest.split_once('>')?.0)))
}
