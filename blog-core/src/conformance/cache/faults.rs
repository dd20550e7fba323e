use super::{
    Cache, CacheFixture, HOUR, Patience, Verdict, World, bounded, expect, succeed, unavailable,
};

pub(super) async fn what_was_forgotten_is_nothing_and_can_be_put_again<F: CacheFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    for node in &nodes {
        succeed(1, node.put("key", "one".into(), HOUR).await)?;
        expect(1, succeed(1, node.get("key").await)?, Some("one".into()))?;
    }
    world.forget().await?;
    for node in &nodes {
        expect(1, succeed(1, node.get("key").await)?, None)?;
    }
    succeed(1, nodes[0].put("key", "two".into(), HOUR).await)?;
    for node in &nodes {
        expect(1, succeed(1, node.get("key").await)?, Some("two".into()))?;
    }
    Ok(())
}

/// Waits until the cache keeps and forgets again.
async fn works(cache: &dyn Cache) -> Verdict {
    let patience = Patience::new(3, "a cache that is back to work again");
    loop {
        let put = bounded(3, cache.put("key", "new".into(), HOUR)).await?;
        let got = bounded(3, cache.get("key")).await?;
        let removed = bounded(3, cache.remove("key")).await?;
        if put.is_ok() && removed.is_ok() && got.is_ok_and(|got| got == Some("new".into())) {
            return Ok(());
        }
        patience.wait().await?;
    }
}

pub(super) async fn a_cache_that_is_away_says_so_and_works_again<F: CacheFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let cache = world.open().await?;
    works(&*cache).await?;
    for _ in 0..2 {
        world.interrupt().await?;
        unavailable(3, cache.get("key")).await?;
        unavailable(3, cache.put("key", "old".into(), HOUR)).await?;
        unavailable(3, cache.remove("key")).await?;
        world.restore().await?;
        works(&*cache).await?;
    }
    Ok(())
}

pub(super) async fn a_frozen_cache_holds_no_call_up<F: CacheFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let cache = world.open().await?;
    works(&*cache).await?;
    world.freeze().await?;
    unavailable(3, cache.get("key")).await?;
    unavailable(3, cache.put("key", "old".into(), HOUR)).await?;
    unavailable(3, cache.remove("key")).await?;
    world.thaw().await?;
    works(&*cache).await
}
