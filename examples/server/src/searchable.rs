//! Bringing the search index up to date from a command, beside a server or without one.

use std::time::Duration;

use anyhow::{Context, Result};
use blog_core::{Blog, consumers};
use tokio::time::Instant;

/// How long the server that indexes may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is tried whether that server is gone.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Returns once everything committed is searchable. Whoever has the index's lock indexes: a running
/// server, or this process, also if the server goes away meanwhile.
pub(crate) async fn make_searchable(blog: &Blog) -> Result<()> {
    let end = blog.storage().last_event().await?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        match consumers::catch_up(blog).await {
            Ok(()) => return Ok(()),
            Err(error) if !error.is_retryable() => return Err(error.into()),
            Err(_) => match blog.wait_for(end, TRY_AGAIN).await {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() >= deadline => {
                    return Err(error).context("the posts are stored, but not searchable yet");
                }
                Err(_) => {}
            },
        }
    }
}
