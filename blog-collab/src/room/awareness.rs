use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use blog_core::domain::{Actor, AuthorId};
use blog_core::ports::Present;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::nodes::NodeMessage;
use super::{Room, frame};
use crate::wire::awareness::{Entry, encode};
use crate::wire::message::Message;

/// A state that is not renewed for so long is gone: what all Yjs clients keep to.
const SEEN: Duration = Duration::from_secs(30);
/// How long the clock of somebody who is gone is remembered, so that an old message of theirs does
/// not bring them back.
const REMEMBERED: Duration = Duration::from_secs(300);
/// Client ids that one connection may show at a time: one a tab, and one after each reload.
const CLIENTS: usize = 16;
const STATE_BYTES: usize = 8 << 10;
/// In a room of more than this many, changes of awareness are gathered for a while.
const FEW: usize = 20;
const GATHERED: Duration = Duration::from_millis(50);

/// Where people are in a document, as this node knows it.
#[derive(Debug, Default)]
pub(super) struct Awareness {
    states: BTreeMap<u64, State>,
    /// Client ids whose state others have not heard of yet.
    changed: BTreeSet<u64>,
}

#[derive(Debug)]
struct State {
    clock: u64,
    /// JSON; `None` for who is gone.
    text: Option<String>,
    owner: Present,
    /// The participant that shows it; `None` on another node.
    shown_by: Option<u64>,
    seen: Instant,
}

impl State {
    const fn is_gone(&self) -> bool {
        self.text.is_none()
    }

    /// Whether a participant of this node shows it.
    const fn is_here(&self) -> bool {
        self.shown_by.is_some() && !self.is_gone()
    }

    /// The clock under which others hear of what follows. They pass over a state that does not have a
    /// greater clock than the end before it, and its owner comes again with the old one; the owner takes
    /// the clock over that the room answers with.
    fn clock_for(&self, participant: u64, clock: u64, text: Option<&str>) -> u64 {
        let comes_again = self.is_gone() && text.is_some() && clock == self.clock;
        let goes_on = self.is_here() && self.shown_by == Some(participant);
        match text {
            None if goes_on => clock.max(self.clock),
            Some(_) if comes_again => self.clock + 1,
            Some(text) if goes_on && clock <= self.clock && self.text.as_deref() != Some(text) => {
                self.clock + 1
            }
            _ => clock,
        }
    }

    fn entry(&self, client: u64) -> Entry<'_> {
        Entry {
            client,
            clock: self.clock,
            state: self.text.as_deref(),
        }
    }
}

impl Awareness {
    /// How many more client ids a participant may show. Looks at everybody's.
    pub(super) fn free_for(&self, participant: u64) -> usize {
        let shown = self.states.values();
        let shown = shown.filter(|state| state.shown_by == Some(participant));
        CLIENTS.saturating_sub(shown.count())
    }

    /// Whether a client id is known as somebody else's, here or on another node.
    pub(super) fn is_anothers(&self, client: u64, actor: &AuthorId) -> bool {
        let known = self.states.get(&client);
        known.is_some_and(|state| state.owner.id != *actor)
    }

    /// A participant shows where the owner of a client id is. The owner's name is what the server
    /// knows, whatever the message says.
    pub(super) fn show(&mut self, participant: u64, actor: &Actor, entry: Entry<'_>) {
        let is_other = |(client, state): &(&u64, &State)| {
            **client != entry.client && state.shown_by == Some(participant)
        };
        // Looks at everybody: not for each who moves.
        let others = || self.states.iter().filter(is_other).count();
        let known = self.states.get(&entry.client);
        let may_show = match known {
            None => others() < CLIENTS,
            // Yjs clients repeat what they hear: that is not its owner, who has come again.
            Some(known) => entry.clock > known.clock || others() == 0,
        };
        if !may_show {
            return;
        }
        let text = match entry.state {
            Some(state) => match signed(actor, state) {
                Some(text) => Some(text),
                None => return,
            },
            None => None,
        };
        let owner = Present {
            id: actor.id.clone(),
            name: actor.name.clone(),
        };
        let clock = known.map_or(entry.clock, |known| {
            known.clock_for(participant, entry.clock, text.as_deref())
        });
        let state = State {
            clock,
            text,
            owner,
            shown_by: Some(participant),
            seen: Instant::now(),
        };
        self.note(entry.client, state);
    }

    /// Another node says where the owner of a client id is. Nobody but its known owner is believed.
    pub(super) fn hear(&mut self, entry: Entry<'_>, known_owner: Option<&AuthorId>) {
        let known = self.states.get(&entry.client);
        if known.is_some_and(|state| state.is_here() && entry.clock <= state.clock) {
            if entry.state.is_none() {
                // They came here from there, where it is to be known.
                self.changed.insert(entry.client);
            }
            return;
        }
        let owner = match entry.state {
            Some(state) => owner(state),
            None => known.map(|state| state.owner.clone()),
        };
        let Some(owner) = owner.filter(|owner| known_owner.is_none_or(|id| owner.id == *id)) else {
            return;
        };
        let state = State {
            clock: entry.clock,
            text: entry.state.map(str::to_owned),
            owner,
            shown_by: None,
            seen: Instant::now(),
        };
        self.note(entry.client, state);
    }

