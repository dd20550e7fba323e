//! Between one connection and the documents that are open over it.

use std::collections::HashMap;
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, Sink, Stream, StreamExt};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Duration, Instant, MissedTickBehavior, interval_at, timeout, timeout_at};

use super::Admission;
use super::message::{FromClient, PING_FRAME, PONG_FRAME, ToClient};
use super::open_document::{OpenDocument, Said};
use crate::connection::{GOODBYE, PING, SILENCE, send_together};
use crate::first::first;
use crate::pace::Pace;
use crate::{Close, Hub, Outgoing};

/// Documents that one connection may have open.
const MOST: usize = 64;
/// How long a connection may be open without any.
const UNUSED: Duration = Duration::from_secs(30);
/// Frames that may wait for a client that does not read: then nothing more is passed on.
const FRAMES: usize = 16;
/// What a client says about one document that may wait for it.
const SAID: usize = 16;
/// Tokens that a client may bring in a second for long.
const TOKENS_PER_SECOND: u32 = 16;
/// A client that hears nothing for 30 s comes again.
const QUIET: Duration = Duration::from_secs(20);

/// Carries bytes until either side ends the connection: [`serve_documents`](super::serve_documents).
pub(super) async fn serve<Admit, Admitting>(
    hub: &Hub,
    admit: &Admit,
    incoming: impl Stream<Item = Result<Bytes, Close>>,
    outgoing: impl Sink<Outgoing>,
) where
    Admit: Fn(String, String) -> Admitting,
    Admitting: Future<Output = blog_core::Result<Admission>>,
{
    let (mut incoming, outgoing) = (pin!(incoming), pin!(outgoing));
    let (to_send, sending) = mpsc::channel(FRAMES);
    let (to_open, opening) = mpsc::channel(1);
    let receiver = Receiver {
        hub,
        admit,
        documents: Documents::default(),
        space: Arc::new(Semaphore::new(hub.options().message_bytes)),
        tokens: Pace::new(TOKENS_PER_SECOND),
        to_send,
        to_open,
    };
    let mut open = pin!(run(opening));
    let receiving = receiver.receive(incoming.as_mut());
    let talking = first(send(sending, outgoing), receiving.map(|()| false));
    let is_closed = first(talking, open.as_mut().map(|()| false)).await;
    if is_closed {
        let rest = async { while incoming.next().await.is_some() {} };
        // Whoever has not gone by now is left.
        let _ = timeout(GOODBYE, rest).await;
    } else {
        // What the client has said goes into the rooms still.
        open.await;
    }
}

/// The half of a connection that reads what its client says.
struct Receiver<'a, Admit> {
    hub: &'a Hub,
    admit: &'a Admit,
    documents: Documents,
    /// Bytes that may have been read, and wait for a room to take them.
    space: Arc<Semaphore>,
    tokens: Pace,
    to_send: mpsc::Sender<Outgoing>,
    to_open: mpsc::Sender<OpenDocument<'a, Admit>>,
}

/// The open documents, by what the client calls them. Those that have ended hear nothing any more.
#[derive(Debug, Default)]
struct Documents(HashMap<String, mpsc::Sender<Said>>);

