use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::error::Result;
use crate::ports::{Decision, Quota, RateLimiter};

/// Up to so many buckets are kept before those that are full again are looked for.
const BUCKETS: usize = 1_000;

/// The longest that a bucket takes to fill: then is a time that the clock can show.
const LONGEST: Duration = Duration::from_hours(24 * 365 * 100);

/// [`RateLimiter`] in one process. Clones count together.
#[derive(Debug, Default, Clone)]
pub struct MemoryRateLimiter(Arc<Mutex<Buckets>>);

/// When each bucket is full again; one that is full needs no place.
#[derive(Debug, Default)]
struct Buckets {
    full_at: HashMap<(String, String), Instant>,
    sweep_at: usize,
}

impl Buckets {
    fn sweep(&mut self, now: Instant) {
        if self.full_at.len() >= self.sweep_at.max(BUCKETS) {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.sweep_at = self.full_at.len() * 2;
        }
    }
}

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn check(&self, key: &str, quotas: &[Quota]) -> Result<Decision> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        buckets.sweep(now);
        let mut counted = Vec::with_capacity(quotas.len());
        let (mut remaining, mut retry_after) = (u32::MAX, Duration::ZERO);
        for quota in quotas {
            let place = (key.to_owned(), quota.name.to_string());
            let full_at = buckets.full_at.get(&place).copied().unwrap_or(now).max(now);
            // Rounded down: the whole bucket is so many intervals, and not quite the period.
            let interval = quota.period.min(LONGEST) / quota.burst.get();
            let bucket = interval * quota.burst.get();
            let next = full_at + interval;
            let missing = next - now;
            retry_after = retry_after.max(missing.saturating_sub(bucket));
            let room = bucket.saturating_sub(missing).as_nanos();
            let more = room / interval.as_nanos().max(1);
            remaining = remaining.min(u32::try_from(more).unwrap_or(u32::MAX));
            counted.push((place, next));
        }
        if retry_after > Duration::ZERO {
            return Ok(Decision::Denied { retry_after });
        }
        buckets.full_at.extend(counted);
        Ok(Decision::Allowed { remaining })
    }
}
