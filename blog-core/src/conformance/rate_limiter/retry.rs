use std::time::Duration;

use tokio::time::sleep;

use super::{
    Decision, Quota, RateLimiter, RateLimiterFixture, Verdict, World, broke, quota, succeed,
};

/// Calls until a call is denied, and once more after the time that it was told.
async fn comes_again(limiter: &dyn RateLimiter, key: &str, quotas: &[Quota]) -> Verdict {
    let retry_after = loop {
        match succeed(3, limiter.check(key, quotas).await)? {
            Decision::Allowed { .. } => {}
            Decision::Denied { retry_after } => break retry_after,
        }
    };
    sleep(retry_after).await;
    match succeed(3, limiter.check(key, quotas).await)? {
        Decision::Allowed { .. } => Ok(()),
        denied @ Decision::Denied { .. } => {
            let expected = format!("a call to be allowed after {retry_after:?}");
            Err(broke(3, expected, format!("{denied:?}")))
        }
    }
}

pub(super) async fn a_denied_call_is_allowed_after_the_time_it_was_told<F: RateLimiterFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let limiter = world.open().await?;
    let quotas = [quota("a", 2, Duration::from_millis(400))];
    for _ in 0..5 {
        comes_again(&*limiter, "key", &quotas).await?;
    }
    Ok(())
}

pub(super) async fn the_slowest_quota_tells_the_time<F: RateLimiterFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let limiter = world.open().await?;
    let fast = quota("fast", 1, Duration::from_millis(100));
    let slow = quota("slow", 1, Duration::from_millis(400));
    let orders = [[fast.clone(), slow.clone()], [slow, fast]];
    for (key, quotas) in ["one", "two"].into_iter().zip(orders) {
        comes_again(&*limiter, key, &quotas).await?;
    }
    Ok(())
}
