use std::time::Duration;

use tokio::sync::watch;

use super::{report, stopped_within};
use crate::Blog;
use crate::error::Result;

const IDEMPOTENCY_KEYS_KEPT: Duration = Duration::from_secs(24 * 3600);

/// Writes refused attempts to the audit trail and settles calls of models that are not yet every second, and drops
/// old events every hour.
pub(super) async fn run(blog: Blog, mut stop: watch::Receiver<bool>) {
    let mut seconds = 0_u64;
    while !stopped_within(&mut stop, Duration::from_secs(1)).await {
        if let Err(error) = blog.write_refusals().await {
            report("audit", &error, 1);
        }
        if let Err(error) = blog.settle_calls().await {
            report("usage", &error, 1);
        }
        if seconds.is_multiple_of(3600)
            && let Err(error) = purge(&blog).await
        {
            report("purge", &error, 1);
        }
        seconds += 1;
    }
}

async fn purge(blog: &Blog) -> Result<()> {
    let now = blog.clock().now();
    blog.storage()
        .purge(
            now - blog.options().events_kept,
            now - IDEMPOTENCY_KEYS_KEPT,
        )
        .await
}
