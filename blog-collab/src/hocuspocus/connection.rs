//! Between one connection and the documents that are open over it.

use std::collections::HashMap;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, Sink, Stream, StreamExt};
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::time::{
    Duration, Instant, Interval, MissedTickBehavior, interval_at, timeout, timeout_at,
};

use super::Admitted;
use super::message::{FromClient, PING_FRAME, PONG_FRAME, ToClient};
use super::open_document::{OpenDocument, Said};
use crate::connection::{GOODBYE, PING, SILENCE, length, send_together};
use crate::first::first;
use crate::pace::Pace;
use crate::{Close, Hub, Outgoing};

/// Documents that one connection may have open.
const MOST: usize = 64;
/// How often it is looked whether a connection has any: one without is closed at the second time.
const UNUSED: Duration = Duration::from_secs(120);
/// Frames that may wait for a client that does not read: then nothing more is passed on.
const FRAMES: usize = 16;
/// What a client says about one document that may wait for it.
const SAID: usize = 256;
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
    Admitting: Future<Output = blog_core::Result<Admitted>>,
{
    let mut incoming = Box::pin(incoming);
    let (to_send, sending) = mpsc::channel(FRAMES);
    let (to_open, opening) = mpsc::channel(1);
    let reader = Reader {
        hub,
        admit,
        documents: Documents::default(),
        places: Arc::new(Semaphore::new(MOST)),
        space: Arc::new(Semaphore::new(hub.options().message_bytes)),
        tokens: Pace::new(TOKENS_PER_SECOND),
        to_send,
        to_open,
    };
    let mut open = Box::pin(run(opening));
    let reading = reader.read(incoming.as_mut());
    let talking = first(send(sending, Box::pin(outgoing)), reading.map(|()| false));
    // Documents run at least as long as somebody reads.
    let is_closed = first(talking, open.as_mut().map(|()| false)).await;
    if is_closed {
        drop(open);
        let rest = async { while incoming.next().await.is_some() {} };
        // Whoever has not gone by now is left.
        let _ = timeout(GOODBYE, rest).await;
    } else {
        drop(incoming);
        // What the client has said goes into the rooms still.
        let _ = timeout(hub.options().store_patience, open).await;
    }
}

/// The half of a connection that reads what its client says.
struct Reader<'a, Admit> {
    hub: &'a Hub,
    admit: &'a Admit,
    documents: Documents,
    /// Documents that may be open beside those that are.
    places: Arc<Semaphore>,
    /// Bytes that may have been read, and wait for a room to take them.
    space: Arc<Semaphore>,
    tokens: Pace,
    to_send: mpsc::Sender<Outgoing>,
    to_open: mpsc::Sender<OpenDocument<'a, Admit>>,
}

/// The documents by what the client calls them.
#[derive(Debug, Default)]
struct Documents(HashMap<String, Document>);

#[derive(Debug, Default)]
struct Document {
    /// Where it hears what the client says; none once the client has left it.
    said: Option<mpsc::Sender<Said>>,
    /// Held by the one that is open under the address.
    turn: Arc<Mutex<()>>,
}

