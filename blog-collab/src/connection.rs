use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::Bytes;
use futures::{Sink, SinkExt, Stream, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::{Close, Outgoing, Participant};

/// How long the smallest frame may take to be sent. Whoever does not read for so long is gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// A line that carries fewer bytes in a second is too slow.
const SLOWEST: usize = 64 << 10;
/// How often a client is asked for a sign of life.
const PING: Duration = Duration::from_secs(30);
/// Who gives none for so long is gone, though nothing has closed the connection. A large message may
/// take that long over a slow line, and no pong comes before it.
const SILENCE: Duration = Duration::from_secs(180);
/// How long a client may take to see that it was closed. A connection that ends with bytes that
/// nobody has read is reset, and the close code may be lost with it.
const GOODBYE: Duration = Duration::from_secs(2);

impl Participant {
    /// Carries bytes between the room and a connection, until either ends it.
    ///
    /// `incoming` gives the payload of every binary message, nothing (no bytes) for a ping or pong, or
    /// how to close the connection after something else or too much; its end is the client's goodbye.
    /// `outgoing` gets what the room says, a ping every 30 s, and the close last. Neither is read
    /// further ahead than the other side can take. Who gives no sign of life for 3 minutes, not even a
    /// pong, is gone.
    pub async fn serve(
        self,
        incoming: impl Stream<Item = Result<Bytes, Close>>,
        outgoing: impl Sink<Outgoing>,
    ) {
        let (mut incoming, outgoing) = (pin!(incoming), pin!(outgoing));
        let is_closed = tokio::select! {
            is_closed = self.send_to(outgoing) => is_closed,
            () = self.receive_from(incoming.as_mut()) => false,
        };
        drop(self);
        if is_closed {
            let rest = async { while incoming.next().await.is_some() {} };
            // Whoever has not gone by now is left.
            let _ = timeout(GOODBYE, rest).await;
        }
    }

    /// Until the connection is closed, and the client told so, or it does not read any more.
    async fn send_to<Out: Sink<Outgoing>>(&self, mut outgoing: Pin<&mut Out>) -> bool {
        let mut ping = interval_at(Instant::now() + PING, PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let next = tokio::select! {
                next = self.next() => next,
                _ = ping.tick() => Outgoing::Ping,
            };
            let is_close = matches!(next, Outgoing::Close(_));
            let sent = timeout(patience(&next), outgoing.send(next)).await;
            if is_close || !matches!(sent, Ok(Ok(()))) {
                return is_close;
            }
        }
    }

    /// Until the client says goodbye, or falls silent. After what cannot be read,
    /// [`send_to`](Self::send_to) ends the connection, with the reason.
    async fn receive_from<In>(&self, mut incoming: Pin<&mut In>)
    where
        In: Stream<Item = Result<Bytes, Close>>,
    {
        while let Ok(Some(frame)) = timeout(SILENCE, incoming.next()).await {
            match frame {
                Ok(frame) => self.receive(frame).await,
                Err(close) => {
                    self.close(close);
                    return std::future::pending().await;
                }
            }
        }
    }
}

/// How long this may take to be sent.
fn patience(outgoing: &Outgoing) -> Duration {
    let bytes = match outgoing {
        Outgoing::Frame(frame) => frame.len(),
        Outgoing::Ping | Outgoing::Close(_) => 0,
    };
    PATIENCE + Duration::from_secs((bytes / SLOWEST) as u64)
}
