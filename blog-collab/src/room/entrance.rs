use std::sync::Arc;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

use super::Command;

/// Commands that wait for a room.
const COMMANDS: usize = 256;

/// The way into a room. What goes in takes up space until it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Entrance {
    commands: mpsc::Sender<Command>,
    changed: Arc<Notify>,
    space: Arc<Semaphore>,
    bytes: u32,
}

/// The room's end of the way in.
#[derive(Debug)]
pub(crate) struct Requests {
    pub(crate) commands: mpsc::Receiver<Command>,
    /// The post has changed.
    pub(super) changed: Arc<Notify>,
}

/// The room is gone, or has too much to do.
#[derive(Debug)]
pub(crate) struct NotTaken;

/// Bytes that are on their way into the store.
pub(crate) type Space = OwnedSemaphorePermit;

impl Entrance {
    /// The way into a room that has space for so many bytes, and the room's end of it.
    pub(crate) fn new(bytes: u32) -> (Self, Requests) {
        let (commands, receiver) = mpsc::channel(COMMANDS);
        let changed = Arc::new(Notify::new());
        let requests = Requests {
            commands: receiver,
            changed: Arc::clone(&changed),
        };
        let entrance = Self {
            commands,
            changed,
            space: Arc::new(Semaphore::new(bytes as usize)),
            bytes,
        };
        (entrance, requests)
    }

    /// Waits for space. What needs more than there is gets all of it.
    pub(crate) async fn space_for(&self, bytes: usize) -> Option<Space> {
        let bytes = u32::try_from(bytes).map_or(self.bytes, |bytes| bytes.min(self.bytes));
        // Nobody closes the semaphore.
        let space = Arc::clone(&self.space).acquire_many_owned(bytes).await;
        space.ok()
    }

    /// Hands a command over, and waits while too many do.
    pub(crate) async fn send(&self, command: Command) -> Result<(), NotTaken> {
        let sent = self.commands.send(command).await;
        sent.map_err(|_| NotTaken)
    }

    /// Hands a command over, if it need not wait.
    pub(crate) fn try_send(&self, command: Command) -> Result<(), NotTaken> {
        let sent = self.commands.try_send(command);
        sent.map_err(|_| NotTaken)
    }

    /// Says that the post has changed. However busy the room is, it is not missed.
    pub(crate) fn note_change(&self) {
        self.changed.notify_one();
    }

    /// Whether the room is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.commands.is_closed()
    }

    /// Waits until the room is gone.
    pub(crate) async fn closed(&self) {
        self.commands.closed().await;
    }
}
