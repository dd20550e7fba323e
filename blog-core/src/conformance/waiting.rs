use std::fmt::Debug;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::runner::{Verdict, Violation, broke};
use crate::error::{ErrorKind, Result};

/// How long a call may take, whatever has happened to the backend.
const BOUND: Duration = Duration::from_secs(10);

/// How long something may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// Fails unless the call ends within a bounded time.
pub(super) async fn bounded<T>(
    promise: u8,
    call: impl Future<Output = Result<T>>,
) -> Result<Result<T>, Violation> {
    let late = |_| broke(promise, "the call's end", format!("none within {BOUND:?}"));
    timeout(BOUND, call).await.map_err(late)
}

/// Fails unless the call ends within a bounded time, as a call to a backend that is away.
pub(super) async fn unavailable<T: Debug>(
    promise: u8,
    call: impl Future<Output = Result<T>>,
) -> Verdict {
    match bounded(promise, call).await? {
        Err(error) if matches!(error.kind(), ErrorKind::Unavailable { .. }) => Ok(()),
        other => Err(broke(promise, "Unavailable", format!("{other:?}"))),
    }
}

/// Waits for what happens by itself.
pub(super) struct Patience {
    promise: u8,
    expected: &'static str,
    until: Instant,
}

impl Patience {
    pub(super) fn new(promise: u8, expected: &'static str) -> Self {
        let until = Instant::now() + PATIENCE;
        Self {
            promise,
            expected,
            until,
        }
    }

    /// Waits for the next look. Fails once there have been enough.
    pub(super) async fn wait(&self) -> Verdict {
        if Instant::now() > self.until {
            let saw = format!("not so within {PATIENCE:?}");
            return Err(broke(self.promise, self.expected, saw));
        }
        sleep(Duration::from_millis(10)).await;
        Ok(())
    }
}
