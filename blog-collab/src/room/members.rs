use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use blog_core::domain::{Actor, AuthorId};
use blog_core::services::Access;
use bytes::Bytes;
use tokio::time::Instant;

use super::Dialect;
use crate::Close;
use crate::document::Growth;
use crate::outbox::Outbox;
use crate::wire::hocuspocus::let_in;

/// A connection that got nothing for so long gets something: clients give up after 30 s.
const SILENCE: Duration = Duration::from_secs(15);
/// How often the store is read for one who may only look on, or who brings what has a gap.
const CATCH_UP_EVERY: Duration = Duration::from_secs(1);

/// Who is in a room.
#[derive(Debug, Default)]
pub(super) struct Members {
    by_number: BTreeMap<u64, Member>,
    /// When all of them last got something.
    broadcast_at: Option<Instant>,
}

#[derive(Debug)]
struct Member {
    actor: Actor,
    /// Whose rights count, if not the actor's.
    on_behalf_of: Option<Box<Actor>>,
    /// Whose rights count, as they came in.
    came_as: Actor,
    access: Access,
    dialect: Dialect,
    outbox: Arc<Outbox>,
    /// How many updates were not taken that a client counts which wants each confirmed.
    owed: usize,
    /// What it has that had no room in the document.
    waits_with: Option<Growth>,
    sent_at: Instant,
    caught_up_at: Option<Instant>,
    is_gone: bool,
}

impl Drop for Member {
    /// Who has left hears nothing of it, and who was closed has been told why.
    fn drop(&mut self) {
        self.outbox.close(Close::TryAgainLater);
    }
}

impl Member {
    fn send(&mut self, frame: Bytes) {
        self.sent_at = Instant::now();
        self.outbox.push(frame);
    }

    /// Whose rights count.
    fn rights_of(&self) -> &Actor {
        self.on_behalf_of.as_deref().unwrap_or(&self.actor)
    }

    /// Takes note of what they may do from here on, and tells those who want to know.
    fn let_in(&mut self, access: Access) {
        self.access = access;
        if self.dialect == Dialect::Hocuspocus {
            let may_edit = access == Access::Edit;
            self.send(let_in(may_edit));
        }
    }
}

impl Members {
    pub(super) fn add(
        &mut self,
        number: u64,
        (actor, on_behalf_of): (Actor, Option<Box<Actor>>),
        access: Access,
        (dialect, outbox): (Dialect, Arc<Outbox>),
    ) {
        let came_as = on_behalf_of.as_deref().unwrap_or(&actor).clone();
        let mut member = Member {
            actor,
            on_behalf_of,
            came_as,
            access,
            dialect,
            outbox,
            owed: 0,
            waits_with: None,
            sent_at: Instant::now(),
            caught_up_at: None,
            is_gone: false,
        };
        member.let_in(access);
        self.by_number.insert(number, member);
    }

    pub(super) fn remove(&mut self, number: u64) {
        self.by_number.remove(&number);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_number.is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.by_number.len()
    }

    pub(super) fn has(&self, number: u64) -> bool {
        self.by_number.contains_key(&number)
    }

    /// Who that is, and what they may do.
    pub(super) fn who(&self, number: u64) -> Option<(Actor, Access)> {
        let member = self.by_number.get(&number)?;
        Some((member.actor.clone(), member.access))
    }

    /// The connections of an actor.
    pub(super) fn of(&self, actor: &AuthorId) -> Vec<u64> {
        let members = self.by_number.iter();
        let own = members.filter(|(_, member)| member.actor.id == *actor);
        own.map(|(number, _)| *number).collect()
    }

    pub(super) fn access(&self, number: u64) -> Option<Access> {
        let member = self.by_number.get(&number)?;
        Some(member.access)
    }

    /// How many confirmations a member is owed once it brings all that it has; none, if it wants none.
    pub(super) fn owed(&mut self, number: u64) -> Option<&mut usize> {
        let member = self.by_number.get_mut(&number)?;
        (member.dialect == Dialect::Hocuspocus).then_some(&mut member.owed)
    }

    /// Takes note that something of a member had no room.
    pub(super) fn wait_for_room(&mut self, number: u64, growth: Growth) {
        if let Some(member) = self.by_number.get_mut(&number) {
            member.waits_with = Some(growth);
        }
    }

    pub(super) fn need_not_wait(&mut self, number: u64) {
        if let Some(member) = self.by_number.get_mut(&number) {
            member.waits_with = None;
        }
    }

    /// Whether something of a member had no room.
    pub(super) fn waits_for_room(&self, number: u64) -> bool {
        let member = self.by_number.get(&number);
        member.is_some_and(|member| member.waits_with.is_some())
    }

