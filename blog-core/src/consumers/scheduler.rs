use std::time::Duration;

use tokio::sync::watch;

use super::{back_off, report, stopped_within};
use crate::Blog;
use crate::domain::{Actor, Scope, Status};
use crate::error::{Conflict, ErrorKind, Result};
use crate::ports::{Order, PostQuery};

/// Publishes due posts every second.
pub(super) async fn run(blog: Blog, mut stop: watch::Receiver<bool>) {
    let mut failures = 0;
    loop {
        let pause = match publish_due(&blog).await {
            Ok(_) => {
                failures = 0;
                Duration::from_secs(1)
            }
            Err(error) => {
                failures += 1;
                report("scheduler", &error, failures);
                back_off(failures)
            }
        };
        if stopped_within(&mut stop, pause).await {
            return;
        }
    }
}

/// Publishes every scheduled post whose time has come, as it is then: whatever two nodes do at once, a
/// post is published once, and not if it has been put off meanwhile. Answers how many were published.
///
/// # Errors
/// Those of the storage; the first of those that a post could not be published with for now, once all
/// others were.
pub async fn publish_due(blog: &Blog) -> Result<usize> {
    let scope = Scope::everything_for_system("the scheduler publishes everybody's posts");
    let scheduler = Actor::service("scheduler");
    let (mut published, mut failure) = (0, None);
    let mut query = PostQuery {
        status: Status::Scheduled,
        order: Order::Oldest,
        limit: 100,
        ..PostQuery::default()
    };
    loop {
        let cards = blog.storage().posts(&scope, &query).await?;
        let now = blog.clock().now();
        for card in &cards {
            let post = &card.post;
            if post.scheduled_at.is_none_or(|at| at > now) {
                continue;
            }
            match blog.posts().publish_scheduled(&scheduler, post.id).await {
                Ok(_) => published += 1,
                Err(error) => match error.kind() {
                    ErrorKind::NotFound | ErrorKind::Conflict(Conflict::Status) => {}
                    // One post must not keep all others waiting.
                    _ if error.is_retryable() => failure = failure.or(Some(error)),
                    _ => tracing::error!(post = %post.id, %error, "not published at its time"),
                },
            }
        }
        match cards.last() {
            Some(last) if cards.len() == query.limit => {
                query.after = Some(query.order.key(query.status, &last.post));
            }
            _ => return failure.map_or(Ok(published), Err),
        }
    }
}
