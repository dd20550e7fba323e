use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use blog_core::Result;
use blog_core::memory::MemoryTransport;
use blog_core::ports::{Subscription, Transport};
use bytes::Bytes;
use tokio::sync::watch;

/// A transport that can be made to lose messages.
#[derive(Debug, Clone, Default)]
pub(crate) struct TroubledTransport {
    transport: MemoryTransport,
    loses: Arc<AtomicBool>,
    held_back: Arc<watch::Sender<bool>>,
    published: Arc<AtomicUsize>,
}

impl TroubledTransport {
    /// Whether every message is lost from here on.
    pub(crate) fn lose(&self, loses: bool) {
        self.loses.store(loses, Ordering::Relaxed);
    }

    /// Whether nothing is published from here on, and who publishes waits.
    pub(crate) fn hold_back(&self, is_held: bool) {
        self.held_back.send_replace(is_held);
    }

    /// Bytes that were published.
    pub(crate) fn published(&self) -> usize {
        self.published.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Transport for TroubledTransport {
    async fn publish(&self, topic: &str, message: Bytes) -> Result<()> {
        let mut held_back = self.held_back.subscribe();
        held_back.wait_for(|is_held| !is_held).await.unwrap();
        self.published.fetch_add(message.len(), Ordering::Relaxed);
        match self.loses.load(Ordering::Relaxed) {
            true => Ok(()),
            false => self.transport.publish(topic, message).await,
        }
    }

    async fn subscribe(&self, topic: &str) -> Result<Subscription> {
        self.transport.subscribe(topic).await
    }
}
