//! From a participant's frame, or a program's edit, into the document and on its way into the store.

use std::collections::hash_map;

use blog_core::domain::{Actor, AuthorId, Content};
use blog_core::services::Access;
use blog_core::{Error, Result};
use bytes::Bytes;
use tokio::time::Instant;

use super::journal::{Claim, Effect, Written};
use super::{ProgramEdit, Room, frame};
use crate::Close;
use crate::document::{Applied, Edits, Growth, News, Refused};
use crate::handover;
use crate::hub::may_not_edit;
use crate::wire::awareness::{Entry, entries};
use crate::wire::hocuspocus::sync_status;
use crate::wire::message::{EMPTY_AWARENESS_FRAME, Message, messages};

/// Updates that were not taken from a client which counts them. With more it comes again, and counts
/// anew.
const MOST_OWED: usize = 1_000;

impl Room {
    pub(super) async fn on_frame(&mut self, member: u64, bytes: &Bytes) {
        if bytes.len() > self.shared.options.message_bytes {
            self.close(member, Close::TooLarge);
            return;
        }
        // A frame may hold as many questions as it has bytes: each is answered once. So are answers of
        // those who have nothing to bring.
        let (mut is_asked, mut is_synced, mut is_answered) = (false, false, false);
        for message in messages(bytes) {
            if !self.members.has(member) {
                break;
            }
            let handled = match message {
                Ok(Message::SyncStep1(_)) if std::mem::replace(&mut is_synced, true) => Ok(()),
                Ok(Message::SyncStep1(state_vector)) => self.on_sync(member, state_vector).await,
                Ok(Message::SyncStep2(_))
                    if self.members.access(member) == Some(Access::View)
                        && std::mem::replace(&mut is_answered, true) =>
                {
                    Ok(())
                }
                Ok(Message::SyncStep2(update)) => self.on_update(member, update, false).await,
                Ok(Message::Update(update)) => self.on_update(member, update, true).await,
                Ok(Message::Awareness(payload)) => self.on_awareness(member, payload),
                Ok(Message::QueryAwareness) => {
                    if !std::mem::replace(&mut is_asked, true) {
                        self.members.send(member, self.everybody());
                    }
                    Ok(())
                }
                Ok(Message::PermissionDenied(_)) | Err(_) => Err(Close::Malformed),
            };
            if let Err(close) = handled {
                self.close(member, close);
            }
        }
    }

    fn everybody(&self) -> Bytes {
        let everybody = self.awareness.everybody();
        everybody.map_or(Bytes::from_static(EMPTY_AWARENESS_FRAME), |payload| {
            frame(Message::Awareness(&payload))
        })
    }

    /// Answers with what the client lacks, once all of it is durable.
    async fn on_sync(&mut self, member: u64, state_vector: &[u8]) -> Result<(), Close> {
        let lacking = self.lacking(state_vector).await?;
        let waiting = self.journal.frame_bytes();
        if waiting > 0 && waiting + lacking.len() > self.shared.options.unstored_bytes as usize {
            return Err(Close::TryAgainLater);
        }
        self.do_when_durable(Effect::Answer(member, frame(Message::SyncStep2(&lacking))));
        if let Some(owed) = self.members.owed(member) {
            // It counts anew, unless this has waited for the connection and it has asked meanwhile.
            if *owed == 0 {
                *owed = 1;
                self.journal.forget_confirmations(member);
            }
            self.ask(member);
        }
        Ok(())
    }

    /// What a client lacks that has so much. A document that cannot be encoded is made anew first, without
    /// what has done that to it.
    async fn lacking(&mut self, state_vector: &[u8]) -> Result<Vec<u8>, Close> {
        let lacking = self.document.difference(state_vector);
        if lacking != Err(Refused::Damaging) || self.document.state().is_ok() {
            return lacking.map_err(|_| Close::Malformed);
        }
        self.rebuild().await;
        // What is not stored yet is found once it is.
        let lacking = self.document.difference(state_vector);
        lacking.map_err(|_| Close::TryAgainLater)
    }

    /// What the document says.
    pub(super) async fn content(&mut self) -> Result<Content> {
        if let Ok(content) = self.document.content(&self.known) {
            return Ok(content);
        }
        self.rebuild().await;
        let content = self.document.content(&self.known);
        content.map_err(handover::unreadable)
    }

