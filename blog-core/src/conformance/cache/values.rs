use bytes::Bytes;

use super::{CacheFixture, HOUR, Verdict, World, expect, expect_bytes, names, succeed, values};

pub(super) async fn the_last_put_of_a_key_is_got_on_every_node<F: CacheFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    expect(1, succeed(1, nodes[0].get("key").await)?, None)?;
    for number in 0..10 {
        let value = Bytes::from(format!("value {number}"));
        let put = nodes[number % 2].put("key", value.clone(), HOUR).await;
        succeed(1, put)?;
        for node in &nodes {
            expect(1, succeed(1, node.get("key").await)?, Some(value.clone()))?;
        }
    }
    Ok(())
}

pub(super) async fn no_key_answers_for_another<F: CacheFixture>(world: &World<'_, F>) -> Verdict {
    let cache = world.open().await?;
    for key in names() {
        expect(1, succeed(1, cache.get(&key).await)?, None)?;
        succeed(1, cache.put(&key, key.clone().into(), HOUR).await)?;
    }
    for key in names() {
        expect(1, succeed(1, cache.get(&key).await)?, Some(key.into()))?;
    }
    Ok(())
}

pub(super) async fn bytes_come_back_as_they_were<F: CacheFixture>(world: &World<'_, F>) -> Verdict {
    let cache = world.open().await?;
    for value in values() {
        succeed(1, cache.put("key", value.clone(), HOUR).await)?;
        let kept = succeed(1, cache.get("key").await)?;
        expect_bytes(1, kept.as_ref(), &value)?;
    }
    Ok(())
}

pub(super) async fn of_puts_at_once_one_is_got_whole<F: CacheFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let value = |number| Bytes::from(vec![number; 100_000]);
    succeed(1, nodes[0].put("key", value(0), HOUR).await)?;
    let tasks: Vec<_> = (1..=20)
        .map(|number: u8| {
            let node = nodes[usize::from(number) % 2].clone();
            tokio::spawn(async move {
                node.put("key", value(number), HOUR).await?;
                node.get("key").await
            })
        })
        .collect();
    for task in tasks {
        let got = succeed(1, task.await?)?;
        let first = got.as_ref().and_then(|got| got.first().copied());
        expect_bytes(1, got.as_ref(), &value(first.unwrap_or_default()))?;
    }
    Ok(())
}

pub(super) async fn what_is_removed_is_gone_on_every_node<F: CacheFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    for key in ["key", "other"] {
        succeed(1, nodes[0].put(key, "value".into(), HOUR).await)?;
    }
    // Nothing is there any more the second time.
    for _ in 0..2 {
        succeed(1, nodes[1].remove("key").await)?;
        for node in &nodes {
            expect(1, succeed(1, node.get("key").await)?, None)?;
            let other = succeed(1, node.get("other").await)?;
            expect(1, other, Some("value".into()))?;
        }
    }
    Ok(())
}
