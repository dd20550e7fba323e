use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::Close;

/// What waits to be sent to one connection, bounded in bytes. Who does not read in time loses its
/// place, and never a single frame out of the middle. The first frame of all that wait may be larger,
/// and one answer at a time does not count: it may be as large as the document.
#[derive(Debug)]
pub(crate) struct Outbox {
    waiting: Mutex<Waiting>,
    changed: Notify,
    limit: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    frames: VecDeque<Frame>,
    /// Of all frames but the answer that does not count.
    bytes: usize,
    has_answer: bool,
    close: Option<Close>,
}

#[derive(Debug)]
struct Frame {
    bytes: Bytes,
    counts: bool,
}

/// What a connection is to send next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// A binary frame.
    Frame(Bytes),
    /// A ping: whatever the client sends is a sign that it is still there.
    Ping,
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
        self.put(frame, false);
    }

    /// As [`push`](Self::push), for what the connection has asked for.
    pub(crate) fn answer(&self, frame: Bytes) {
        self.put(frame, true);
    }

    fn put(&self, bytes: Bytes, is_answer: bool) {
        let mut waiting = self.waiting();
        if waiting.close.is_some() {
            return;
        }
        let is_first = waiting.bytes == 0;
        let counts = !is_answer || std::mem::replace(&mut waiting.has_answer, true);
        if counts {
            waiting.bytes += bytes.len();
        }
        if waiting.bytes > self.limit && !is_first {
            *waiting = Waiting {
                close: Some(Close::TryAgainLater),
                ..Waiting::default()
            };
        } else {
            waiting.frames.push_back(Frame { bytes, counts });
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
                if let Some(Frame { bytes, counts }) = waiting.frames.pop_front() {
                    match counts {
                        true => waiting.bytes -= bytes.len(),
                        false => waiting.has_answer = false,
                    }
                    return Outgoing::Frame(bytes);
                }
                if let Some(close) = waiting.close {
                    return Outgoing::Close(close);
                }
            }
            self.changed.notified().await;
        }
    }
}
