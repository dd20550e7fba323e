use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::broadcast;

use crate::error::Result;
use crate::ports::{Delivery, Subscription, Transport};

/// How many messages wait for a slow subscriber.
const WAITING: usize = 1024;

/// [`Transport`] in memory. Clones are nodes of one network.
#[derive(Debug, Default, Clone)]
pub struct MemoryTransport(Arc<Mutex<HashMap<String, broadcast::Sender<Delivery>>>>);

#[async_trait]
impl Transport for MemoryTransport {
    async fn publish(&self, topic: &str, message: Bytes) -> Result<()> {
        let mut topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(subscribers) = topics.get(topic)
            && subscribers.send(Delivery::Message(message)).is_err()
        {
            // Nobody listens any more.
            topics.remove(topic);
        }
        Ok(())
    }

    async fn subscribe(&self, topic: &str) -> Result<Subscription> {
        let mut topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let subscribers = topics
            .entry(topic.to_owned())
            .or_insert_with(|| broadcast::Sender::new(WAITING));
        Ok(Subscription::new(subscribers.subscribe()))
    }
}
