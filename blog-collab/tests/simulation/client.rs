//! A Yjs client as browsers have one: it types and removes, is cut off, comes again and brings what it
//! did meanwhile.

use std::collections::BTreeSet;

use blog_collab::{Outgoing, Participant};
use blog_core::domain::{Actor, PostId};
use bytes::Bytes;
use yrs::sync::{Message, SyncMessage};
use yrs::updates::encoder::Encode;

use crate::node::Node;
use crate::promises::Promises;
use crate::random::Random;
use crate::words::{Word, Words, words};
use crate::yjs::{Yjs, messages};

pub(crate) struct Client {
    pub(crate) actor: Actor,
    post: PostId,
    yjs: Yjs,
    place: Option<Place>,
    typed: BTreeSet<Word>,
    /// Edits that were sent and did not come back yet, by their updates.
    unconfirmed: Vec<(Vec<u8>, Edit)>,
    pub(crate) promises: Promises,
}

/// A connection to a node.
struct Place {
    node: u64,
    room: Participant,
}

/// What is done to the text.
#[derive(Debug, Default)]
struct Edit {
    /// In bytes of the text.
    at: usize,
    /// What stands there and is removed.
    removed: String,
    inserted: String,
    word_typed: Option<Word>,
    word_removed: Option<Word>,
}

impl Client {
    pub(crate) fn new(number: u64, actor: Actor, post: PostId) -> Self {
        Self {
            actor,
            post,
            yjs: Yjs::new(1_000 + number),
            place: None,
            typed: BTreeSet::new(),
            unconfirmed: vec![],
            promises: Promises::default(),
        }
    }

    pub(crate) const fn is_connected(&self) -> bool {
        self.place.is_some()
    }

    /// Whether it is connected to this node.
    pub(crate) fn is_at(&self, node: u64) -> bool {
        self.place.as_ref().is_some_and(|place| place.node == node)
    }

    /// Connects, and says what it has.
    pub(crate) async fn connect(&mut self, node: &Node) {
        if let Ok(room) = node.hub.join(&self.actor, self.post).await {
            let node = node.number;
            self.place = Some(Place { node, room });
            self.send(SyncMessage::SyncStep1(self.yjs.known())).await;
        }
    }

    /// Its connection is lost. What it sent may have arrived or not.
    pub(crate) fn disconnect(&mut self) {
        self.place = None;
        self.unconfirmed.clear();
    }

    async fn send(&self, message: SyncMessage) {
        if let Some(place) = &self.place {
            let frame = Message::Sync(message).encode_v1();
            place.room.receive(frame.into()).await;
        }
    }

    /// Types a word that nobody has typed before, removes one, puts one in another's place, or takes back
    /// a letter of white space.
    pub(crate) async fn write(&mut self, random: &mut Random, made: &mut Words) {
        let text = self.yjs.text();
        let edit = match random.below(16) {
            0..=2 => remove(&text, random),
            3..=5 => remove(&text, random).map(|edit| {
                let word = made.make();
                Edit {
                    inserted: word.text(),
                    word_typed: Some(word),
                    ..edit
                }
            }),
            6 => take_back(&text, random),
            _ => None,
        };
        let edit = edit.unwrap_or_else(|| insert(&text, random, made.make()));
        self.typed.extend(edit.word_typed);
        self.promises.removed.extend(edit.word_removed);
        let (at, removed) = (units(&text[..edit.at]), units(&edit.removed));
        let update = self.yjs.replace(at, removed, &edit.inserted);
        if self.is_connected() {
            self.send(SyncMessage::Update(update.clone())).await;
            self.unconfirmed.push((update, edit));
        }
    }

    /// Takes what the connection brings, for as long as it brings something within `patience`.
    pub(crate) async fn listen(&mut self, patience: std::time::Duration) {
        while let Some(place) = &self.place {
            match tokio::time::timeout(patience, place.room.next()).await {
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
                    self.send(SyncMessage::SyncStep2(lacking)).await;
                }
                SyncMessage::SyncStep2(update) => self.apply(&update),
                SyncMessage::Update(update) => {
                    self.apply(&update);
                    let mut sent = self.unconfirmed.iter();
                    if let Some(at) = sent.position(|(sent, _)| *sent == update) {
                        let (_, edit) = self.unconfirmed.remove(at);
                        self.promises.there.extend(edit.word_typed);
                        self.promises.gone.extend(edit.word_removed);
                    }
                }
            }
        }
    }

    fn apply(&mut self, update: &[u8]) {
        let all = |text: String| -> BTreeSet<_> { words(&text).into_iter().collect() };
        let before = all(self.text());
        self.yjs.apply(update);
        let after = all(self.text());
        let of_others = after.difference(&self.typed);
        self.promises.there.extend(of_others);
        self.promises.gone.extend(before.difference(&after));
    }

    pub(crate) fn text(&self) -> String {
        self.yjs.text()
    }
}

/// A word at some white space.
fn insert(text: &str, random: &mut Random, word: Word) -> Edit {
    let piece = if random.one_in(4) { "\n" } else { " " };
    let places = white_space(text);
    let at = match places.len() {
        0 => text.len(),
        count => places[random.below(count)],
    };
    Edit {
        at,
        inserted: piece.to_owned() + &word.text(),
        word_typed: Some(word),
        ..Edit::default()
    }
}

/// Some word, if there is any.
fn remove(text: &str, random: &mut Random) -> Option<Edit> {
    let there = words(text);
    let word = match there.len() {
        0 => return None,
        count => there[random.below(count)],
    };
    let removed = word.text();
    Some(Edit {
        at: text.find(&removed)?,
        removed,
        word_removed: Some(word),
        ..Edit::default()
    })
}

/// A letter of white space, except at the very end, where programs put lines.
fn take_back(text: &str, random: &mut Random) -> Option<Edit> {
    let mut places = white_space(text);
    places.pop();
    let at = match places.len() {
        0 => return None,
        count => places[random.below(count)],
    };
    Some(Edit {
        at,
        removed: text[at..=at].to_owned(),
        ..Edit::default()
    })
}

fn white_space(text: &str) -> Vec<usize> {
    let places = text.match_indices([' ', '\n']);
    places.map(|(at, _)| at).collect()
}

/// The length in units of UTF-16, which Yjs counts.
fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap()
}
