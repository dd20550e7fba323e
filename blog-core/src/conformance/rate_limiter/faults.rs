use super::{
    HOUR, Patience, RateLimiter, RateLimiterFixture, Verdict, World, bounded, quota, unavailable,
};

/// Waits until the limiter counts again.
async fn works(limiter: &dyn RateLimiter) -> Verdict {
    let patience = Patience::new(5, "a limiter that is back to work again");
    let quotas = [quota("a", 1, HOUR)];
    while bounded(5, limiter.check("key", &quotas)).await?.is_err() {
        patience.wait().await?;
    }
    Ok(())
}

pub(super) async fn a_limiter_that_is_away_says_so_and_works_again<F: RateLimiterFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let limiter = world.open().await?;
    works(&*limiter).await?;
    for _ in 0..2 {
        world.interrupt().await?;
        unavailable(5, limiter.check("key", &[quota("a", 1, HOUR)])).await?;
        world.restore().await?;
        works(&*limiter).await?;
    }
    Ok(())
}

pub(super) async fn a_frozen_limiter_holds_no_call_up<F: RateLimiterFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let limiter = world.open().await?;
    works(&*limiter).await?;
    world.freeze().await?;
    unavailable(5, limiter.check("key", &[quota("a", 1, HOUR)])).await?;
    world.thaw().await?;
    works(&*limiter).await
}
