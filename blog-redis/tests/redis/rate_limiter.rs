use std::num::NonZeroU32;
use std::time::Duration;

use blog_core::ports::{Decision, Quota, RateLimiter};
use blog_redis::{Redis, RedisRateLimiter};
use tokio::task::JoinSet;

use crate::server::{AnyRedis, RedisServer, eventually, patient};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_from_many_tasks_on_two_nodes_allows_exactly_the_burst() {
    let redis = AnyRedis::new().await;
    let nodes = [redis.connect().await, redis.connect().await];
    let mut calls = JoinSet::new();
    for call in 0..300 {
        let limiter = RedisRateLimiter::new(&nodes[call % 2]);
        calls.spawn(async move { remaining(&limiter, "key", &[quota("a", 100, HOUR)]).await });
    }
    let answers = calls.join_all().await;
    let mut allowed: Vec<_> = answers.into_iter().flatten().collect();
    allowed.sort_unstable();
    assert_eq!(allowed, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn no_more_than_the_burst_is_allowed_whatever_it_divides_the_period_into() {
    let redis = AnyRedis::new().await;
    let limiter = RedisRateLimiter::new(&redis.connect().await);
    for burst in [1, 3, 7, 59] {
        let quotas = [quota("a", burst, HOUR + Duration::from_nanos(1))];
        let key = burst.to_string();
        for expected in (0..burst).rev() {
            assert_eq!(remaining(&limiter, &key, &quotas).await, Some(expected));
        }
        assert_eq!(remaining(&limiter, &key, &quotas).await, None);
    }
}

#[tokio::test]
async fn a_denied_call_is_allowed_after_the_time_that_it_was_told() {
    let redis = AnyRedis::new().await;
    let limiter = RedisRateLimiter::new(&redis.connect().await);
    let quotas = [quota("a", 2, Duration::from_millis(600))];
    assert_eq!(remaining(&limiter, "key", &quotas).await, Some(1));
    let mut waits = 0;
    for _ in 0..6 {
        if let Decision::Denied { retry_after } = limiter.check("key", &quotas).await.unwrap() {
            assert!(retry_after > Duration::ZERO && retry_after <= Duration::from_millis(300));
            tokio::time::sleep(retry_after).await;
            assert!(remaining(&limiter, "key", &quotas).await.is_some());
            waits += 1;
        }
    }
    assert!(waits > 0);
}

#[tokio::test]
async fn a_call_that_one_quota_denies_counts_in_none() {
    let redis = AnyRedis::new().await;
    let limiter = RedisRateLimiter::new(&redis.connect().await);
    let (wide, narrow) = (quota("wide", 5, HOUR), quota("narrow", 1, HOUR));
    let both = [wide.clone(), narrow];
    assert_eq!(remaining(&limiter, "key", &both).await, Some(0));
    for _ in 0..10 {
        assert_eq!(remaining(&limiter, "key", &both).await, None);
    }
    assert_eq!(remaining(&limiter, "key", &[wide]).await, Some(3));
}

#[tokio::test]
async fn keys_and_the_quotas_of_a_key_are_independent() {
    let redis = AnyRedis::new().await;
    let limiter = RedisRateLimiter::new(&redis.connect().await);
    let once = [quota("a", 1, HOUR)];
    for key in ["", "a", "b", "{a}", "{a}b", "a:b", "a\0\r\n", "ключ"] {
        assert_eq!(remaining(&limiter, key, &once).await, Some(0), "{key}");
        assert_eq!(
            remaining(&limiter, key, &[quota("b", 1, HOUR)]).await,
            Some(0),
            "{key}"
        );
        assert_eq!(remaining(&limiter, key, &once).await, None, "{key}");
    }
}

#[tokio::test]
async fn any_quota_can_be_asked_for() {
    let redis = AnyRedis::new().await;
    let limiter = RedisRateLimiter::new(&redis.connect().await);
    assert_eq!(remaining(&limiter, "key", &[]).await, Some(u32::MAX));
    let longest = [quota("longest", 2, Duration::MAX)];
    assert_eq!(remaining(&limiter, "key", &longest).await, Some(1));
    assert_eq!(remaining(&limiter, "key", &longest).await, Some(0));
    assert_eq!(remaining(&limiter, "key", &longest).await, None);
    let largest = [quota("largest", u32::MAX, HOUR)];
    assert_eq!(
        remaining(&limiter, "key", &largest).await,
        Some(u32::MAX - 1)
    );
    let none = [quota("none", 1, Duration::ZERO)];
    for _ in 0..3 {
        assert_eq!(remaining(&limiter, "other", &none).await, Some(0));
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
