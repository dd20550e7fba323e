use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use blog_core::ports::Delivery;
use bytes::Bytes;
use futures::StreamExt;
use redis::Msg;
use redis::aio::{PubSubSink, PubSubStream};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{Instant, interval, sleep, timeout};

use crate::error::{Failure, Result};
use crate::line::Line;
use crate::pauses::Pauses;

/// How many messages wait for a slow subscriber, for whose places there is memory from the beginning.
const WAITING: usize = 256;

/// How many bytes of them, and one message more.
const WAITING_BYTES: usize = 8 << 20;

/// How many channels one command names.
const AT_ONCE: usize = 256;

/// One call to listen to a channel, and where its answer goes.
#[derive(Debug)]
pub(crate) struct Listen {
    pub(crate) channel: String,
    pub(crate) answer: oneshot::Sender<Result<broadcast::Receiver<Delivery>>>,
}

/// Listens to channels on one connection, until nobody can ask it any more.
///
/// A subscriber that is away or slow holds nobody up, because a broadcast never waits; and so what
/// the connection has received is fetched at once, and does not pile up there.
pub(crate) struct Listener {
    line: Arc<Line>,
    calls: mpsc::Receiver<Listen>,
    channels: HashMap<String, Channel>,
    /// Why there is no connection. Nothing has gone wrong before the first.
    failure: Option<Failure>,
}

/// A channel that somebody listens to.
struct Channel {
    subscribers: broadcast::Sender<Delivery>,
    /// How large the messages are that wait, and some before them.
    sizes: VecDeque<usize>,
    /// Bytes of all of these.
    bytes: usize,
}

