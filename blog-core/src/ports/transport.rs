use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::broadcast;

use crate::error::Result;

/// Messages between nodes, by topic.
///
/// # Promises
///
/// 1. A message published after [`subscribe`](Transport::subscribe) has returned reaches every
///    subscriber of its topic, on this node too, and no other topic's, once and in its publisher's
///    order, as long as nothing fails.
/// 2. Where something fails, messages may be lost, repeated or reordered, but never changed; a
///    subscriber is told of a possible loss by [`Delivery::Missed`].
/// 3. Neither a slow subscriber nor a lost connection makes a publisher wait: a call ends within a
///    bounded time, and what waits for a subscriber is bounded.
/// 4. A transport that was away works again by itself, subscriptions included.
#[async_trait]
pub trait Transport: Send + Sync + std::fmt::Debug {
    /// Sends a message to the topic's subscribers.
    async fn publish(&self, topic: &str, message: Bytes) -> Result<()>;

    /// Listens to a topic, until the subscription is dropped.
    async fn subscribe(&self, topic: &str) -> Result<Subscription>;
}

/// What a subscriber gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// A message.
    Message(Bytes),
    /// Messages may have been lost here.
    Missed,
}

/// A place in a topic.
#[derive(Debug)]
pub struct Subscription(broadcast::Receiver<Delivery>);

impl Subscription {
    /// Gets what is sent to this receiver; what it is too slow for is missed.
    #[must_use]
    pub const fn new(receiver: broadcast::Receiver<Delivery>) -> Self {
        Self(receiver)
    }

    /// The next delivery; `None` once the transport is gone.
    pub async fn next(&mut self) -> Option<Delivery> {
        match self.0.recv().await {
            Ok(delivery) => Some(delivery),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Delivery::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
