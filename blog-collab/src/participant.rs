use std::sync::Arc;
use std::time::Duration;

use blog_core::Result;
use blog_core::domain::Content;
use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::hub::{Seat, closing};
use crate::outbox::{Outbox, Outgoing};
use crate::pace::{BURST, Pace};
use crate::room::{Command, Entrance, due};
use crate::wire::message::messages;
use crate::{Close, HubOptions};

/// A place in a room: bytes go in, bytes come out, whatever carries them. Dropped, it is left.
#[derive(Debug)]
pub struct Participant {
    pub(crate) number: u64,
    pub(crate) room: Entrance,
    pub(crate) outbox: Arc<Outbox>,
    bytes: Pace,
    messages: Pace,
    message_burst: usize,
    pub(super) expires: Option<Instant>,
    _seat: Option<Seat>,
}

impl Participant {
    pub(crate) fn new(
        number: u64,
        room: Entrance,
        outbox: Arc<Outbox>,
        options: &HubOptions,
    ) -> Self {
        Self {
            number,
            room,
            outbox,
            bytes: Pace::new(options.bytes_per_second),
            messages: Pace::new(options.messages_per_second),
            message_burst: options.messages_per_second.saturating_mul(BURST) as usize,
            expires: None,
            _seat: None,
        }
    }

    /// As one of its actor's connections.
    pub(crate) fn on(mut self, seat: Seat) -> Self {
        self._seat = Some(seat);
        self
    }

    /// Closes the connection after so long ([`Close::Expired`]): what let its client in, such as a
    /// token, holds no longer then.
    #[must_use]
    pub fn expiring(mut self, after: Duration) -> Self {
        self.expires = Instant::now().checked_add(after);
        self
    }

    /// Hands a frame from the connection to the room, which may hold several messages of the
    /// y-websocket protocol. Waits while the room has too much to do, or has too much to store, and
    /// while more has come than [`HubOptions`] allows a second. Whoever reads no further frame from the
    /// connection meanwhile passes this on to the client.
    pub async fn receive(&self, frame: Bytes) {
        if frame.is_empty() {
            return;
        }
        let count = messages(&frame).take(self.message_burst + 1).count();
        if count > self.message_burst {
            self.outbox.close(Close::TooLarge);
            return;
        }
        self.messages.keep(count).await;
        self.bytes.keep(frame.len()).await;
        let space = self.room.space_for(frame.len()).await;
        let command = Command::Frame(self.number, frame, space);
        if self.room.send(command).await.is_err() {
            self.outbox.close(Close::TryAgainLater);
        }
    }

    /// Closes the connection from this side: [`next`](Self::next) says so.
    pub fn close(&self, close: Close) {
        self.outbox.close(close);
    }

    /// Whether what let its client in holds no longer.
    pub(crate) fn has_expired(&self) -> bool {
        self.expires
            .is_some_and(|expires| expires <= Instant::now())
    }

    /// What to send over the connection next. May be dropped and called again; only the last who
    /// waits is told.
    pub async fn next(&self) -> Outgoing {
        tokio::select! {
            biased;
            () = due(self.expires) => self.close(Close::Expired),
            outgoing = self.outbox.next() => return outgoing,
        }
        self.outbox.next().await
    }

    /// What the document says, once all of it is durable.
    pub(crate) async fn content(&self) -> Result<Content> {
        let (answer, content) = oneshot::channel();
        let asked = self.room.send(Command::Read(answer)).await;
        asked.map_err(|_| closing())?;
        content.await.map_err(|_| closing())
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        // A room that is too busy to hear it sees that nobody holds the outbox.
        let _ = self.room.try_send(Command::Leave(self.number));
    }
}
