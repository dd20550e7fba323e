//! The cache, the transport and the rate limiter in memory keep their ports' promises.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::num::NonZeroU32;
use std::time::Duration;

use blog_core::memory::{MemoryCache, MemoryRateLimiter, MemoryTransport};
use blog_core::ports::{Cache, Decision, Delivery, Quota, RateLimiter, Transport};
use bytes::Bytes;

fn quota(name: &'static str, burst: u32, seconds: u64) -> Quota {
    Quota {
        name: name.into(),
        burst: NonZeroU32::new(burst).unwrap(),
        period: Duration::from_secs(seconds),
    }
}

fn is_allowed(decision: Decision) -> bool {
    matches!(decision, Decision::Allowed { .. })
}

#[tokio::test(start_paused = true)]
async fn an_entry_is_kept_for_its_time_and_shared_by_clones() {
    let cache = MemoryCache::default();
    let bytes = Bytes::from_static(b"\0\xff");
    let minute = Duration::from_secs(60);
    cache.put("a", bytes.clone(), minute).await.unwrap();
    let other = cache.clone();
    assert_eq!(other.get("a").await.unwrap(), Some(bytes.clone()));
    assert_eq!(other.get("b").await.unwrap(), None);
    tokio::time::advance(minute).await;
    assert_eq!(other.get("a").await.unwrap(), None);
    cache.put("a", bytes, minute).await.unwrap();
    other.remove("a").await.unwrap();
    assert_eq!(cache.get("a").await.unwrap(), None);
}

#[tokio::test]
async fn a_message_reaches_every_subscriber_of_its_topic_and_no_other() {
    let transport = MemoryTransport::default();
    let mut here = transport.subscribe("a").await.unwrap();
    let mut there = transport.clone().subscribe("a").await.unwrap();
    let mut other = transport.subscribe("b").await.unwrap();
    transport.publish("a", "one".into()).await.unwrap();
    transport.publish("b", "two".into()).await.unwrap();
    for subscription in [&mut here, &mut there] {
        let delivery = subscription.next().await;
        assert_eq!(delivery, Some(Delivery::Message("one".into())));
    }
    let delivery = other.next().await;
    assert_eq!(delivery, Some(Delivery::Message("two".into())));
}

#[tokio::test]
async fn a_slow_subscriber_is_told_that_it_missed_something_and_nobody_waits() {
    let transport = MemoryTransport::default();
    let mut slow = transport.subscribe("a").await.unwrap();
    for number in 0..10_000_u32 {
        let message = Bytes::from(number.to_string());
        transport.publish("a", message).await.unwrap();
    }
    assert_eq!(slow.next().await, Some(Delivery::Missed));
    let Some(Delivery::Message(_)) = slow.next().await else {
        unreachable!("what is still kept follows");
    };
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_allowed_and_then_as_many_as_return() {
    let limiter = MemoryRateLimiter::default();
    let quotas = [quota("minute", 3, 60)];
    for remaining in [2, 1, 0] {
        let decision = limiter.check("ada", &quotas).await.unwrap();
        assert_eq!(decision, Decision::Allowed { remaining });
    }
    let Decision::Denied { retry_after } = limiter.check("ada", &quotas).await.unwrap() else {
        unreachable!("the burst is used up");
    };
    assert_eq!(retry_after, Duration::from_secs(20));
    assert!(is_allowed(limiter.check("bob", &quotas).await.unwrap()));
    tokio::time::advance(retry_after).await;
    assert!(is_allowed(limiter.check("ada", &quotas).await.unwrap()));
    assert!(!is_allowed(limiter.check("ada", &quotas).await.unwrap()));
}

#[tokio::test(start_paused = true)]
async fn a_denied_call_counts_in_none_of_its_quotas() {
    let limiter = MemoryRateLimiter::default();
    let both = [quota("second", 1, 1), quota("hour", 3, 3600)];
    assert!(is_allowed(limiter.check("ada", &both).await.unwrap()));
    for _ in 0..10 {
        assert!(!is_allowed(limiter.check("ada", &both).await.unwrap()));
    }
    let hour = [both[1].clone()];
    assert!(is_allowed(limiter.check("ada", &hour).await.unwrap()));
    assert!(is_allowed(limiter.check("ada", &hour).await.unwrap()));
    assert!(!is_allowed(limiter.check("ada", &hour).await.unwrap()));
}

#[tokio::test(start_paused = true)]
async fn a_burst_that_does_not_divide_its_period_is_no_larger() {
    let limiter = MemoryRateLimiter::default();
    let quotas = [quota("uneven", 7_919, 1)];
    let mut allowed = 0;
    for _ in 0..8_000 {
        allowed += u32::from(is_allowed(limiter.check("ada", &quotas).await.unwrap()));
    }
    assert_eq!(allowed, 7_919);
}