    /// Takes an update into the document, and has it appended. `is_new`: the client says that it has
    /// just been made, and waits for its acknowledgement.
    pub(super) async fn on_update(
        &mut self,
        member: u64,
        bytes: &[u8],
        is_new: bool,
    ) -> Result<(), Close> {
        let Some((actor, access)) = self.members.who(member) else {
            return Ok(());
        };
        let edits = Edits::read(bytes).map_err(|_| Close::Malformed)?;
        if access == Access::View && is_new {
            self.owe(member);
            self.deny(member);
            return Ok(());
        }
        let mut news = self.document.news(&edits);
        let lacks_deletions =
            |room: &Self| access == Access::View && room.document.lacks_deletions(&edits);
        if (!self.are_all_own(&actor, &news) || lacks_deletions(self))
            && (access == Access::Edit && !news.has_gap || self.members.may_catch_up(member))
        {
            // Another node may have them, from where the one who brings them here comes.
            let is_caught_up = self.catch_up().await;
            news = self.document.news(&edits);
            if !is_caught_up && !self.are_all_own(&actor, &news) {
                return Err(Close::TryAgainLater);
            }
        }
        if access == Access::View {
            if !news.clients.is_empty() || lacks_deletions(self) {
                self.deny(member);
            } else {
                self.confirm(member, is_new);
            }
            return Ok(());
        }
        if self.has_anothers(&actor, &news) || self.has_too_many(&actor.id, &news.clients) {
            return Err(Close::Forbidden);
        }
        let edits = self.document.only_new(edits);
        let edits = edits.map_err(|_| Close::Malformed)?;
        let (growth, delete_something) = (edits.growth(), edits.delete_something());
        let News { clients, has_gap } = news;
        if self.is_too_much(&actor.id, growth) {
            if is_new {
                self.owe(member);
            }
            self.put_off(member, growth);
            return Ok(());
        }
        if has_gap {
            // What comes before it has been lost on the way: the client has it. Whose answer has a
            // gap does not, and is not asked again for ever; nor is who waits for room.
            if is_new {
                self.owe(member);
                self.ask_for_the_rest(member, delete_something);
            }
            return Ok(());
        }
        if self.has_too_many_types(growth) {
            self.note_oversized(&actor.id);
            return Err(Close::TooLarge);
        }
        let excess = self.excess();
        let applied = match self.document.apply(edits) {
            Ok(applied) => applied,
            Err(Refused::TooDeep) => return Err(Close::TooLarge),
            Err(_) => {
                self.rebuild().await;
                return Err(Close::Malformed);
            }
        };
        if self.damagers.contains(&actor.id) && self.document.snapshot().is_err() {
            self.rebuild().await;
            return Err(Close::Malformed);
        }
        if let Err(close) = self.check_size(excess, bytes.len()) {
            let was_damaged = self.rebuild().await;
            if close == Close::TooLarge {
                self.note_oversized(&actor.id);
            }
            // Then it was somebody else who did it.
            let is_sound = close == Close::Malformed && was_damaged;
            return Err(if is_sound {
                Close::TryAgainLater
            } else {
                close
            });
        }
        match applied {
            Applied::Whole(new) => {
                self.write(member, actor.id, clients, new.into_owned().into());
                self.confirm(member, is_new);
            }
            Applied::Nothing => {
                if is_new {
                    self.do_when_durable(Effect::Answer(member, frame(Message::Update(bytes))));
                }
                self.confirm(member, is_new);
            }
            Applied::InPart(part) => {
                if let Some(part) = part {
                    self.write(member, actor.id, clients, part.into());
                }
                if is_new {
                    self.owe(member);
                    self.ask_for_the_rest(member, true);
                }
            }
        }
        Ok(())
    }

    /// Asks a member for what their edits build on. Who waits for room is not asked for the same at once, but
    /// soon where they may have taken away some of it: the rest may have room.
    fn ask_for_the_rest(&mut self, member: u64, may_be_less: bool) {
        if !self.members.waits_for_room(member) {
            self.ask(member);
        } else if may_be_less {
            self.members.wait_for_room(member, Growth::default());
        }
    }

