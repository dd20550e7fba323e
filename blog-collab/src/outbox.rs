use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::Close;

/// What waits to be sent to one connection, bounded in bytes. Who does not read in time loses its
/// place, and never a single frame out of the middle.
#[derive(Debug)]
pub(crate) struct Outbox {
    waiting: Mutex<Waiting>,
    changed: Notify,
    limit: usize,
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
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            changed: Notify::new(),
            limit,
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
        // One frame may be larger than the limit: the first that a connection gets is the document.
        if !waiting.frames.is_empty() && waiting.bytes + frame.len() > self.limit {
            *waiting = Waiting {
                close: Some(Close::TryAgainLater),
                ..Waiting::default()
            };
        } else {
            waiting.bytes += frame.len();
            waiting.frames.push_back(frame);
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
