use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What may come at once, in seconds of what may come for long.
pub(crate) const BURST: u32 = 8;

/// Slows down whoever brings too much: a bucket that leaks evenly (the generic cell rate algorithm,
/// ITU-T I.371).
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: u32,
    /// When everything so far would have come at an even pace.
    even: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new(per_second: u32) -> Self {
        Self {
            per_second: per_second.max(1),
            even: Mutex::new(Instant::now()),
        }
    }

    /// Waits until so much more may come.
    pub(crate) async fn keep(&self, amount: usize) {
        let amount = u32::try_from(amount).unwrap_or(u32::MAX);
        let takes = Duration::from_secs(1) / self.per_second * amount;
        let now = Instant::now();
        let even = {
            let mut even = self.even.lock().unwrap_or_else(PoisonError::into_inner);
            *even = (*even).max(now) + takes;
            *even
        };
        let burst = Duration::from_secs(BURST.into());
        let wait = (even - now).saturating_sub(burst);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
}
