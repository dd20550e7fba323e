use std::time::Duration;

use blog_core::domain::PostId;
use blog_core::ports::Lease;
use blog_core::{Error, Result};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::is_writing;
use crate::hub::Shared;

/// How long a turn holds that nobody renews.
const HELD: Duration = Duration::from_secs(60);
/// What of that is left when a turn that cannot be renewed is given up.
const LEFT: Duration = Duration::from_secs(10);
/// How long the storage may take to renew one.
const PATIENCE: Duration = Duration::from_secs(5);

/// The right to write in a post, which one run has at a time on all nodes: a lease.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) run: Uuid,
    lease: Lease,
    renewed: Instant,
}

impl Turn {
    /// # Errors
    /// `Conflict(Taken("assistant"))` where another run has it; what the storage says.
    pub(super) async fn take(shared: &Shared, post: PostId, run: Uuid) -> Result<Self> {
        let renewed = Instant::now();
        let (name, holder) = (format!("assistant:{post}"), run.to_string());
        let lease = acquire(shared, &name, &holder).await?;
        let lease = lease.ok_or_else(is_writing)?;
        Ok(Self {
            run,
            lease,
            renewed,
        })
    }

    /// Larger than that of each turn before it in the post.
    pub(super) const fn number(&self) -> u64 {
        self.lease.token
    }

    /// Holds it longer. Where the storage cannot, it holds on as long as it does.
    ///
    /// # Errors
    /// Where somebody else has it by now, or might have before it is renewed the next time.
    pub(super) async fn renew(&mut self, shared: &Shared) -> Result<()> {
        let asked = Instant::now();
        let lease = acquire(shared, &self.lease.name, &self.lease.holder);
        let error = match timeout(PATIENCE, lease).await {
            Ok(Ok(Some(lease))) => {
                // Another token: it was lost, and others may have written meanwhile.
                let is_kept = lease.token == self.lease.token;
                (self.lease, self.renewed) = (lease, asked);
                return is_kept.then_some(()).ok_or_else(is_writing);
            }
            Ok(Ok(None)) => return Err(is_writing()),
            Ok(Err(error)) => error,
            Err(_) => silent(),
        };
        if self.renewed.elapsed() + LEFT >= HELD {
            return Err(error);
        }
        tracing::debug!(run = %self.run, %error, "an assistant's turn is not renewed");
        Ok(())
    }

    pub(super) async fn give_back(&self, shared: &Shared) {
        let given = shared.blog.storage().release_lease(&self.lease);
        let given = timeout(PATIENCE, given).await;
        if let Err(error) = given.unwrap_or_else(|_| Err(silent())) {
            tracing::warn!(%error, "an assistant's turn ends by itself");
        }
    }
}

async fn acquire(shared: &Shared, name: &str, holder: &str) -> Result<Option<Lease>, Error> {
    let now = shared.blog.clock().now();
    let storage = shared.blog.storage();
    storage.acquire_lease(name, holder, now, now + HELD).await
}

fn silent() -> Error {
    Error::unavailable("the storage does not answer", true)
}
