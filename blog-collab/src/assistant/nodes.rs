//! What nodes tell each other of the runs of assistants. Messages may be lost: a run is told again now and
//! then, and one of which nothing is heard is taken to be gone.

use std::time::Duration;

use blog_core::domain::PostId;
use blog_core::ports::Delivery;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::run::Run;
use crate::Hub;
use crate::hub::Shared;

/// The transport's topic.
const TOPIC: &str = "assistants";
/// How often the end of a run is told of again.
const REPEATS: u32 = 3;
/// How long after it was told.
const REPEATED: Duration = Duration::from_secs(5);

#[derive(Serialize, Deserialize)]
struct Message {
    node: u64,
    post: PostId,
    what: What,
}

#[derive(Serialize, Deserialize)]
enum What {
    /// A run stands so.
    Run(Box<Run>),
    /// The node that has or had the last run is to tell how it stands.
    Ask,
    /// The node that has this run is to end it, and to tell how it stands.
    End(Uuid),
}

impl Hub {
    /// Hears of the runs on other nodes, for ever.
    pub(crate) async fn hear_of_runs(&self) {
        let heard = |delivery| async {
            match delivery {
                Delivery::Message(bytes) => self.hear(&bytes).await,
                Delivery::Missed => self.ask_again().await,
            }
        };
        self.0.hear(TOPIC, heard).await;
    }

    async fn hear(&self, bytes: &[u8]) {
        let Ok(Message { node, post, what }) = serde_json::from_slice(bytes) else {
            return;
        };
        match what {
            _ if node == self.0.node => {}
            What::Run(run) => self.0.runs.note(post, *run),
            What::Ask => self.0.tell_of_own(post).await,
            What::End(run) => {
                self.0.runs.stop(post, run);
                self.0.tell_of_own(post).await;
            }
        }
    }

    /// Asks how those runs stand of which something may have been missed.
    async fn ask_again(&self) {
        for post in self.0.runs.elsewhere() {
            self.0.ask(post).await;
        }
    }
}

impl Shared {
    /// Takes note of what has become of a run, here and on other nodes.
    pub(super) async fn note_run(&self, post: PostId, run: Run) {
        self.runs.note(post, run.clone());
        self.tell(post, What::Run(Box::new(run))).await;
    }

    /// Has a run ended by whichever node has it.
    pub(super) async fn stop(&self, post: PostId, run: Uuid) {
        self.runs.stop(post, run);
        self.tell(post, What::End(run)).await;
    }

    /// Asks other nodes how the last run in a post stands.
    pub(super) async fn ask(&self, post: PostId) {
        self.tell(post, What::Ask).await;
    }

    /// Tells what has become of a run on this node a few times more, until there is another.
    pub(super) async fn repeat(&self, post: PostId, run: Uuid) {
        for _ in 0..REPEATS {
            tokio::time::sleep(REPEATED).await;
            if self.runs.here(post).is_some_and(|it| it.id == run) {
                self.tell_of_own(post).await;
            }
        }
    }

    async fn tell_of_own(&self, post: PostId) {
        if let Some(run) = self.runs.here(post) {
            self.tell(post, What::Run(Box::new(run))).await;
        }
    }

    async fn tell(&self, post: PostId, what: What) {
        let Some(transport) = &self.transport else {
            return;
        };
        let message = Message {
            node: self.node,
            post,
            what,
        };
        // It is made of what JSON has.
        let Ok(bytes) = serde_json::to_vec(&message) else {
            return;
        };
        if let Err(error) = transport.publish(TOPIC, bytes.into()).await {
            tracing::debug!(%post, %error, "other nodes were not told of an assistant");
        }
    }
}
