use std::time::Duration;

use tokio::time::Instant;

const SHORTEST: Duration = Duration::from_millis(50);

/// The pauses between attempts to connect: each is twice as long as the one before it.
pub(crate) struct Pauses {
    next: Duration,
    longest: Duration,
}

impl Pauses {
    pub(crate) fn new(longest: Duration) -> Self {
        Self {
            next: SHORTEST.min(longest),
            longest,
        }
    }

    pub(crate) fn next(&mut self) -> Duration {
        let now = self.next;
        self.next = (now * 2).min(self.longest);
        now
    }

    /// Begins anew, if the connection has lasted since then: one that fails again and again is not
    /// tried again and again at its callers' cost.
    pub(crate) fn after_connection(&mut self, since: Instant) {
        if since.elapsed() > self.longest {
            *self = Self::new(self.longest);
        }
    }
}
