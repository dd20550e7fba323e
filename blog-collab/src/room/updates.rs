//! From a participant's frame into the document and the store, and from there to everybody.

use super::*;

impl Room {
    pub(super) async fn on_frame(&mut self, member: u64, bytes: &Bytes) -> Next {
        if bytes.len() > self.shared.options.message_bytes {
            self.close(member, Close::TooLarge);
            return Next::GoOn;
        }
        // A frame may hold as many questions as it has bytes: each is answered once.
        let (mut is_asked, mut is_synced) = (false, false);
        for message in messages(bytes) {
            if !self.members.has(member) {
                break;
            }
            let handled = match message {
                Ok(Message::SyncStep1(_)) if std::mem::replace(&mut is_synced, true) => Ok(()),
                Ok(Message::SyncStep1(state_vector)) => self.on_sync(member, state_vector),
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
        Next::GoOn
    }

    fn everybody(&self) -> Bytes {
        let everybody = self.presence.everybody();
        everybody.map_or(Bytes::from_static(EMPTY_AWARENESS_FRAME), |payload| {
            frame(Message::Awareness(&payload))
        })
    }

    /// Answers with what the client lacks, once all of it is durable.
    pub(super) fn on_sync(&mut self, member: u64, state_vector: &[u8]) -> Result<(), Close> {
        let lacking = self.document.difference(state_vector);
        let lacking = lacking.map_err(|_| Close::Malformed)?;
        self.do_when_durable(Effect::Send(member, frame(Message::SyncStep2(&lacking))));
        Ok(())
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
        let mut news = self.document.news(&edits);
        if self.has_anothers(&actor, &news) {
            // Another node may have them, from where the one who brings them here comes.
            self.catch_up().await;
            news = self.document.news(&edits);
        }
        if access == Access::View {
            if is_new || !news.clients.is_empty() {
                self.members.send(
                    member,
                    frame(Message::PermissionDenied(
                        "you may read this post, not edit it",
                    )),
                );
            }
            return Ok(());
        }
        if self.has_anothers(&actor, &news) || self.has_too_many(&actor.id, &news.clients) {
            return Err(Close::Forbidden);
        }
        let News { clients, has_gap } = news;
        if has_gap {
            // What comes before it has been lost on the way: the client has it. Whose answer has a
            // gap does not, and is not asked again for ever.
            if is_new {
                self.ask(member);
            }
            return Ok(());
        }
        let limit = self.shared.blog.limits().body_bytes;
        let excess = self.document.excess(limit);
        let applied = match self.document.apply(edits) {
            Ok(applied) => applied,
            Err(_) => {
                self.rebuild().await;
                return Err(Close::Malformed);
            }
        };
        let options = &self.shared.options;
        // What is too long already, because it was saved so, may be shortened.
        if self.document.excess(limit) > excess
            || self.document.shared_types() > options.document_types
        {
            self.rebuild().await;
            return Err(Close::TooLarge);
        }
        let update = Bytes::copy_from_slice(bytes);
        match applied {
            Applied::Whole => self.write(actor.id, clients, update),
            Applied::Nothing if is_new => {
                self.do_when_durable(Effect::Send(member, frame(Message::Update(&update))));
            }
            Applied::Nothing => {}
            Applied::InPart(part) => {
                if let Some(part) = part {
                    self.write(actor.id, clients, part.into());
                }
                if is_new {
                    self.ask(member);
                }
            }
        }
        Ok(())
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
    fn ask(&mut self, member: u64) {
        let known = self.document.state_vector();
        self.members.send(member, frame(Message::SyncStep1(&known)));
    }

    pub(super) fn write(&mut self, actor: AuthorId, clients: Vec<u64>, update: Bytes) {
        for client in clients {
            if self.claims.insert(client, actor.clone()).is_none() {
                self.journal.claim(client, actor.clone());
            }
        }
        self.written_at = Instant::now();
        self.journal.write(actor, update.clone());
        self.do_when_durable(Effect::Broadcast(update));
    }

    pub(super) fn on_awareness(&mut self, member: u64, payload: &[u8]) -> Result<(), Close> {
        let Some((actor, _)) = self.members.who(member) else {
            return Ok(());
        };
        for entry in entries(payload).map_err(|_| Close::Malformed)? {
            let entry = entry.map_err(|_| Close::Malformed)?;
            match self.claims.get(&entry.client) {
                // Honest clients repeat what others have shown: it is passed over.
                Some(owner) if *owner != actor.id => continue,
                Some(_) => {}
                None if entry.state.is_none() => continue,
                None if self.has_too_many(&actor.id, &[entry.client]) => continue,
                None => {
                    self.claims.insert(entry.client, actor.id.clone());
                    self.journal.claim(entry.client, actor.id.clone());
                }
            }
            self.presence.show(member, &actor, entry);
        }
        Ok(())
    }

    pub(super) async fn on_edit(&mut self, ProgramEdit { actor, edit, done }: ProgramEdit) {
        let content = self.document.content(&self.known);
        let edited = edit(content.clone());
        let limit = self.shared.blog.limits().body_bytes;
        if edited.body.len() > limit.max(content.body.len()) {
            let message = format!("must have at most {limit} bytes");
            return drop(done.send(Err(Error::invalid_field("body", message))));
        }
        let update = match self.document.edit(&content, &edited) {
            Ok(Some(update)) => update,
            Ok(None) => return drop(done.send(Ok(()))),
            Err(refused) => {
                self.rebuild().await;
                return drop(done.send(Err(handover::unreadable(refused))));
            }
        };
        // Several actors' programs share the room's client id.
        let (client, owner) = (self.document.client(), AuthorId::from(handover::CARRIER));
        if self.claims.insert(client, owner.clone()).is_none() {
            self.journal.claim(client, owner);
        }
        self.written_at = Instant::now();
        let update = Bytes::from(update);
        self.journal.write(actor.id, update.clone());
        self.do_when_durable(Effect::Broadcast(update));
        self.do_when_durable(Effect::Done(done));
    }

    pub(super) fn do_when_durable(&mut self, effect: Effect) {
        if let Some(effect) = self.journal.then(effect) {
            self.act(effect);
        }
    }

    pub(super) fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Broadcast(bytes) => self.members.broadcast(&frame(Message::Update(&bytes))),
            Effect::Send(member, frame) => self.members.send(member, frame),
            // Nobody may wait for it any more.
            Effect::Read(answer, content) => drop(answer.send(*content)),
            Effect::Done(done) => drop(done.send(Ok(()))),
        }
    }

    pub(super) fn on_appended(&mut self, appended: Appended) -> Next {
        let count = appended.updates.len() as u64;
        let first = appended.end - count + 1;
        self.own.extend(first..=appended.end);
        self.advance();
        for effect in appended.effects {
            self.act(effect);
        }
        if !appended.claims.is_empty() {
            self.tell_nodes(NodeMessage::Claims(appended.claims));
        }
        if count > 0 {
            let updates = appended.updates;
            self.tell_nodes(NodeMessage::Updates { first, updates });
        }
        Next::GoOn
    }

    /// Moves the position over entries that are there already, and sees to it that those that are
    /// not will be read.
    pub(super) fn advance(&mut self) {
        while self.own.remove(&(self.position + 1)) {
            self.position += 1;
        }
        self.own.retain(|number| *number > self.position);
        if self.own.is_empty() {
            self.read_at = None;
        } else {
            self.read_at.get_or_insert(Instant::now() + GAP);
        }
    }

    /// The store does not take what was written: everybody has it still, and brings it again.
    pub(super) fn fail(&mut self, error: &Error) -> Next {
        tracing::error!(post = %self.post, %error, "a room is closed: what was written is not stored");
        self.members.close_all(Close::TryAgainLater);
        self.commands.close();
        Next::Close
    }

    pub(super) fn close(&mut self, member: u64, close: Close) {
        self.members.close(member, close);
        self.on_leave(member);
    }

    /// Makes the document anew from what is stored and what is on its way there, after an update
    /// that damaged it.
    pub(super) async fn rebuild(&mut self) {
        let client = self.shared.new_client();
        let opened = handover::open(&*self.shared.store, self.post, client).await;
        match opened {
            Ok(opened) => {
                self.document = opened.document;
                for bytes in self.journal.updates() {
                    if let Ok(edits) = Edits::read(bytes) {
                        let _: Result<Applied, Refused> = self.document.apply(edits);
                    }
                }
            }
            Err(error) => {
                tracing::error!(post = %self.post, %error, "a damaged document cannot be made anew");
                self.members.close_all(Close::TryAgainLater);
                self.commands.close();
            }
        }
    }
}
