use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    Decision, HOUR, RateLimiterFixture, Verdict, World, broke, expect, quota, remaining, succeed,
};

pub(super) async fn of_calls_at_once_on_two_nodes_the_burst_is_allowed<F: RateLimiterFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let tasks: Vec<_> = (0..120)
        .map(|call: usize| {
            let node = nodes[call % 2].clone();
            tokio::spawn(async move { remaining(1, &*node, "key", &[quota("a", 40, HOUR)]).await })
        })
        .collect();
    let mut allowed = Vec::new();
    for task in tasks {
        allowed.extend(task.await??);
    }
    allowed.sort_unstable();
    expect(1, allowed, (0..40).collect())
}

pub(super) async fn a_burst_that_does_not_divide_its_period_is_no_larger<F: RateLimiterFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let limiter = world.open().await?;
    for burst in [1, 3, 7, 59] {
        let quotas = [quota("a", burst, HOUR + Duration::from_nanos(1))];
        let key = burst.to_string();
        for expected in (0..burst).rev() {
            let left = remaining(1, &*limiter, &key, &quotas).await?;
            expect(1, left, Some(expected))?;
        }
        expect(1, remaining(1, &*limiter, &key, &quotas).await?, None)?;
    }
    Ok(())
}

pub(super) async fn calls_return_evenly<F: RateLimiterFixture>(world: &World<'_, F>) -> Verdict {
    const BURST: u32 = 3;
    const INTERVAL: Duration = Duration::from_millis(200);
    let limiter = world.open().await?;
    let quotas = [quota("a", BURST, INTERVAL * BURST)];
    let (began, mut allowed) = (Instant::now(), 0);
    while allowed < 2 * BURST {
        match succeed(1, limiter.check("key", &quotas).await)? {
            Decision::Allowed { .. } => {
                allowed += 1;
                let earliest = INTERVAL * allowed.saturating_sub(BURST);
                if began.elapsed() < earliest {
                    let expected = format!("call {allowed} not within {earliest:?}");
                    return Err(broke(1, expected, "it allowed earlier"));
                }
            }
            Decision::Denied { retry_after } => {
                if retry_after > INTERVAL {
                    let expected = format!("a call to return in {INTERVAL:?}");
                    return Err(broke(1, expected, format!("{retry_after:?}")));
                }
                sleep(Duration::from_millis(5)).await;
            }
        }
    }
    Ok(())
}

pub(super) async fn any_quota_can_be_asked_for<F: RateLimiterFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let limiter = world.open().await?;
    let longest = [quota("longest", 2, Duration::MAX)];
    for left in [Some(1), Some(0), None] {
        expect(1, remaining(1, &*limiter, "key", &longest).await?, left)?;
    }
    for (burst, period) in [(7_919, Duration::from_secs(1)), (u32::MAX, HOUR)] {
        let large = [quota(&burst.to_string(), burst, period)];
        let left = remaining(1, &*limiter, "key", &large).await?;
        expect(1, left, Some(burst - 1))?;
    }
    // What returns at once is always allowed.
    let none = [quota("none", 1, Duration::ZERO)];
    for _ in 0..3 {
        let left = remaining(1, &*limiter, "key", &none).await?;
        expect(1, left.is_some(), true)?;
    }
    Ok(())
}