impl<Admit> Receiver<'_, Admit> {
    /// Until the client says goodbye, or falls silent. After what cannot be read, [`send`] ends the
    /// connection, with the reason.
    async fn receive<In>(mut self, mut incoming: Pin<&mut In>)
    where
        In: Stream<Item = Result<Bytes, Close>>,
    {
        let mut used_at = Instant::now();
        let close = loop {
            if !self.documents.is_empty() {
                used_at = Instant::now();
            }
            let silent_at = Instant::now() + SILENCE;
            let unused_at = used_at + UNUSED;
            let ends_at = match self.documents.is_empty() {
                true => silent_at.min(unused_at),
                false => silent_at,
            };
            let received = match timeout_at(ends_at, incoming.next()).await {
                // A ping or pong.
                Ok(Some(Ok(frame))) if frame.is_empty() => continue,
                Ok(Some(Ok(frame))) => self.on_frame(&frame).await,
                Ok(Some(Err(close))) => Err(close),
                Err(_) if ends_at == unused_at => Err(Close::Expired),
                Ok(None) | Err(_) => return,
            };
            if let Err(close) = received {
                break close;
            }
        };
        self.send(Outgoing::Close(close)).await;
        pending().await
    }

    async fn on_frame(&mut self, frame: &Bytes) -> Result<(), Close> {
        match FromClient::read(frame).map_err(|_| Close::Malformed)? {
            FromClient::Auth { address, token } => {
                self.tokens.keep(1).await;
                self.on_token(address, token.to_owned()).await;
            }
            FromClient::ForDocument { address, message } => {
                let bytes = message.len().min(self.hub.options().message_bytes);
                let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
                let space = Arc::clone(&self.space).acquire_many_owned(bytes).await;
                // Nobody closes the semaphore.
                if let Ok(space) = space {
                    let said = Said::Message(frame.slice_ref(message), space);
                    // What is not open hears nothing.
                    let _ = self.documents.tell(address, said).await;
                }
            }
            FromClient::Close { address } => self.documents.leave(address),
            FromClient::Ping => {
                let pong = Bytes::from_static(PONG_FRAME);
                self.send(Outgoing::Frame(pong)).await;
            }
            FromClient::Nothing => {}
        }
        Ok(())
    }

    /// Opens a document, or takes note of who its client is by now.
    async fn on_token(&mut self, address: &str, token: String) {
        let Err(Said::Token(token)) = self.documents.tell(address, Said::Token(token)).await else {
            return;
        };
        let Some(heard) = self.documents.add(address) else {
            let denied = ToClient::Denied("too many documents on one connection");
            let denied = denied.to_frame(address).into();
            return self.send(Outgoing::Frame(denied)).await;
        };
        let document = OpenDocument {
            hub: self.hub,
            admit: self.admit,
            address: address.to_owned(),
            token,
            heard,
            to_send: self.to_send.clone(),
        };
        // Whoever runs it is there as long as the connection.
        let _ = self.to_open.send(document).await;
    }

    async fn send(&self, outgoing: Outgoing) {
        // Nobody may be left to send it.
        let _ = self.to_send.send(outgoing).await;
    }
}

impl Documents {
    /// Whether none is open.
    fn is_empty(&self) -> bool {
        self.0.values().all(mpsc::Sender::is_closed)
    }

    /// Lets a document hear this; gives it back where none is open under that address.
    async fn tell(&self, address: &str, said: Said) -> Result<(), Said> {
        match self.0.get(address) {
            Some(document) => document.send(said).await.map_err(|unheard| unheard.0),
            None => Err(said),
        }
    }

    /// What another document hears, if there may be another.
    fn add(&mut self, address: &str) -> Option<mpsc::Receiver<Said>> {
        self.0.retain(|_, document| !document.is_closed());
        (self.0.len() < MOST).then(|| {
            let (document, heard) = mpsc::channel(SAID);
            self.0.insert(address.to_owned(), document);
            heard
        })
    }

    fn leave(&mut self, address: &str) {
        self.0.remove(address);
    }
}

/// Runs documents as they are opened, each until it ends, and until no more can be.
async fn run<Admit, Admitting>(mut opening: mpsc::Receiver<OpenDocument<'_, Admit>>)
where
    Admit: Fn(String, String) -> Admitting,
    Admitting: Future<Output = blog_core::Result<Admission>>,
{
    let mut open = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(document) = opening.recv() => open.push(document.serve()),
            Some(()) = open.next() => {}
            else => return,
        }
    }
}

/// Until the connection is closed, and the client told so, or it does not read any more.
async fn send<Out: Sink<Outgoing>>(
    mut sending: mpsc::Receiver<Outgoing>,
    mut outgoing: Pin<&mut Out>,
) -> bool {
    let every = |period| {
        let mut ticks = interval_at(Instant::now() + period, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    };
    let (mut pings, mut quiet) = (every(PING), every(QUIET));
    loop {
        let next = tokio::select! {
            Some(next) = sending.recv() => next,
            _ = pings.tick() => Outgoing::Ping,
            _ = quiet.tick() => Outgoing::Frame(Bytes::from_static(PING_FRAME)),
        };
        if matches!(next, Outgoing::Frame(_)) {
            quiet.reset();
        }
        let more = |_| sending.try_recv().ok();
        if let Some(is_closed) = send_together(outgoing.as_mut(), next, more).await {
            return is_closed;
        }
    }
}
