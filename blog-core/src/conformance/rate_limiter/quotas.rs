use std::slice;

use super::{HOUR, RateLimiterFixture, Verdict, World, expect, quota, remaining};

pub(super) async fn an_allowed_call_counts_in_each_quota<F: RateLimiterFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let limiter = world.open().await?;
    let (few, many) = (quota("few", 3, HOUR), quota("many", 5, HOUR));
    let both = [many.clone(), few.clone()];
    expect(2, remaining(2, &*limiter, "key", &both).await?, Some(2))?;
    expect(2, remaining(2, &*limiter, "key", &[few]).await?, Some(1))?;
    expect(2, remaining(2, &*limiter, "key", &[many]).await?, Some(3))?;
    let none = remaining(2, &*limiter, "key", &[]).await?;
    expect(2, none.is_some(), true)
}

pub(super) async fn a_denied_call_counts_in_none<F: RateLimiterFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let limiter = world.open().await?;
    let (wide, narrow) = (quota("wide", 5, HOUR), quota("narrow", 1, HOUR));
    let orders = [[wide.clone(), narrow.clone()], [narrow, wide.clone()]];
    for (key, both) in ["one", "two"].into_iter().zip(orders) {
        expect(2, remaining(2, &*limiter, key, &both).await?, Some(0))?;
        for _ in 0..10 {
            expect(2, remaining(2, &*limiter, key, &both).await?, None)?;
        }
        let left = remaining(2, &*limiter, key, slice::from_ref(&wide)).await?;
        expect(2, left, Some(3))?;
    }
    Ok(())
}
