use async_trait::async_trait;
use blog_core::Result;
use blog_core::ports::{Subscription, Transport};
use bytes::Bytes;
use redis::cmd;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::Redis;
use crate::error::Failure;
use crate::listener::{Listen, Listener};

/// How many calls wait for the listener.
const WAITING: usize = 64;

/// [`Transport`] over Redis's channels. Clones share one connection to listen on, which ends with
/// the last of them, and so do their subscriptions.
#[derive(Debug, Clone)]
pub struct RedisTransport {
    redis: Redis,
    listener: mpsc::Sender<Listen>,
}

impl RedisTransport {
    /// The topics of all who use this Redis with the same key prefix. Connects in the background.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn new(redis: &Redis) -> Self {
        let (listener, calls) = mpsc::channel(WAITING);
        tokio::spawn(Listener::new(redis.line(), calls).run());
        let redis = redis.clone();
        Self { redis, listener }
    }

    fn channel(&self, topic: &str) -> String {
        self.redis.name("topic", topic)
    }
}

#[async_trait]
impl Transport for RedisTransport {
    async fn publish(&self, topic: &str, message: Bytes) -> Result<()> {
        let mut publish = cmd("PUBLISH");
        publish.arg(self.channel(topic)).arg(message.as_ref());
        Ok(self.redis.call(&publish).await?)
    }

    async fn subscribe(&self, topic: &str) -> Result<Subscription> {
        let (answer, answered) = oneshot::channel();
        let channel = self.channel(topic);
        let asking = async {
            let listen = Listen { channel, answer };
            self.listener.send(listen).await.ok()?;
            answered.await.ok()
        };
        let answer = timeout(self.redis.line().config.timeout, asking).await;
        let receiver = answer
            .map_err(|_| Failure::TimedOut)?
            .unwrap_or(Err(Failure::NotConnected))?;
        Ok(Subscription::new(receiver))
    }
}