impl Channel {
    fn new() -> Self {
        Self {
            subscribers: broadcast::Sender::new(WAITING),
            sizes: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Passes a message on, or that it is missed where too many bytes wait already.
    fn deliver(&mut self, message: &[u8]) {
        while self.sizes.len() > self.subscribers.len() {
            self.bytes -= self.sizes.pop_front().unwrap_or_default();
        }
        let has_room = self.sizes.is_empty() || self.bytes + message.len() <= WAITING_BYTES;
        if !has_room {
            return self.miss();
        }
        self.send(
            Delivery::Message(Bytes::copy_from_slice(message)),
            message.len(),
        );
    }

    /// Says that messages may have been lost.
    fn miss(&mut self) {
        self.send(Delivery::Missed, 0);
    }

    fn send(&mut self, delivery: Delivery, bytes: usize) {
        self.bytes += bytes;
        self.sizes.push_back(bytes);
        // Without a subscriber the channel is left when it is looked after next.
        let _ = self.subscribers.send(delivery);
    }
}

/// What becomes of the listener.
enum Next {
    Reconnect(Failure),
    Stop,
}

struct Connected {
    sink: PubSubSink,
    messages: PubSubStream,
}

impl Listener {
    pub(crate) fn new(line: &Arc<Line>, calls: mpsc::Receiver<Listen>) -> Self {
        Self {
            line: Arc::clone(line),
            calls,
            channels: HashMap::new(),
            failure: None,
        }
    }

    pub(crate) async fn run(mut self) {
        let mut pauses = Pauses::new(self.line.config.pause);
        loop {
            let Some(connected) = self.connect().await else {
                return;
            };
            match connected {
                Ok(connected) => {
                    let since = Instant::now();
                    match self.listen(connected).await {
                        Next::Reconnect(failure) => self.failure = Some(failure),
                        Next::Stop => return,
                    }
                    pauses.after_connection(since);
                }
                Err(failure) => self.failure = Some(failure),
            }
            if self.refuse_during(sleep(pauses.next())).await.is_none() {
                return;
            }
        }
    }

    /// Connects, or `None` once nobody can ask any more.
    async fn connect(&mut self) -> Option<Result<Connected>> {
        let line = Arc::clone(&self.line);
        let connecting = timeout(line.config.connect_timeout, line.server.listen());
        // Those who call before the first attempt has failed may wait for it.
        let connection = match self.failure {
            None => connecting.await,
            Some(_) => self.refuse_during(connecting).await?,
        };
        Some(
            connection
                .unwrap_or(Err(Failure::TimedOut))
                .map(|connection| {
                    let (sink, messages) = connection.split();
                    Connected { sink, messages }
                }),
        )
    }

    /// Answers every call with the failure while `work` is done; `None` once nobody can call.
    async fn refuse_during<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Some(done),
                call = self.calls.recv() => {
                    let failure = self.failure.clone().unwrap_or(Failure::NotConnected);
                    // Whoever does not wait any more needs no answer, here and below.
                    let _ = call?.answer.send(Err(failure));
                }
            }
        }
    }

    /// Passes messages on until the connection fails.
    async fn listen(&mut self, mut connected: Connected) -> Next {
        if let Err(failure) = self.resume(&mut connected).await {
            return Next::Reconnect(failure);
        }
        let mut looks = interval(self.line.config.pause);
        let mut calls = Vec::with_capacity(AT_ONCE);
        loop {
            let done = tokio::select! {
                message = connected.messages.next() => match message {
                    Some(message) => {
                        deliver(&mut self.channels, &message);
                        Ok(())
                    }
                    None => Err(Failure::NotConnected),
                },
                count = self.calls.recv_many(&mut calls, AT_ONCE) => match count {
                    0 => return Next::Stop,
                    _ => self.answer(&mut connected, &mut calls).await,
                },
                _ = looks.tick() => self.look_after(&mut connected).await,
            };
            if let Err(failure) = done {
                return Next::Reconnect(failure);
            }
        }
    }

    /// Listens on a new connection to what the last one listened to.
    ///
    /// Subscribers are told of their loss after it: whoever looks for what it missed will hear of
    /// all that comes later.
    async fn resume(&mut self, connected: &mut Connected) -> Result<()> {
        self.channels
            .retain(|_, channel| channel.subscribers.receiver_count() > 0);
        let names: Vec<_> = self.channels.keys().cloned().collect();
        for names in names.chunks(AT_ONCE) {
            self.subscribe(connected, names).await?;
        }
        for channel in self.channels.values_mut() {
            channel.miss();
        }
        Ok(())
    }

    /// Subscribes those who call. An error means that the connection is of no more use.
    async fn answer(&mut self, connected: &mut Connected, calls: &mut Vec<Listen>) -> Result<()> {
        let mut new = Vec::new();
        let mut subscribed = Vec::with_capacity(calls.len());
        for Listen { channel, answer } in calls.drain(..) {
            let entry = self.channels.entry(channel.clone());
            let channel = entry.or_insert_with(|| {
                new.push(channel);
                Channel::new()
            });
            subscribed.push((answer, channel.subscribers.subscribe()));
        }
        let result = self.subscribe(connected, &new).await;
        if result.is_err() {
            for channel in new {
                self.channels.remove(&channel);
            }
        }
        for (answer, receiver) in subscribed {
            let _ = answer.send(result.clone().map(|()| receiver));
        }
        match result {
            Err(failure) if failure.ends_connection() => Err(failure),
            _ => Ok(()),
        }
    }

    async fn subscribe(&mut self, connected: &mut Connected, names: &[String]) -> Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let mut sink = connected.sink.clone();
        self.deliver_during(connected, sink.subscribe(names)).await
    }

    /// Leaves the channels that nobody listens to, and finds out whether Redis is still there.
    async fn look_after(&mut self, connected: &mut Connected) -> Result<()> {
        let mut left = Vec::new();
        self.channels.retain(|name, channel| {
            let is_heard = channel.subscribers.receiver_count() > 0;
            if !is_heard {
                left.push(name.clone());
            }
            is_heard
        });
        let mut sink = connected.sink.clone();
        for names in left.chunks(AT_ONCE) {
            self.deliver_during(connected, sink.unsubscribe(names))
                .await?;
        }
        self.deliver_during(connected, sink.ping()).await
    }

    /// Passes messages on while Redis answers a command, for no longer than a call may take.
    async fn deliver_during(
        &mut self,
        connected: &mut Connected,
        command: impl Future<Output = redis::RedisResult<()>>,
    ) -> Result<()> {
        let answering = timeout(self.line.config.timeout, command);
        tokio::pin!(answering);
        loop {
            tokio::select! {
                answer = &mut answering => return Ok(answer.map_err(|_| Failure::TimedOut)??),
                Some(message) = connected.messages.next() => deliver(&mut self.channels, &message),
            }
        }
    }
}

fn deliver(channels: &mut HashMap<String, Channel>, message: &Msg) {
    if let Some(channel) = channels.get_mut(message.get_channel_name()) {
        channel.deliver(message.get_payload_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_a_slow_subscriber_is_bounded_in_bytes_and_it_hears_what_it_missed() {
        let mut channel = Channel::new();
        let mut slow = channel.subscribers.subscribe();
        let large = vec![0; WAITING_BYTES / 2];
        for _ in 0..3 {
            channel.deliver(&large);
        }
        let mut heard = vec![];
        while let Ok(delivery) = slow.try_recv() {
            heard.push(matches!(delivery, Delivery::Message(_)));
        }
        assert_eq!(heard, [true, true, false]);
        // Once it has read them, there is room again, for one that is larger too.
        channel.deliver(&vec![0; 2 * WAITING_BYTES]);
        assert!(matches!(slow.try_recv(), Ok(Delivery::Message(_))));
    }
}
