use std::time::Duration;

use async_trait::async_trait;
use blog_core::Result;
use blog_core::ports::{Decision, Quota, RateLimiter};

use crate::Redis;
use crate::script::Script;

static COUNT: Script = Script::new(include_str!("gcra.lua"));

/// The longest that a bucket may take to fill, in microseconds: 142 years. Lua counts in floating
/// point, which holds whole numbers up to twice of this.
const LONGEST: u128 = 1 << 52;

/// [`RateLimiter`] in Redis: one script for all quotas of a call, by the clock of Redis.
///
/// A quota is rounded to whole microseconds for each call, upwards, so that never too many pass.
#[derive(Debug, Clone)]
pub struct RedisRateLimiter(Redis);

impl RedisRateLimiter {
    /// The limiter of all who use this Redis with the same key prefix.
    #[must_use]
    pub fn new(redis: &Redis) -> Self {
        Self(redis.clone())
    }
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn check(&self, key: &str, quotas: &[Quota]) -> Result<Decision> {
        if quotas.is_empty() {
            return Ok(Decision::Allowed {
                remaining: u32::MAX,
            });
        }
        let mut buckets = vec![];
        for quota in quotas {
            let (interval, burst) = (interval(quota).to_string(), quota.burst.to_string());
            buckets.extend([quota.name.clone().into_owned(), interval, burst]);
        }
        let key = self.0.name("limit", key);
        let (is_allowed, number): (bool, u64) = COUNT.run(&self.0, key, &buckets).await?;
        Ok(if is_allowed {
            let remaining = u32::try_from(number).unwrap_or(u32::MAX);
            Decision::Allowed { remaining }
        } else {
            let retry_after = Duration::from_micros(number);
            Decision::Denied { retry_after }
        })
    }
}

/// The microseconds in which one call returns.
fn interval(quota: &Quota) -> u64 {
    let burst = u128::from(quota.burst.get());
    let nanoseconds = quota.period.as_nanos().div_ceil(burst);
    let microseconds = nanoseconds.div_ceil(1000).min(LONGEST / burst);
    u64::try_from(microseconds).unwrap_or(u64::MAX)
}
