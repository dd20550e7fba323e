use std::collections::HashMap;
use std::slice;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use blog_core::conformance::rate_limiter_cases;
use blog_core::memory::MemoryRateLimiter;
use blog_core::ports::{Decision, Quota, RateLimiter};
use blog_core::{Error, Result};
use tokio::task::yield_now;
use tokio::time::Instant;

use crate::node::{Faults, Mutant, Node};
use crate::{each_is_caught, passes};
use Fault::*;

/// One way in which a rate limiter breaks its promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    LooksBeforeItCounts,
    CountsOnEachNode,
    AllowsOneMore,
    RefillsTwice,
    RefillsAtTheEndOfThePeriod,
    RefusesLongPeriods,

    CountsInTheFirstQuotaOnly,
    CountsUntilAQuotaDenies,

    SaysToComeTooEarly,
    SaysWhenTheFastestReturns,

    FoldsTheCaseOfKeys,
    IgnoresNames,
    JoinsKeyAndName,

    AllowsAllWhileAway,
    HangsWhileAway,
    StaysAway,
}

/// What is broken, the promise that this breaks, and the case that finds it.
const MUTANTS: &[(Fault, u8, &str)] = &[
    (
        LooksBeforeItCounts,
        1,
        "burst::of_calls_at_once_on_two_nodes_the_burst_is_allowed",
    ),
    (
        CountsOnEachNode,
        1,
        "burst::of_calls_at_once_on_two_nodes_the_burst_is_allowed",
    ),
    (
        AllowsOneMore,
        1,
        "burst::a_burst_that_does_not_divide_its_period_is_no_larger",
    ),
    (RefillsTwice, 1, "burst::calls_return_evenly"),
    (RefillsAtTheEndOfThePeriod, 1, "burst::calls_return_evenly"),
    (RefusesLongPeriods, 1, "burst::any_quota_can_be_asked_for"),
    (
        CountsInTheFirstQuotaOnly,
        2,
        "quotas::an_allowed_call_counts_in_each_quota",
    ),
    (
        CountsUntilAQuotaDenies,
        2,
        "quotas::a_denied_call_counts_in_none",
    ),
    (
        SaysToComeTooEarly,
        3,
        "retry::a_denied_call_is_allowed_after_the_time_it_was_told",
    ),
    (
        SaysWhenTheFastestReturns,
        3,
        "retry::the_slowest_quota_tells_the_time",
    ),
    (FoldsTheCaseOfKeys, 4, "names::keys_do_not_touch_each_other"),
    (
        IgnoresNames,
        4,
        "names::quotas_of_a_key_do_not_touch_each_other",
    ),
    (
        JoinsKeyAndName,
        4,
        "names::a_key_and_a_name_are_not_one_text",
    ),
    (
        AllowsAllWhileAway,
        5,
        "faults::a_limiter_that_is_away_says_so_and_works_again",
    ),
    (
        StaysAway,
        5,
        "faults::a_limiter_that_is_away_says_so_and_works_again",
    ),
    (
        HangsWhileAway,
        5,
        "faults::a_frozen_limiter_holds_no_call_up",
    ),
];

