use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures::{Sink, SinkExt, Stream, StreamExt, poll};
use tokio::time::{Instant, sleep_until, timeout};

use crate::first::first;
use crate::{Close, Outgoing, Participant};

/// How long the smallest frame may take to be sent. Whoever does not read for so long is gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// A line that carries fewer bytes in a second is too slow.
const SLOWEST: usize = 64 << 10;
/// Bytes of frames that wait which are sent in one go.
const TOGETHER: usize = 16 << 10;
/// How often a client is asked for a sign of life.
pub(crate) const PING: Duration = Duration::from_secs(30);
/// Who gives none for so long is gone, though nothing has closed the connection. A large message may
/// take that long over a slow line, and no pong comes before it.
pub(crate) const SILENCE: Duration = Duration::from_secs(180);
/// How long a client may take to see that it was closed. A connection that ends with bytes that
/// nobody has read is reset, and the close code may be lost with it.
pub(crate) const GOODBYE: Duration = Duration::from_secs(2);

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
        // Beside the half that is woken less often.
        let hearing = async {
            tokio::select! {
                biased;
                () = self.receive_from(incoming.as_mut()) => false,
                () = self.watch() => false,
            }
        };
        let is_closed = first(self.send_to(outgoing), hearing).await;
        drop(self);
        if is_closed {
            let rest = async { while incoming.next().await.is_some() {} };
            // Whoever has not gone by now is left.
            let _ = timeout(GOODBYE, rest).await;
        }
    }

    /// Until the connection is closed, and the client told so, or it does not read any more.
    async fn send_to<Out: Sink<Outgoing>>(&self, mut outgoing: Pin<&mut Out>) -> bool {
        loop {
            let next = self.outbox.next().await;
            let more = |at_most| self.outbox.take(at_most);
            if let Some(is_closed) = send_together(outgoing.as_mut(), next, more).await {
                return is_closed;
            }
        }
    }

    /// Asks for signs of life, until the connection expires. [`send_to`](Self::send_to) ends it then.
    async fn watch(&self) {
        loop {
            let ping = Instant::now() + PING;
            sleep_until(self.expires.map_or(ping, |expires| ping.min(expires))).await;
            if self.has_expired() {
                self.close(Close::Expired);
                return std::future::pending().await;
            }
            self.outbox.ping();
        }
    }

    /// Until the client says goodbye, or falls silent. After what cannot be read,
    /// [`send_to`](Self::send_to) ends the connection, with the reason.
    async fn receive_from<In>(&self, mut incoming: Pin<&mut In>)
    where
        In: Stream<Item = Result<Bytes, Close>>,
    {
        let mut heard_at = Instant::now();
        let mut silent = pin!(sleep_until(heard_at + SILENCE));
        loop {
            let frame = tokio::select! {
                biased;
                frame = incoming.next() => frame,
                () = &mut silent => {
                    if heard_at.elapsed() >= SILENCE {
                        return;
                    }
                    silent.as_mut().reset(heard_at + SILENCE);
                    continue;
                }
            };
            match frame {
                Some(Ok(frame)) => self.receive(frame).await,
                Some(Err(close)) => {
                    self.close(close);
                    return std::future::pending().await;
                }
                None => return,
            }
            heard_at = Instant::now();
        }
    }
}

/// Sends this, and what waits behind it and has no more than so many bytes, in one go. Answers at the
/// end of the connection, whether its client was told of it.
pub(crate) async fn send_together<Out: Sink<Outgoing>>(
    mut outgoing: Pin<&mut Out>,
    next: Outgoing,
    mut more: impl FnMut(usize) -> Option<Outgoing>,
) -> Option<bool> {
    let patience = patience(&next);
    let mut is_close = matches!(next, Outgoing::Close(_));
    let mut left = TOGETHER.saturating_sub(length(&next));
    let sent = {
        let mut sending = pin!(async {
            outgoing.feed(next).await?;
            while !is_close && let Some(another) = more(left) {
                left = left.saturating_sub(length(&another));
                is_close = matches!(another, Outgoing::Close(_));
                outgoing.feed(another).await?;
            }
            outgoing.flush().await
        });
        // Mostly the line takes it at once, and no timer is needed.
        match poll!(&mut sending) {
            Poll::Ready(sent) => Ok(sent),
            Poll::Pending => timeout(patience, sending).await,
        }
    };
    (is_close || !matches!(sent, Ok(Ok(())))).then_some(is_close)
}

/// How long it may take to be sent.
fn patience(outgoing: &Outgoing) -> Duration {
    PATIENCE + Duration::from_secs((length(outgoing) / SLOWEST) as u64)
}

/// In bytes.
pub(crate) fn length(outgoing: &Outgoing) -> usize {
    match outgoing {
        Outgoing::Frame(frame) => frame.len(),
        Outgoing::Ping | Outgoing::Close(_) => 0,
    }
}
