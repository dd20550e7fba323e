use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::task::AtomicWaker;

use crate::Close;
use crate::wire::message::{Message, messages};

/// What waits to be sent to one connection, bounded in bytes. Who does not read in time loses its
/// place, and never a single frame out of the middle. The first frame of all that wait may be larger,
/// and one answer at a time does not count: it may be as large as the document.
#[derive(Debug)]
pub(crate) struct Outbox {
    waiting: Mutex<Waiting>,
    /// Wakes the connection: it alone waits.
    changed: AtomicWaker,
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
    frames: VecDeque<Frame>,
    /// Of all frames but the answer that does not count.
    bytes: usize,
    has_answer: bool,
    needs_ping: bool,
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
            changed: AtomicWaker::new(),
            capacity,
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
        match self.capacity {
            Capacity::Bytes(limit) => waiting.add(bytes, is_answer, limit),
            Capacity::Newest if is_update(&bytes) => {
                let counts = false;
                waiting.frames = [Frame { bytes, counts }].into();
            }
            Capacity::Newest => return,
        }
        drop(waiting);
        self.changed.wake();
    }

    /// Asks the client for a sign of life, before what waits is sent.
    pub(crate) fn ping(&self) {
        self.waiting().needs_ping = true;
        self.changed.wake();
    }

    /// Closes the connection once what waits is sent.
    pub(crate) fn close(&self, close: Close) {
        self.waiting().close.get_or_insert(close);
        self.changed.wake();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.waiting().close.is_some()
    }

    /// The next thing to send. Nothing is lost if the future is dropped.
    pub(crate) async fn next(&self) -> Outgoing {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&self, context: &mut Context<'_>) -> Poll<Outgoing> {
        if let Some(next) = self.take(usize::MAX) {
            return Poll::Ready(next);
        }
        self.changed.register(context.waker());
        // Something may have come before that.
        self.take(usize::MAX).map_or(Poll::Pending, Poll::Ready)
    }

    /// The next thing to send, if it is there and has no more bytes than these.
    pub(crate) fn take(&self, at_most: usize) -> Option<Outgoing> {
        let mut waiting = self.waiting();
        // Where frames never end, there would be no time for it behind them.
        if std::mem::take(&mut waiting.needs_ping) && waiting.close.is_none() {
            return Some(Outgoing::Ping);
        }
        if waiting.frames.is_empty() {
            return waiting.close.map(Outgoing::Close);
        }
        let Frame { bytes, counts } = waiting
            .frames
            .pop_front_if(|frame| frame.bytes.len() <= at_most)?;
        match counts {
            true => waiting.bytes -= bytes.len(),
            false => waiting.has_answer = false,
        }
        Some(Outgoing::Frame(bytes))
    }
}

impl Waiting {
    fn add(&mut self, bytes: Bytes, is_answer: bool, limit: usize) {
        let is_first = self.bytes == 0;
        let counts = !is_answer || std::mem::replace(&mut self.has_answer, true);
        if counts {
            self.bytes += bytes.len();
        }
        if self.bytes > limit && !is_first {
            *self = Self {
                close: Some(Close::TryAgainLater),
                ..Self::default()
            };
        } else {
            self.frames.push_back(Frame { bytes, counts });
        }
    }
}

fn is_update(frame: &[u8]) -> bool {
    matches!(messages(frame).next(), Some(Ok(Message::Update(_))))
}
