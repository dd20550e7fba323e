use std::borrow::Cow;
use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::Result;

/// Counts how often something happens, and says when it is too often.
///
/// Each quota is a bucket that leaks evenly, the generic cell rate algorithm (GCRA, ITU-T I.371).
///
/// # Promises
///
/// 1. Of calls that come at once, on whichever nodes, no more than a quota's burst are allowed; then
///    as many as it refills.
/// 2. A call is allowed by all of its quotas and counts in each, or is denied and counts in none.
/// 3. A denied call that is repeated after `retry_after` is allowed, unless others came first.
/// 4. Keys, and the quotas of one key by their names, do not touch each other.
/// 5. A call ends within a bounded time; a limiter that is away is an `Unavailable` error, and works
///    again by itself once it is back.
#[async_trait]
pub trait RateLimiter: Send + Sync + std::fmt::Debug {
    /// Counts one call of `key` under all of `quotas`, if they allow it.
    async fn check(&self, key: &str, quotas: &[Quota]) -> Result<Decision>;
}

/// So many at once, and as many again in each period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// Tells the quotas of one key apart.
    pub name: Cow<'static, str>,
    /// How many at once.
    pub burst: NonZeroU32,
    /// How long it takes until as many are allowed again; in between they return evenly.
    pub period: Duration,
}

/// Whether a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allowed {
        /// How many more may be made at once.
        remaining: u32,
    },
    /// It may not.
    Denied {
        /// When it may be tried again.
        retry_after: Duration,
    },
}
