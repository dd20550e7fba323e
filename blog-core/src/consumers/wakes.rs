use bytes::Bytes;
use tokio::sync::watch;

use super::{report, stopped_within};
use crate::Blog;
use crate::ports::{Subscription, Transport};

const TOPIC: &str = "log";
/// How long after a failure to listen it is tried again; the log is read meanwhile anyway.
const RETRY: std::time::Duration = std::time::Duration::from_secs(1);

/// Tells other nodes of commits, and hears of theirs: one message for as many commits as there were
/// meanwhile. A message that is lost costs time and nothing else, for the log says what happened.
pub(super) async fn run(blog: Blog, mut stop: watch::Receiver<bool>) {
    let Some(transport) = blog.transport() else {
        return;
    };
    let mut commits = blog.commits();
    loop {
        let mut subscription = match transport.subscribe(TOPIC).await {
            Ok(subscription) => subscription,
            Err(error) => {
                report("wakes", &error, 1);
                if stopped_within(&mut stop, RETRY).await {
                    return;
                }
                continue;
            }
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = hear(&blog, &mut subscription) => {}
            () = tell(transport, &mut commits) => {}
        }
        if stopped_within(&mut stop, RETRY).await {
            return;
        }
    }
}

/// Ends when the transport does.
async fn hear(blog: &Blog, subscription: &mut Subscription) {
    // What was missed may have been a wake, too.
    while subscription.next().await.is_some() {
        blog.mark_heard();
    }
}

async fn tell(transport: &dyn Transport, commits: &mut watch::Receiver<crate::domain::Seq>) {
    while commits.changed().await.is_ok() {
        if let Err(error) = transport.publish(TOPIC, Bytes::new()).await {
            tracing::debug!(%error, "other nodes were not told of a commit");
        }
    }
}
