use tokio::sync::watch;

use super::{News, back_off, report, stopped_within};
use crate::Blog;
use crate::cache::Freshness;
use crate::error::Result;

const BATCH: usize = 512;

/// Follows the log, so that what is remembered counts as current only until it changes.
pub(super) async fn run(blog: Blog, mut stop: watch::Receiver<bool>) {
    let mut news = News::of(&blog);
    let mut failures = 0;
    let mut has_begun = false;
    loop {
        match follow(&blog, blog.freshness(), &mut has_begun).await {
            Ok(()) => {
                failures = 0;
                tokio::select! {
                    _ = stop.wait_for(|stop| *stop) => return,
                    () = news.wait() => {}
                }
            }
            Err(error) => {
                failures += 1;
                report("cache", &error, failures);
                if stopped_within(&mut stop, back_off(failures)).await {
                    return;
                }
            }
        }
    }
}

async fn follow(blog: &Blog, freshness: &Freshness, has_begun: &mut bool) -> Result<()> {
    loop {
        let after = freshness.noted();
        if !*has_begun {
            freshness.begin_at(blog.storage().last_event().await?);
            *has_begun = true;
            continue;
        }
        let events = blog.storage().events(after, BATCH).await?;
        for event in &events {
            freshness.note(event.seq, event.kind, event.post);
        }
        let Some(last) = events.last() else {
            freshness.follow(after, true);
            return Ok(());
        };
        // Numbers have no gaps; where there is one, events were dropped before they were seen.
        *has_begun = events
            .first()
            .is_some_and(|first| first.seq.0 == after.0 + 1);
        freshness.follow(last.seq, events.len() < BATCH);
    }
}
