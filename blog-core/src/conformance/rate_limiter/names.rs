use super::{HOUR, RateLimiterFixture, Verdict, World, expect, quota, remaining};
use crate::conformance::samples::names;

/// Fails unless each of these pairs of a key and a quota's name allows one call of its own.
async fn each_allows_one<F: RateLimiterFixture>(
    world: &World<'_, F>,
    pairs: Vec<(String, String)>,
) -> Verdict {
    let limiter = world.open().await?;
    for expected in [Some(0), None] {
        for (key, name) in &pairs {
            let left = remaining(4, &*limiter, key, &[quota(name, 1, HOUR)]).await?;
            expect(4, (key, name, left), (key, name, expected))?;
        }
    }
    Ok(())
}

pub(super) async fn keys_do_not_touch_each_other<F: RateLimiterFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let pairs = names().into_iter().map(|key| (key, "a".to_owned()));
    each_allows_one(world, pairs.collect()).await
}

pub(super) async fn quotas_of_a_key_do_not_touch_each_other<F: RateLimiterFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let pairs = names().into_iter().map(|name| ("key".to_owned(), name));
    each_allows_one(world, pairs.collect()).await
}

pub(super) async fn a_key_and_a_name_are_not_one_text<F: RateLimiterFixture>(
    world: &World<'_, F>,
) -> Verdict {
    // Each separator, and none, stands once in the key and once in the name.
    let joined = ["", ":", "/", "|", ".", "-", " ", "\0", "\n"];
    let pairs = joined.into_iter().flat_map(|separator| {
        let (key, name) = (format!("a{separator}b"), format!("b{separator}c"));
        [(key, "c".to_owned()), ("a".to_owned(), name)]
    });
    each_allows_one(world, pairs.collect()).await
}