    /// Those of whom something had no room, and how much it needs.
    pub(super) fn waiting_for_room(&self) -> Vec<(u64, Growth)> {
        let members = self.by_number.iter();
        members
            .filter_map(|(number, member)| Some((*number, member.waits_with?)))
            .collect()
    }

    /// Whether the store is to be read now for what a member has brought that may never be taken.
    pub(super) fn may_catch_up(&mut self, number: u64) -> bool {
        let Some(member) = self.by_number.get_mut(&number) else {
            return false;
        };
        let caught_up_at = member.caught_up_at;
        let may = caught_up_at.is_none_or(|before| before.elapsed() >= CATCH_UP_EVERY);
        if may {
            member.caught_up_at = Some(Instant::now());
        }
        may
    }

    pub(super) fn send(&mut self, number: u64, frame: Bytes) {
        if let Some(member) = self.by_number.get_mut(&number) {
            member.send(frame);
        }
    }

    /// Sends what a member has asked for.
    pub(super) fn answer(&mut self, number: u64, frame: Bytes) {
        if let Some(member) = self.by_number.get_mut(&number) {
            member.sent_at = Instant::now();
            member.outbox.answer(frame);
        }
    }

    /// One buffer for all of them.
    pub(super) fn broadcast(&mut self, frame: &Bytes) {
        self.broadcast_at = Some(Instant::now());
        for member in self.by_number.values() {
            member.outbox.push(frame.clone());
        }
    }

    pub(super) fn keep_alive(&mut self, frame: &Bytes) {
        let is_silent = |since: Instant| since.elapsed() >= SILENCE;
        if self.broadcast_at.is_none_or(is_silent) {
            for member in self.by_number.values_mut() {
                if is_silent(member.sent_at) {
                    member.send(frame.clone());
                }
            }
        }
    }

    pub(super) fn close(&self, number: u64, close: Close) {
        if let Some(member) = self.by_number.get(&number) {
            member.outbox.close(close);
        }
    }

    pub(super) fn close_all(&self, close: Close) {
        for member in self.by_number.values() {
            member.outbox.close(close);
        }
    }

    /// Those whose rights are this actor's: an assistant's are those of whoever has asked for it.
    pub(super) fn with_rights_of(&self, actor: &AuthorId) -> Vec<u64> {
        let members = self.by_number.iter();
        let of_actor = members.filter(|(_, member)| member.rights_of().id == *actor);
        of_actor.map(|(number, _)| *number).collect()
    }

    /// Everybody, with the actor whose rights count as whoever came in.
    pub(super) fn as_they_came(&self) -> Vec<(u64, Actor)> {
        let members = self.by_number.iter();
        let came = members.map(|(number, member)| (*number, member.came_as.clone()));
        came.collect()
    }

    /// Takes note of who somebody is by now whose rights count. Answers whether that is another than before.
    pub(super) fn change(&mut self, number: u64, by_now: Actor) -> bool {
        let Some(member) = self.by_number.get_mut(&number) else {
            return false;
        };
        let whose_rights = match &mut member.on_behalf_of {
            Some(on_behalf_of) => &mut **on_behalf_of,
            None => &mut member.actor,
        };
        let is_another = *whose_rights != by_now;
        *whose_rights = by_now;
        is_another
    }

    /// Those who may do something else now than before.
    pub(super) fn changed(
        &self,
        access: impl Fn(&Actor) -> Option<Access>,
    ) -> Vec<(u64, Option<Access>)> {
        let members = self.by_number.iter();
        let access =
            members.map(|(number, member)| (number, access(member.rights_of()), member.access));
        let changed = access.filter(|(_, now, before)| *now != Some(*before));
        changed.map(|(number, now, _)| (*number, now)).collect()
    }

    /// Lets a member do what it may now. Answers whether it goes on with that: others come again to do
    /// less.
    pub(super) fn let_on(&mut self, number: u64, access: Access) -> bool {
        let member = self.by_number.get_mut(&number);
        member.is_some_and(|member| {
            let goes_on = access == Access::Edit || member.dialect == Dialect::Hocuspocus;
            if goes_on {
                member.let_in(access);
            }
            goes_on
        })
    }

    /// Those whose connection was gone or closed already when this was last asked, and who could not say
    /// so: what they brought before has been taken by now.
    pub(super) fn left(&mut self) -> Vec<u64> {
        let mut left = vec![];
        for (number, member) in &mut self.by_number {
            let is_gone = member.outbox.is_closed() || Arc::strong_count(&member.outbox) == 1;
            if std::mem::replace(&mut member.is_gone, is_gone) && is_gone {
                left.push(*number);
            }
        }
        left
    }
}
