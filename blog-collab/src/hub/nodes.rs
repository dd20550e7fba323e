//! What hubs tell each other that concerns all of their rooms.

use std::time::Duration;

use blog_core::domain::AuthorId;
use blog_core::ports::Delivery;
use serde::{Deserialize, Serialize};

use super::Shared;
use crate::room::Command;

/// The transport's topic.
const TOPIC: &str = "collab";
/// How long a transport rests that lets nobody listen.
const REST: Duration = Duration::from_secs(1);

#[derive(Serialize, Deserialize)]
struct Message {
    node: u64,
    what: What,
}

#[derive(Serialize, Deserialize)]
pub(super) enum What {
    /// The host or its policy may say something else by now.
    Recheck,
    /// What let an actor in holds no longer.
    Revoke(AuthorId),
}

impl Shared {
    /// Hears what other nodes say on a topic, for ever. At first, and wherever messages may have been lost,
    /// something is missed.
    pub(crate) async fn hear<Hearing: Future<Output = ()>>(
        &self,
        topic: &str,
        heard: impl Fn(Delivery) -> Hearing,
    ) {
        let Some(transport) = &self.transport else {
            return std::future::pending().await;
        };
        loop {
            match transport.subscribe(topic).await {
                Ok(mut said) => {
                    heard(Delivery::Missed).await;
                    while let Some(delivery) = said.next().await {
                        heard(delivery).await;
                    }
                }
                Err(error) => tracing::warn!(%error, topic, "other nodes are not heard"),
            }
            tokio::time::sleep(REST).await;
        }
    }

    /// Hears of those who may not stay, for ever.
    pub(super) async fn hear_of_admission(&self) {
        self.hear(TOPIC, |delivery| self.on_delivery(delivery))
            .await;
    }

    async fn on_delivery(&self, delivery: Delivery) {
        let what = match delivery {
            Delivery::Missed => What::Recheck,
            Delivery::Message(bytes) => match serde_json::from_slice(&bytes) {
                Ok(Message { node, what }) if node != self.node => what,
                // An own one, or none.
                _ => return,
            },
        };
        // What comes next does not wait until the rooms have done it.
        let told = match what {
            What::Recheck => self.send_to_rooms(Command::Recheck).await,
            What::Revoke(actor) => {
                let revoke = |done| Command::Revoke(actor.clone(), done);
                self.send_to_rooms(revoke).await
            }
        };
        drop(told);
    }

    /// Tells other nodes, as far as they can be reached.
    pub(super) async fn tell_nodes(&self, what: What) {
        let Some(transport) = &self.transport else {
            return;
        };
        let message = Message {
            node: self.node,
            what,
        };
        // It is made of what JSON has.
        let Ok(bytes) = serde_json::to_vec(&message) else {
            return;
        };
        let told = self.patiently(transport.publish(TOPIC, bytes.into()));
        if let Err(error) = told.await {
            tracing::warn!(%error, "other nodes were not told of who may not stay");
        }
    }
}
