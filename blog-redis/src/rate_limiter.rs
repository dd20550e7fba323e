use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use blog_core::Result;
use blog_core::ports::{Decision, Quota, RateLimiter};
use redis::{Cmd, Script, cmd};

use crate::Redis;

const SOURCE: &str = include_str!("gcra.lua");
static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(SOURCE));

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

    /// `how` to name the script, and what to run it on.
    fn check(&self, how: &str, script: &str, key: &str, quotas: &[Quota]) -> Cmd {
        let mut check = cmd(how);
        check.arg(script).arg(1).arg(self.0.name("limit", key));
        for quota in quotas {
            check.arg(quota.name.as_ref()).arg(interval(quota));
            check.arg(quota.burst.get());
        }
        check
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
        let by_hash = self.check("EVALSHA", SCRIPT.get_hash(), key, quotas);
        let mut answer = self.0.call(&by_hash).await;
        // Redis forgets scripts when it restarts, and when it is told to.
        if answer
            .as_ref()
            .is_err_and(|failure: &crate::error::Failure| failure.is_unknown_script())
        {
            answer = self.0.call(&self.check("EVAL", SOURCE, key, quotas)).await;
        }
        let (is_allowed, number): (bool, u64) = answer?;
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
