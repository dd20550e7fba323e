use std::num::NonZeroU32;
use std::time::Duration;

use blog_core::ports::{Decision, Quota, RateLimiter};
use blog_redis::{Redis, RedisRateLimiter};

use crate::server::{RedisServer, eventually, patient};

const HOUR: Duration = Duration::from_hours(1);

pub(crate) fn quota(name: &'static str, burst: u32, period: Duration) -> Quota {
    Quota {
        name: name.into(),
        burst: NonZeroU32::new(burst).unwrap(),
        period,
    }
}

async fn remaining(limiter: &RedisRateLimiter, key: &str, quotas: &[Quota]) -> Option<u32> {
    match limiter.check(key, quotas).await.unwrap() {
        Decision::Allowed { remaining } => Some(remaining),
        Decision::Denied { .. } => None,
    }
}

#[tokio::test]
async fn a_bucket_is_forgotten_when_it_is_full_again_and_not_earlier() {
    let server = RedisServer::start().await;
    let redis = Redis::connect(&server.url(), patient()).await.unwrap();
    let limiter = RedisRateLimiter::new(&redis);
    remaining(&limiter, "key", &[quota("long", 2, HOUR)]).await;
    remaining(
        &limiter,
        "key",
        &[quota("short", 1, Duration::from_millis(20))],
    )
    .await;
    let left: u64 = server.ask(&["PTTL", "blog:limit:key"]).await;
    assert!((1_700_000..=1_800_000).contains(&left), "{left}");
    remaining(
        &limiter,
        "other",
        &[quota("short", 1, Duration::from_millis(20))],
    )
    .await;
    eventually("it is gone", async || {
        server.ask::<Vec<String>>(&["KEYS", "*"]).await == ["blog:limit:key"]
    })
    .await;
}

#[tokio::test]
async fn counting_goes_on_after_redis_has_forgotten_the_script() {
    let server = RedisServer::start().await;
    let redis = Redis::connect(&server.url(), patient()).await.unwrap();
    let limiter = RedisRateLimiter::new(&redis);
    let quotas = [quota("a", 3, HOUR)];
    for expected in (0..3).rev() {
        server.ask::<()>(&["SCRIPT", "FLUSH"]).await;
        assert_eq!(remaining(&limiter, "key", &quotas).await, Some(expected));
    }
}

#[tokio::test]
async fn flushed_counters_begin_anew() {
    let server = RedisServer::start().await;
    let redis = Redis::connect(&server.url(), patient()).await.unwrap();
    let limiter = RedisRateLimiter::new(&redis);
    let once = [quota("a", 1, HOUR)];
    assert_eq!(remaining(&limiter, "key", &once).await, Some(0));
    assert_eq!(remaining(&limiter, "key", &once).await, None);
    server.ask::<()>(&["FLUSHALL"]).await;
    assert_eq!(remaining(&limiter, "key", &once).await, Some(0));
}
