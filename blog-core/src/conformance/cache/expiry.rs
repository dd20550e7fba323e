use std::time::Duration;

use super::{Cache, CacheFixture, HOUR, Patience, Verdict, World, expect, succeed};

const SHORT: Duration = Duration::from_millis(200);

async fn goes(cache: &dyn Cache, key: &str) -> Verdict {
    let patience = Patience::new(2, "the entry to be gone after its time");
    while succeed(2, cache.get(key).await)?.is_some() {
        patience.wait().await?;
    }
    Ok(())
}

pub(super) async fn an_entry_is_gone_after_its_time<F: CacheFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    succeed(2, nodes[0].put("key", "old".into(), SHORT).await)?;
    for node in nodes {
        goes(&*node, "key").await?;
    }
    Ok(())
}

pub(super) async fn a_put_brings_a_time_of_its_own<F: CacheFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let cache = world.open().await?;
    let (stays, goes_soon) = ("stays", "goes");
    succeed(2, cache.put(stays, "old".into(), SHORT).await)?;
    succeed(2, cache.put(stays, "new".into(), HOUR).await)?;
    succeed(2, cache.put(goes_soon, "old".into(), HOUR).await)?;
    succeed(2, cache.put(goes_soon, "new".into(), SHORT).await)?;
    goes(&*cache, goes_soon).await?;
    // Its first time is over as well, for it began earlier.
    expect(2, succeed(2, cache.get(stays).await)?, Some("new".into()))
}

pub(super) async fn any_time_can_be_asked_for<F: CacheFixture>(world: &World<'_, F>) -> Verdict {
    let cache = world.open().await?;
    succeed(2, cache.put("key", "one".into(), Duration::MAX).await)?;
    expect(2, succeed(2, cache.get("key").await)?, Some("one".into()))?;
    for nothing in [Duration::ZERO, Duration::from_nanos(1)] {
        succeed(2, cache.put("key", "one".into(), HOUR).await)?;
        succeed(2, cache.put("key", "two".into(), nothing).await)?;
        goes(&*cache, "key").await?;
    }
    Ok(())
}
