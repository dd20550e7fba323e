use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use blog_core::domain::Actor;

use crate::hub::Present;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::wire::{AwarenessEntry, presence};

/// A state that is not renewed for so long is gone: what all Yjs clients keep to.
const SEEN: Duration = Duration::from_secs(30);
/// How long the clock of somebody who is gone is remembered, so that an old message of theirs does
/// not bring them back.
const REMEMBERED: Duration = Duration::from_secs(300);
/// Client ids that one connection may show at a time: one a tab, and one after each reload.
const CLIENTS: usize = 16;
const STATE_BYTES: usize = 8 << 10;
const GONE: &str = "null";

/// Where people are in a document, as this node knows it.
#[derive(Debug, Default)]
pub(super) struct Presence {
    states: BTreeMap<u64, State>,
    /// Client ids whose state others have not heard of yet.
    changed: BTreeSet<u64>,
}

#[derive(Debug)]
struct State {
    clock: u64,
    /// JSON, [`GONE`] for who is gone.
    text: String,
    owner: Present,
    /// The participant that shows it; `None` on another node.
    shown_by: Option<u64>,
    seen: Instant,
}

impl Presence {
    /// A participant shows where the owner of a client id is. The owner's name is what the server
    /// knows, whatever the message says.
    pub(super) fn show(&mut self, participant: u64, actor: &Actor, entry: AwarenessEntry<'_>) {
        let shown = self.states.values();
        let shown = shown.filter(|state| state.shown_by == Some(participant));
        let is_new = !self.states.contains_key(&entry.client);
        if entry.state.len() > STATE_BYTES || (is_new && shown.count() >= CLIENTS) {
            return;
        }
        let Some(text) = signed(actor, entry.state) else {
            return;
        };
        let owner = Present {
            id: actor.id.clone(),
            name: actor.name.clone(),
        };
        self.note(
            &owner,
            Some(participant),
            AwarenessEntry {
                state: &text,
                ..entry
            },
        );
    }

    /// Another node says where the owner of a client id is.
    pub(super) fn hear(&mut self, entry: AwarenessEntry<'_>) {
        let Some(owner) = owner(entry.state) else {
            return;
        };
        let is_here = self
            .states
            .get(&entry.client)
            .is_some_and(|state| state.shown_by.is_some());
        if !is_here {
            self.note(&owner, None, entry);
        }
    }

    /// Keeps to the rule of y-protocols: the greater clock wins, and of equal ones the end.
    fn note(&mut self, owner: &Present, shown_by: Option<u64>, entry: AwarenessEntry<'_>) {
        let now = Instant::now();
        let is_gone = entry.state == GONE;
        let Some(known) = self.states.get_mut(&entry.client) else {
            if !is_gone {
                let state = State {
                    clock: entry.clock,
                    text: entry.state.to_owned(),
                    owner: owner.clone(),
                    shown_by,
                    seen: now,
                };
                self.states.insert(entry.client, state);
                self.changed.insert(entry.client);
            }
            return;
        };
        // Who comes again takes the id over, also with a message that is no news.
        if !is_gone {
            known.shown_by = shown_by;
        }
        let ends = entry.clock == known.clock && is_gone && known.text != GONE;
        let returns = entry.clock == known.clock && !is_gone && known.text == GONE;
        if entry.clock > known.clock || ends || returns {
            known.clock = entry.clock;
            entry.state.clone_into(&mut known.text);
            known.seen = now;
            self.changed.insert(entry.client);
        }
    }

    /// Whatever a participant has shown is gone, unless another shows it by now. The clock stays: a
    /// greater one would make others deaf to the owner's return.
    pub(super) fn leave(&mut self, participant: u64) {
        for (client, state) in &mut self.states {
            if state.shown_by == Some(participant) && state.text != GONE {
                GONE.clone_into(&mut state.text);
                self.changed.insert(*client);
            }
        }
    }

    /// Ends what nobody has renewed.
    pub(super) fn expire(&mut self) {
        let now = Instant::now();
        for (client, state) in &mut self.states {
            if state.text != GONE && now - state.seen >= SEEN {
                GONE.clone_into(&mut state.text);
                self.changed.insert(*client);
            }
        }
        self.states
            .retain(|_, state| state.text != GONE || now - state.seen < REMEMBERED);
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

    /// Where everybody is; nothing if nobody is anywhere.
    pub(super) fn everybody(&self) -> Option<Bytes> {
        let present = self.states.iter().filter(|(_, state)| state.text != GONE);
        let present: Vec<_> = present.map(|(client, state)| (*client, state)).collect();
        message(&present)
    }

    /// Tells other nodes of everybody here once more.
    pub(super) fn repeat(&mut self) {
        let own = self.states.iter();
        let own = own.filter(|(_, state)| state.shown_by.is_some() && state.text != GONE);
        self.changed.extend(own.map(|(client, _)| *client));
    }

    /// Who is here, each once.
    pub(super) fn who(&self) -> Vec<Present> {
        let present = self.states.values().filter(|state| state.text != GONE);
        let who: BTreeSet<_> = present.map(|state| state.owner.clone()).collect();
        who.into_iter().collect()
    }
}

/// Changes of presence.
#[derive(Debug)]
pub(super) struct News {
    pub(super) to_participants: Option<Bytes>,
    pub(super) to_nodes: Option<Bytes>,
}

fn message(states: &[(u64, &State)]) -> Option<Bytes> {
    let entries = states.iter().map(|(client, state)| AwarenessEntry {
        client: *client,
        clock: state.clock,
        state: &state.text,
    });
    (!states.is_empty()).then(|| presence(entries))
}

/// The state with the actor's own id and name in it; `None` for what is no state.
fn signed(actor: &Actor, state: &str) -> Option<String> {
    match serde_json::from_str(state).ok()? {
        Value::Null => Some(GONE.to_owned()),
        Value::Object(mut state) => {
            let user = state.entry("user").or_insert_with(|| json!({}));
            if !user.is_object() {
                *user = json!({});
            }
            user["id"] = json!(actor.id);
            user["name"] = json!(actor.name);
            Some(Value::Object(state).to_string())
        }
        _ => None,
    }
}

/// Whose state it is, as the node has said that let it in.
fn owner(state: &str) -> Option<Present> {
    let state: Value = serde_json::from_str(state).ok()?;
    match state {
        Value::Null => Some(Present::default()),
        mut state => serde_json::from_value(state.get_mut("user")?.take()).ok(),
    }
}
