mod burst;
mod faults;
mod names;
mod quotas;
mod retry;

use std::num::NonZeroU32;
use std::time::Duration;

use super::fixture::RateLimiterFixture;
use super::runner::{Case, Verdict, Violation, broke, case, expect, succeed};
use super::waiting::{Patience, bounded, unavailable};
use super::world::World;
use crate::ports::{Decision, Quota, RateLimiter};

/// Longer than any case, and so a period in which nothing returns.
const HOUR: Duration = Duration::from_secs(3600);

/// The one list of cases for rate limiters.
#[must_use]
pub fn cases<F: RateLimiterFixture>() -> Vec<Case<F>> {
    vec![
        case!(1, burst::of_calls_at_once_on_two_nodes_the_burst_is_allowed),
        case!(
            1,
            burst::a_burst_that_does_not_divide_its_period_is_no_larger
        ),
        case!(1, burst::calls_return_evenly),
        case!(1, burst::any_quota_can_be_asked_for),
        case!(2, quotas::an_allowed_call_counts_in_each_quota),
        case!(2, quotas::a_denied_call_counts_in_none),
        case!(
            3,
            retry::a_denied_call_is_allowed_after_the_time_it_was_told
        ),
        case!(3, retry::the_slowest_quota_tells_the_time),
        case!(4, names::keys_do_not_touch_each_other),
        case!(4, names::quotas_of_a_key_do_not_touch_each_other),
        case!(4, names::a_key_and_a_name_are_not_one_text),
        case!(5, faults::a_limiter_that_is_away_says_so_and_works_again),
        case!(5, faults::a_frozen_limiter_holds_no_call_up),
    ]
}

fn quota(name: &str, burst: u32, period: Duration) -> Quota {
    Quota {
        name: name.to_owned().into(),
        burst: NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN),
        period,
    }
}

/// How many more may be made at once, or `None` if the call is denied.
async fn remaining(
    promise: u8,
    limiter: &dyn RateLimiter,
    key: &str,
    quotas: &[Quota],
) -> Result<Option<u32>, Violation> {
    Ok(match succeed(promise, limiter.check(key, quotas).await)? {
        Decision::Allowed { remaining } => Some(remaining),
        Decision::Denied { .. } => None,
    })
}