impl<Admit> Reader<'_, Admit> {
    /// Until the client says goodbye, or falls silent. After what cannot be read, [`send`] ends the
    /// connection, with the reason.
    async fn read<In>(mut self, mut incoming: Pin<&mut In>)
    where
        In: Stream<Item = Result<Bytes, Close>>,
    {
        let mut looks = every(UNUSED);
        let mut was_used = true;
        let mut heard_at = Instant::now();
        let close = loop {
            let received = tokio::select! {
                biased;
                received = timeout_at(heard_at + SILENCE, incoming.next()) => received,
                _ = looks.tick() => {
                    let is_used = self.places.available_permits() < MOST;
                    if !is_used && !was_used {
                        break Close::Expired;
                    }
                    was_used = is_used;
                    continue;
                }
            };
            let received = match received {
                // A ping or pong.
                Ok(Some(Ok(frame))) if frame.is_empty() => Ok(()),
                Ok(Some(Ok(frame))) => self.on_frame(&frame).await,
                Ok(Some(Err(close))) => Err(close),
                Ok(None) | Err(_) => return,
            };
            if let Err(close) = received {
                break close;
            }
            heard_at = Instant::now();
        };
        self.send(Outgoing::Close(close)).await;
        pending().await
    }

    async fn on_frame(&mut self, frame: &Bytes) -> Result<(), Close> {
        match FromClient::read(frame).map_err(|_| Close::Malformed)? {
            FromClient::Auth { address, token } => {
                self.tokens.keep(1).await;
                self.on_token(address, token.to_owned()).await?;
            }
            FromClient::ForDocument { address, message } => {
                let bytes = message.len().min(self.hub.options().message_bytes);
                let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
                let space = Arc::clone(&self.space).acquire_many_owned(bytes).await;
                // Nobody closes the semaphore.
                if let Ok(space) = space {
                    let said = Said::Message(frame.slice_ref(message), space);
                    // What is not open hears nothing.
                    let _ = self.tell(address, said).await?;
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
    async fn on_token(&mut self, address: &str, token: String) -> Result<(), Close> {
        let Err(Said::Token(token)) = self.tell(address, Said::Token(token)).await? else {
            return Ok(());
        };
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            let denied = ToClient::Denied("too many documents on one connection");
            let denied = denied.to_frame(address).into();
            self.send(Outgoing::Frame(denied)).await;
            return Ok(());
        };
        let (said, heard) = mpsc::channel(SAID);
        let client = said.downgrade();
        let document = OpenDocument {
            hub: self.hub,
            admit: self.admit,
            address: address.to_owned(),
            token,
            heard,
            client,
            to_send: self.to_send.clone(),
            turn: self.documents.add(address, said),
            _place: place,
        };
        // Whoever runs it is there as long as the connection.
        let _ = self.to_open.send(document).await;
        Ok(())
    }

    /// Lets a document hear this; gives it back where none is open under that address. Whoever says more
    /// than one takes in for as long as a store may take has to come again.
    async fn tell(&self, address: &str, said: Said) -> Result<Result<(), Said>, Close> {
        let telling = self.documents.tell(address, said);
        let told = timeout(self.hub.options().store_patience, telling).await;
        told.map_err(|_| Close::TryAgainLater)
    }

    async fn send(&self, outgoing: Outgoing) {
        // Nobody may be left to send it.
        let _ = self.to_send.send(outgoing).await;
    }
}

impl Documents {
    async fn tell(&self, address: &str, said: Said) -> Result<(), Said> {
        let document = self.0.get(address);
        match document.and_then(|document| document.said.as_ref()) {
            Some(document) => document.send(said).await.map_err(|unheard| unheard.0),
            None => Err(said),
        }
    }

    /// Puts another in the place of the one that was open under this address; answers whose turn it is.
    fn add(&mut self, address: &str, said: mpsc::Sender<Said>) -> Arc<Mutex<()>> {
        // Those that have ended hold it no more.
        self.0
            .retain(|_, document| Arc::strong_count(&document.turn) > 1);
        let document = self.0.entry(address.to_owned()).or_default();
        document.said = Some(said);
        Arc::clone(&document.turn)
    }

    fn leave(&mut self, address: &str) {
        if let Some(document) = self.0.get_mut(address) {
            document.said = None;
        }
    }
}

/// Runs documents as they are opened, each until it ends, and until no more can be.
async fn run<Admit, Admitting>(mut opening: mpsc::Receiver<OpenDocument<'_, Admit>>)
where
    Admit: Fn(String, String) -> Admitting,
    Admitting: Future<Output = blog_core::Result<Admitted>>,
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
    mut outgoing: Pin<Box<Out>>,
) -> bool {
    let (mut pings, mut quiet) = (every(PING), every(QUIET));
    // What did not go together with others.
    let mut held: Option<Outgoing> = None;
    loop {
        let next = match held.take() {
            Some(next) => next,
            None => tokio::select! {
                Some(next) = sending.recv() => next,
                _ = pings.tick() => Outgoing::Ping,
                _ = quiet.tick() => Outgoing::Frame(Bytes::from_static(PING_FRAME)),
            },
        };
        if matches!(next, Outgoing::Frame(_)) {
            quiet.reset();
        }
        let more = |at_most| {
            held = sending.try_recv().ok();
            held.take_if(|next| length(next) <= at_most)
        };
        if let Some(is_closed) = send_together(outgoing.as_mut(), next, more).await {
            return is_closed;
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