    /// Keeps to the rule of y-protocols: the greater clock wins, and of equal ones the end. Here a
    /// state of an equal clock also ends an end: its owner has come again.
    fn note(&mut self, client: u64, state: State) {
        let Some(known) = self.states.get_mut(&client) else {
            if !state.is_gone() {
                self.states.insert(client, state);
                self.changed.insert(client);
            }
            return;
        };
        let is_other = known.is_gone() != state.is_gone();
        if state.clock > known.clock || (state.clock == known.clock && is_other) {
            *known = state;
            self.changed.insert(client);
        } else if !state.is_gone() {
            // Also with a message that is no news, who comes again takes the id over.
            known.shown_by = state.shown_by;
        }
    }

    /// Whatever a participant has shown is gone, unless another shows it by now. The clock stays: a
    /// greater one would make others deaf to the owner's return.
    pub(super) fn leave(&mut self, participant: u64) {
        self.end(|state| state.shown_by == Some(participant));
    }

    /// Ends what nobody has renewed.
    pub(super) fn expire(&mut self) {
        let now = Instant::now();
        self.end(|state| now - state.seen >= SEEN);
        self.states
            .retain(|_, state| !state.is_gone() || now - state.seen < REMEMBERED);
    }

    fn end(&mut self, is_over: impl Fn(&State) -> bool) {
        for (client, state) in &mut self.states {
            if !state.is_gone() && is_over(state) {
                state.text = None;
                self.changed.insert(*client);
            }
        }
    }

    pub(super) fn has_news(&self) -> bool {
        !self.changed.is_empty()
    }

    /// What others have not heard of yet, the own participants' and the other nodes' apart.
    pub(super) fn news(&mut self) -> News {
        let changed = std::mem::take(&mut self.changed);
        let entry = |client: &u64| Some((*client, self.states.get(client)?));
        let all: Vec<_> = changed.iter().filter_map(entry).collect();
        let own: Vec<_> = all
            .iter()
            .filter(|(_, state)| state.shown_by.is_some())
            .copied()
            .collect();
        News {
            to_participants: message(&all),
            to_nodes: message(&own),
        }
    }

    /// Where everybody is, as the payload of an awareness message; nothing if nobody is anywhere.
    pub(super) fn everybody(&self) -> Option<Bytes> {
        let present = self.states.iter().filter(|(_, state)| !state.is_gone());
        let present: Vec<_> = present.map(|(client, state)| (*client, state)).collect();
        message(&present)
    }

    /// Where everybody on this node is, for other nodes; nothing if nobody is here.
    pub(super) fn own(&self) -> Option<Bytes> {
        let own = self.states.iter();
        let own = own.filter(|(_, state)| state.shown_by.is_some() && !state.is_gone());
        let own: Vec<_> = own.map(|(client, state)| (*client, state)).collect();
        message(&own)
    }

    /// Who is there on all nodes, as far as this one has heard; each once.
    pub(super) fn who(&self) -> Vec<Present> {
        each_once(self.states.values().filter(|state| !state.is_gone()))
    }

    /// Who is there on this node, each once.
    pub(super) fn who_is_here(&self) -> Vec<Present> {
        each_once(self.states.values().filter(|state| state.is_here()))
    }
}

/// Changes of awareness, as the payload of awareness messages.
#[derive(Debug)]
pub(super) struct News {
    pub(super) to_participants: Option<Bytes>,
    pub(super) to_nodes: Option<Bytes>,
}

impl Room {
    /// At once among few, gathered among many.
    pub(super) fn spread_awareness_soon(&mut self) {
        if self.awareness.has_news() && self.spread_at.is_none() {
            if self.members.count() <= FEW {
                self.spread_awareness();
            } else {
                self.spread_at = Some(Instant::now() + GATHERED);
            }
        }
    }

    pub(super) fn spread_awareness(&mut self) {
        self.spread_at = None;
        let news = self.awareness.news();
        if let Some(payload) = news.to_participants {
            self.members.broadcast(&frame(Message::Awareness(&payload)));
        }
        if let Some(payload) = news.to_nodes {
            self.tell_nodes(NodeMessage::Awareness(payload));
            self.tell_presence();
        }
    }
}

fn each_once<'a>(states: impl Iterator<Item = &'a State>) -> Vec<Present> {
    let who: BTreeSet<_> = states.map(|state| state.owner.clone()).collect();
    who.into_iter().collect()
}

fn message(states: &[(u64, &State)]) -> Option<Bytes> {
    let entries: Vec<_> = states
        .iter()
        .map(|(client, state)| state.entry(*client))
        .collect();
    (!entries.is_empty()).then(|| encode(&entries).into())
}

/// The state with the actor's own id and name in it; `None` for what is no state.
fn signed(actor: &Actor, state: &str) -> Option<String> {
    if state.len() > STATE_BYTES {
        return None;
    }
    let Ok(Value::Object(mut state)) = serde_json::from_str(state) else {
        return None;
    };
    let user = state.entry("user").or_insert_with(|| json!({}));
    if !user.is_object() {
        *user = json!({});
    }
    user["id"] = json!(actor.id);
    user["name"] = json!(actor.name);
    Some(Value::Object(state).to_string())
}

/// Whose state it is, as the node has said that let it in.
fn owner(state: &str) -> Option<Present> {
    let mut state: Value = serde_json::from_str(state).ok()?;
    serde_json::from_value(state.get_mut("user")?.take()).ok()
}
