use blog_core::domain::{Actor, Post};
use blog_core::{Error, Result};
use futures::FutureExt;

use super::unusable;
use crate::document::{Document, Edits};
use crate::hub::may_not_edit;
use crate::outbox::Outbox;
use crate::room::Dialect;
use crate::scanner::scan_update;
use crate::wire::message::{Message, messages};
use crate::{Hub, Outgoing, Participant};

/// A participant's own copy of a room's document.
pub(super) struct Replica {
    place: Participant,
    pub(super) document: Document,
    /// How much of the copy's own edits the room has stored.
    pub(super) stored: u32,
}

impl Replica {
    /// Joins a room, and gets the document. What is written in the copy is under this client id.
    ///
    /// # Errors
    /// As [`Hub::join`].
    pub(super) async fn join(
        hub: &Hub,
        actor: &Actor,
        on_behalf_of: Option<&Actor>,
        post: Post,
        client: u64,
    ) -> Result<Self> {
        let options = hub.options();
        let outbox = || {
            let outbox = Outbox::of_bytes(options.outbox_bytes);
            (Dialect::YWebsocket, outbox)
        };
        let place = hub.enter(actor, on_behalf_of, post, outbox).await?;
        let document = Document::new(client, options.body);
        let mut replica = Self {
            place,
            document,
            stored: 0,
        };
        let known = replica.document.state_vector();
        replica.send(Message::SyncStep1(&known)).await;
        let got = async {
            while !replica.next().await?.is_answer {}
            Ok(())
        };
        hub.0.patiently(got).await?;
        Ok(replica)
    }

    pub(super) async fn send(&self, message: Message<'_>) {
        self.place.receive(message.to_frame().into()).await;
    }

    /// Brings the room an edit that was made in the copy.
    pub(super) async fn write(&self, update: &[u8]) {
        self.send(Message::Update(update)).await;
    }

    /// Takes what comes next. May be dropped and called again.
    ///
    /// # Errors
    /// Why the place was lost.
    pub(super) async fn next(&mut self) -> Result<Taken> {
        let outgoing = self.place.next().await;
        self.take(outgoing).await
    }

    async fn take(&mut self, outgoing: Outgoing) -> Result<Taken> {
        let mut taken = Taken::default();
        let frame = match outgoing {
            Outgoing::Frame(frame) => frame,
            Outgoing::Ping => return Ok(taken),
            Outgoing::Close(close) => return Err(close.into()),
        };
        for message in messages(&frame) {
            match message.map_err(|_| Error::internal("a room sends what is no message"))? {
                Message::SyncStep1(known) => {
                    let lacking = self.document.difference(known).map_err(unusable)?;
                    self.send(Message::SyncStep2(&lacking)).await;
                }
                Message::SyncStep2(update) => {
                    self.apply(update)?;
                    taken.is_answer = true;
                }
                Message::Update(update) => {
                    self.apply(update)?;
                    self.note_stored(update);
                    taken.is_update = true;
                }
                Message::PermissionDenied(_) => return Err(may_not_edit()),
                Message::Awareness(_) | Message::QueryAwareness => {}
            }
        }
        Ok(taken)
    }

    fn apply(&mut self, update: &[u8]) -> Result<()> {
        let edits = Edits::read(update).map_err(unusable)?;
        self.document.apply(edits).map_err(unusable)?;
        Ok(())
    }

    /// An own edit that comes back is stored.
    fn note_stored(&mut self, update: &[u8]) {
        let client = self.document.client();
        let structs = scan_update(update).unwrap_or_default().structs;
        let own = structs.iter().filter(|range| range.client == client);
        let end = own.map(|range| range.clocks.end).max();
        self.stored = self.stored.max(end.unwrap_or(0));
    }

    /// Waits until so much of a client's edits is there.
    ///
    /// # Errors
    /// Why the place was lost.
    pub(super) async fn wait_for(&mut self, client: u64, clocks: u32) -> Result<()> {
        while self.document.clock_of(client) < clocks {
            self.next().await?;
        }
        Ok(())
    }

    /// Waits until all that was written is durable.
    ///
    /// # Errors
    /// Where some of it was not taken.
    pub(super) async fn settle(&mut self) -> Result<()> {
        self.place.content().await?;
        while let Some(outgoing) = self.place.next().now_or_never() {
            self.take(outgoing).await?;
        }
        Ok(())
    }
}

/// What has come.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// What the copy lacked.
    pub(super) is_answer: bool,
    /// Somebody's edit, or an echo of an own one.
    pub(super) is_update: bool,
}