    /// Tells who may only look on that nothing is taken from them.
    fn deny(&mut self, member: u64) {
        let denied = match self.members.owed(member) {
            Some(_) => sync_status(false),
            None => frame(Message::PermissionDenied(
                "you may read this post, not edit it",
            )),
        };
        self.members.send(member, denied);
    }

    /// Takes note of an update that is not taken, to confirm it together with an answer that brings it.
    fn owe(&mut self, member: u64) {
        if let Some(owed) = self.members.owed(member) {
            *owed += 1;
            if *owed > MOST_OWED {
                self.close(member, Close::TryAgainLater);
            }
        }
    }

    /// Tells a client that counts that a new update is stored, or with an answer all that it has, once
    /// it is.
    fn confirm(&mut self, member: u64, is_new: bool) {
        if let Some(owed) = self.members.owed(member) {
            let count = if is_new { 1 } else { std::mem::take(owed) };
            if count > 0 {
                self.do_when_durable(Effect::Confirm { member, count });
            }
        }
    }

    /// Whether all that is new is under client ids that are known to be the actor's.
    fn are_all_own(&self, actor: &Actor, news: &News) -> bool {
        let mut clients = news.clients.iter();
        clients.all(|client| self.claims.get(client) == Some(&actor.id))
    }

    /// Whether something is new under a client id of somebody else.
    fn has_anothers(&self, actor: &Actor, news: &News) -> bool {
        let owner = |client| self.claims.get(client);
        let owners = news.clients.iter().filter_map(owner);
        owners.into_iter().any(|owner| *owner != actor.id)
    }

    /// A tab has one client id, and a new one after each reload. Whoever has thousands has chosen them
    /// to make the document slow.
    fn has_too_many(&self, actor: &AuthorId, clients: &[u64]) -> bool {
        let new = clients
            .iter()
            .filter(|client| !self.claims.contains_key(client));
        let new = new.count();
        new > 0 && {
            let own = self.claims.values().filter(|owner| *owner == actor);
            own.count() + new > self.shared.options.clients_of_one
        }
    }

    /// Asks a client for everything that is not here.
    pub(super) fn ask(&mut self, member: u64) {
        let here = || self.document.state_vector();
        let known = self.unloaded.clone().unwrap_or_else(here);
        self.members.send(member, frame(Message::SyncStep1(&known)));
    }

    fn has_too_many_types(&self, growth: Growth) -> bool {
        let types = self.document.shared_types() + growth.shared_types;
        growth.shared_types > 0 && types > self.shared.options.document_types
    }

    /// By how many bytes a text of the document is too long, and how many shared types it has too many.
    fn excess(&mut self) -> [usize; 2] {
        let (body_bytes, document_types) = (
            self.shared.blog.limits().body_bytes,
            self.shared.options.document_types,
        );
        let types = self.document.shared_types().saturating_sub(document_types);
        [self.document.excess(body_bytes), types]
    }

    /// Whether the document, into which so many bytes have come, is as large as it may be at most. What
    /// is too large already, because it was saved so, may become smaller.
    fn check_size(&mut self, excess_before: [usize; 2], bytes: usize) -> Result<(), Close> {
        let excess = self.excess();
        if excess
            .iter()
            .zip(excess_before)
            .any(|(now, before)| *now > before)
        {
            return Err(Close::TooLarge);
        }
        let options = &self.shared.options;
        self.size.grow(bytes);
        if self.size.may_exceed(options.document_bytes) {
            let state = self.document.state().map_err(|_| Close::Malformed)?;
            if self.size.measure(state.len()) && state.len() > options.document_bytes {
                return Err(Close::TooLarge);
            }
        }
        Ok(())
    }

    fn write(&mut self, member: u64, author: AuthorId, clients: Vec<u64>, update: Bytes) {
        for client in clients {
            self.claim(client, &author, Some(member));
        }
        self.note_written(update.len());
        self.journal.write(Written {
            author,
            by: Some(member),
            update,
            done: None,
        });
    }

    /// Takes note of what belongs into a version.
    pub(super) fn note_written(&mut self, bytes: usize) {
        self.written_at = Instant::now();
        self.unfolded_bytes += bytes;
    }