#[tokio::test(start_paused = true)]
async fn each_mutant_is_caught_by_its_case() {
    each_is_caught(MUTANTS, &rate_limiter_cases(), |fault| {
        Mutant::with(Some(fault))
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn without_a_fault_every_case_passes() {
    passes(&rate_limiter_cases(), &Mutant::<Fault>::with(None)).await;
}

#[derive(Debug, Default)]
struct Home {
    limiter: MemoryRateLimiter,
    /// How many calls of a key were allowed, and since when.
    windows: Mutex<HashMap<String, (Instant, u32)>>,
}

impl Faults for Fault {
    const HANGS: Self = HangsWhileAway;
    const STAYS_AWAY: Self = StaysAway;

    type Port = dyn RateLimiter;
    type Home = Home;

    fn open(node: Node<Self>) -> Arc<dyn RateLimiter> {
        let own = MemoryRateLimiter::default();
        Arc::new(Broken { node, own })
    }
}

#[derive(Debug)]
struct Broken {
    node: Node<Fault>,
    own: MemoryRateLimiter,
}

impl Broken {
    fn limiter(&self) -> &MemoryRateLimiter {
        if self.node.has(CountsOnEachNode) {
            &self.own
        } else {
            &self.node.home().limiter
        }
    }

    /// Counts calls of the first quota in windows, each a period long.
    async fn in_windows(&self, key: &str, quota: &Quota) -> Decision {
        let windows = &self.node.home().windows;
        let now = Instant::now();
        let window = windows.lock().unwrap().get(key).copied();
        let (since, count) = window
            .filter(|(since, _)| *since + quota.period > now)
            .unwrap_or((now, 0));
        if self.node.has(LooksBeforeItCounts) {
            yield_now().await;
        }
        if count == quota.burst.get() {
            let retry_after = since + quota.period - now;
            return Decision::Denied { retry_after };
        }
        let mut windows = windows.lock().unwrap();
        windows.insert(key.to_owned(), (since, count + 1));
        let remaining = quota.burst.get() - count - 1;
        Decision::Allowed { remaining }
    }

    /// The quota that is counted in instead.
    fn quota(&self, mut quota: Quota) -> Quota {
        if self.node.has(AllowsOneMore) {
            quota.burst = quota.burst.saturating_add(1);
        } else if self.node.has(RefillsTwice) {
            quota.period /= 2;
        } else if self.node.has(IgnoresNames) {
            quota.name = "any".into();
        }
        quota
    }
}

#[async_trait]
impl RateLimiter for Broken {
    async fn check(&self, key: &str, quotas: &[Quota]) -> Result<Decision> {
        let reached = self.node.reach().await;
        if reached.is_err() && self.node.has(AllowsAllWhileAway) {
            return Ok(Decision::Allowed { remaining: 1 });
        }
        reached?;
        let mut key = key.to_owned();
        let mut quotas: Vec<_> = quotas.iter().cloned().map(|it| self.quota(it)).collect();
        let century = Duration::from_hours(24 * 365 * 100);
        match self.node.fault() {
            Some(LooksBeforeItCounts | RefillsAtTheEndOfThePeriod) => {
                return Ok(self.in_windows(&key, &quotas[0]).await);
            }
            Some(RefusesLongPeriods) if quotas.iter().any(|quota| quota.period > century) => {
                return Err(Error::invalid_field("period", "is longer than a century"));
            }
            Some(CountsInTheFirstQuotaOnly) => quotas.truncate(1),
            Some(FoldsTheCaseOfKeys) => key = key.to_lowercase(),
            Some(JoinsKeyAndName) => {
                key = format!("{key}:{}", quotas[0].name);
                quotas[0].name = "any".into();
            }
            _ => {}
        }
        if self.node.has(CountsUntilAQuotaDenies) {
            let mut least = u32::MAX;
            for quota in &quotas {
                match self.limiter().check(&key, slice::from_ref(quota)).await? {
                    Decision::Allowed { remaining } => least = least.min(remaining),
                    denied @ Decision::Denied { .. } => return Ok(denied),
                }
            }
            return Ok(Decision::Allowed { remaining: least });
        }
        Ok(match self.limiter().check(&key, &quotas).await? {
            Decision::Allowed { remaining } if self.node.has(AllowsOneMore) => Decision::Allowed {
                remaining: remaining.saturating_sub(1),
            },
            Decision::Denied { retry_after } if self.node.has(SaysToComeTooEarly) => {
                Decision::Denied {
                    retry_after: retry_after / 2,
                }
            }
            Decision::Denied { retry_after } if self.node.has(SaysWhenTheFastestReturns) => {
                let intervals = quotas.iter().map(|quota| quota.period / quota.burst.get());
                Decision::Denied {
                    retry_after: intervals.min().unwrap_or_default().min(retry_after),
                }
            }
            sound => sound,
        })
    }
}
