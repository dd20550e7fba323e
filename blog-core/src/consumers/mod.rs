//! What follows from commits: each consumer reads the event log from its own checkpoint.

mod follower;
mod indexer;
mod maintenance;
mod scheduler;
mod wakes;

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;

use crate::Blog;
use crate::domain::Seq;
use crate::error::{Error, Result};
use crate::ports::DeadLetter;

pub use indexer::{catch_up, rebuild};
pub use scheduler::publish_due;

/// Lets the consumer of a dead letter try its event again.
pub(crate) async fn replay(blog: &Blog, letter: &DeadLetter) -> Result<()> {
    match letter.consumer.as_str() {
        indexer::NAME => indexer::replay(blog, &letter.event).await,
        _ => Err(Error::not_found("consumer")),
    }
}

/// What a consumer of the event log waits for: a commit of this process, a notice of another's, or
/// the time to look.
#[derive(Debug)]
pub struct News {
    commits: watch::Receiver<Seq>,
    notices: Option<watch::Receiver<u64>>,
    heard: watch::Receiver<u64>,
    poll: Duration,
}

impl News {
    pub(crate) fn of(blog: &Blog) -> Self {
        Self {
            commits: blog.commits(),
            notices: blog.storage().notices(),
            heard: blog.heard(),
            poll: blog.options().poll_interval,
        }
    }

    /// Until there may be events that were not there at the last call.
    pub async fn wait(&mut self) {
        let notice = async {
            if let Some(notices) = &mut self.notices
                && notices.changed().await.is_ok()
            {
                return;
            }
            std::future::pending().await
        };
        tokio::select! {
            _ = self.commits.changed() => {}
            () = notice => {}
            _ = self.heard.changed() => {}
            () = tokio::time::sleep(self.poll) => {}
        }
        self.commits.mark_unchanged();
    }
}

/// Drives all consumers until `shutdown` is ready, and lets each finish its step.
pub(crate) async fn run(blog: &Blog, shutdown: impl Future<Output = ()>) -> Result<()> {
    let (stop, stopped) = watch::channel(false);
    let wakes = tokio::spawn(wakes::run(blog.clone(), stopped.clone()));
    let cache = tokio::spawn(follower::run(blog.clone(), stopped.clone()));
    let index = tokio::spawn(indexer::run(blog.clone(), stopped.clone()));
    let schedule = tokio::spawn(scheduler::run(blog.clone(), stopped.clone()));
    let upkeep = tokio::spawn(maintenance::run(blog.clone(), stopped));
    shutdown.await;
    stop.send_replace(true);
    for task in [wakes, cache, index, schedule, upkeep] {
        if let Err(error) = task.await {
            tracing::error!(%error, "a consumer ended by a panic");
        }
    }
    let settled = blog.settle_calls().await;
    blog.write_refusals().await?;
    settled
}

/// Waits for `duration`, or until the consumers are to stop: then `true`.
async fn stopped_within(stop: &mut watch::Receiver<bool>, duration: Duration) -> bool {
    tokio::time::timeout(duration, stop.wait_for(|stop| *stop))
        .await
        .is_ok()
}

/// How long to wait after so many failures in a row: 100 ms, doubled up to 30 s.
fn back_off(failures: u32) -> Duration {
    Duration::from_millis(100 << failures.min(8)).min(Duration::from_secs(30))
}

fn report(consumer: &str, error: &crate::Error, failures: u32) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(consumer, failures, %error, cause, "a consumer failed and will try again");
}