    /// Makes a client id somebody's, if it is nobody's.
    fn claim(&mut self, client: u64, owner: &AuthorId, by: Option<u64>) {
        if let hash_map::Entry::Vacant(place) = self.claims.entry(client) {
            let owner = place.insert(owner.clone()).clone();
            self.journal.claim(Claim { client, owner, by });
        }
    }

    pub(super) fn on_awareness(&mut self, member: u64, payload: &[u8]) -> Result<(), Close> {
        let Some((actor, _)) = self.members.who(member) else {
            return Ok(());
        };
        // Only for new client ids it is looked at, and those are few.
        let mut free = None;
        for entry in entries(payload).map_err(|_| Close::Malformed)? {
            let entry = entry.map_err(|_| Close::Malformed)?;
            match self.claims.get(&entry.client) {
                // Honest clients repeat what others have shown: it is passed over.
                Some(owner) if *owner != actor.id => continue,
                Some(_) => {}
                None if entry.state.is_none() => continue,
                // Nor is it claimed for them where another node's word of its owner was lost.
                None if self.awareness.is_anothers(entry.client, &actor.id) => continue,
                None => {
                    let free = free.get_or_insert_with(|| self.free_for(member));
                    if *free == 0 || self.has_too_many(&actor.id, &[entry.client]) {
                        continue;
                    }
                    *free -= 1;
                    self.claim(entry.client, &actor.id, Some(member));
                }
            }
            // Until its claim is durable, the client id may be another's, as another node has stored.
            if !self.journal.show(member, entry) {
                self.awareness.show(member, &actor, entry);
            }
        }
        Ok(())
    }

    /// How many more client ids a participant may show, without those that are being claimed.
    fn free_for(&self, member: u64) -> usize {
        let claims = self.journal.claims();
        let claimed = claims.filter(|claim| claim.by == Some(member)).count();
        self.awareness.free_for(member).saturating_sub(claimed)
    }

    /// Shows what a participant has shown before its client id was theirs, if it is by now.
    pub(super) fn show(&mut self, member: u64, entry: Entry<'_>) {
        if let Some((actor, _)) = self.members.who(member)
            && self.claims.get(&entry.client) == Some(&actor.id)
        {
            self.awareness.show(member, &actor, entry);
        }
    }

    pub(super) async fn on_edit(&mut self, edit: ProgramEdit) {
        let ProgramEdit {
            by,
            actor,
            edit,
            space,
            done,
        } = edit;
        // It may have been locked while this waited.
        let refused = match self.access_of(&actor) {
            Some(Access::Edit) if self.members.has(by) => None,
            Some(_) => Some(may_not_edit()),
            None => Some(Error::not_found("post")),
        };
        if let Some(refused) = refused {
            return drop(done.send(Err(refused)));
        }
        let content = match self.content().await {
            Ok(content) => content,
            Err(error) => return drop(done.send(Err(error))),
        };
        let edited = edit(content.clone());
        let limit = self.shared.blog.limits().body_bytes;
        if edited.body.len() > limit.max(content.body.len()) {
            let message = format!("must have at most {limit} bytes");
            return drop(done.send(Err(Error::invalid_field("body", message))));
        }
        let excess = self.excess();
        let update = match self.document.edit(&content, &edited) {
            Ok(Some(update)) => update,
            Ok(None) => return drop(done.send(Ok(()))),
            Err(refused) => {
                self.rebuild().await;
                return drop(done.send(Err(handover::unreadable(refused))));
            }
        };
        if let Err(close) = self.check_size(excess, update.len()) {
            self.rebuild().await;
            return drop(done.send(Err(close.into())));
        }
        // Several actors' programs share the room's client id.
        self.claim(
            self.document.client(),
            &AuthorId::from(handover::CARRIER),
            None,
        );
        self.note_written(update.len());
        self.journal.write(Written {
            author: actor.id,
            by: None,
            update: update.into(),
            done: Some(done),
        });
        self.journal.hold(space);
    }

    pub(super) fn close(&mut self, member: u64, close: Close) {
        self.members.close(member, close);
        self.on_leave(member);
    }
}
