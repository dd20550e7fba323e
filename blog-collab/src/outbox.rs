use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::Close;
use crate::wire::message::{Message, messages};

/// What waits to be sent to one connection, bounded in bytes. Who does not read in time loses its
/// place, and never a single frame out of the middle.
#[derive(Debug)]
pub(crate) struct Outbox {
    waiting: Mutex<Waiting>,
    changed: Notify,
    capacity: Capacity,
}

/// What an outbox has room for.
#[derive(Debug)]
enum Capacity {
    /// So many bytes.
    Bytes(usize),
    /// The newest update: to a program the others say nothing.
    Newest,
}

#[derive(Debug, Default)]
struct Waiting {
    frames: VecDeque<Bytes>,
    bytes: usize,
    close: Option<Close>,
}

/// What a connection is to send next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// A binary frame.
    Frame(Bytes),
    /// Nothing more: the end, and why.
    Close(Close),
}

impl Outbox {
    /// For a connection, which gets every frame.
    pub(crate) fn of_bytes(limit: usize) -> Self {
        Self::new(Capacity::Bytes(limit))
    }

    /// For a program, which gets to know that the document has changed.
    pub(crate) fn of_newest() -> Self {
        Self::new(Capacity::Newest)
    }

    fn new(capacity: Capacity) -> Self {
        Self {
            waiting: Mutex::default(),
            changed: Notify::new(),
            capacity,
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a frame behind those that wait; one too many closes the connection.
    pub(crate) fn push(&self, frame: Bytes) {
        let mut waiting = self.waiting();
        if waiting.close.is_some() {
            return;
        }
        match self.capacity {
            Capacity::Newest if is_update(&frame) => {
                waiting.bytes = frame.len();
                waiting.frames = [frame].into();
            }
            Capacity::Newest => return,
            // One frame may be larger than the limit: the first that a connection gets is the
            // document.
            Capacity::Bytes(limit)
                if !waiting.frames.is_empty() && waiting.bytes + frame.len() > limit =>
            {
                *waiting = Waiting {
                    close: Some(Close::TryAgainLater),
                    ..Waiting::default()
                };
            }
            Capacity::Bytes(_) => {
                waiting.bytes += frame.len();
                waiting.frames.push_back(frame);
            }
        }
        drop(waiting);
        self.changed.notify_one();
    }

    /// Closes the connection once what waits is sent.
    pub(crate) fn close(&self, close: Close) {
        self.waiting().close.get_or_insert(close);
        self.changed.notify_one();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.waiting().close.is_some()
    }

    /// The next thing to send. Nothing is lost if the future is dropped.
    pub(crate) async fn next(&self) -> Outgoing {
        loop {
            {
                let mut waiting = self.waiting();
                if let Some(frame) = waiting.frames.pop_front() {
                    waiting.bytes -= frame.len();
                    return Outgoing::Frame(frame);
                }
                if let Some(close) = waiting.close {
                    return Outgoing::Close(close);
                }
            }
            self.changed.notified().await;
        }
    }
}

fn is_update(frame: &[u8]) -> bool {
    matches!(messages(frame).next(), Some(Ok(Message::Update(_))))
}
