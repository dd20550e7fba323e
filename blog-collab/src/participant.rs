use std::sync::Arc;

use blog_core::domain::Content;
use blog_core::{Error, Result};
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::outbox::{Outbox, Outgoing};
use crate::room::Command;

/// A place in a room: bytes go in, bytes come out, whatever carries them. Dropped, it is left.
#[derive(Debug)]
pub struct Participant {
    pub(crate) number: u64,
    pub(crate) room: mpsc::Sender<Command>,
    pub(crate) outbox: Arc<Outbox>,
}

impl Participant {
    /// Hands a frame from the connection to the room, which may hold several messages of the
    /// y-websocket protocol. Waits while the room has too much to do; whoever sends too much waits
    /// for himself.
    pub async fn receive(&self, frame: Bytes) {
        let command = Command::Frame(self.number, frame);
        if self.room.send(command).await.is_err() {
            self.outbox.close(crate::Close::TryAgainLater);
        }
    }

    /// Closes the connection from this side: [`next`](Self::next) says so.
    pub fn close(&self, close: crate::Close) {
        self.outbox.close(close);
    }

    /// What to send over the connection next. May be dropped and called again.
    pub async fn next(&self) -> Outgoing {
        self.outbox.next().await
    }
}

impl Participant {
    /// What the document says, once all of it is durable.
    pub(crate) async fn content(&self) -> Result<Content> {
        let (answer, content) = oneshot::channel();
        let asked = self.room.send(Command::Read(answer)).await;
        let closing = || Error::unavailable("the room is closing", true);
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
