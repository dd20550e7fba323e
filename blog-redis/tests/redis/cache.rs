use std::time::Duration;

use blog_core::ports::Cache;
use blog_redis::{Redis, RedisCache};
use bytes::Bytes;

use crate::server::{AnyRedis, RedisServer, eventually, patient};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn what_was_put_is_there_until_it_is_replaced_or_removed() {
    let redis = AnyRedis::new().await;
    let cache = RedisCache::new(&redis.connect().await);
    assert_eq!(cache.get("key").await.unwrap(), None);
    cache.put("key", "one".into(), MINUTE).await.unwrap();
    cache.put("other", "two".into(), MINUTE).await.unwrap();
    assert_eq!(cache.get("key").await.unwrap(), Some("one".into()));
    cache.put("key", "three".into(), MINUTE).await.unwrap();
    assert_eq!(cache.get("key").await.unwrap(), Some("three".into()));
    cache.remove("key").await.unwrap();
    cache.remove("key").await.unwrap();
    assert_eq!(cache.get("key").await.unwrap(), None);
    assert_eq!(cache.get("other").await.unwrap(), Some("two".into()));
}

#[tokio::test]
async fn values_and_keys_come_back_byte_for_byte() {
    let redis = AnyRedis::new().await;
    let cache = RedisCache::new(&redis.connect().await);
    let all: Vec<u8> = (0..=255).collect();
    let values = [Bytes::new(), all.clone().into(), all.repeat(10_000).into()];
    for (value, key) in values.into_iter().zip(["", "a key\r\n\0{}", "ключ:*"]) {
        cache.put(key, value.clone(), MINUTE).await.unwrap();
        assert!(cache.get(key).await.unwrap() == Some(value), "{key}");
    }
}

#[tokio::test]
async fn an_entry_is_gone_after_its_time() {
    let redis = AnyRedis::new().await;
    let cache = RedisCache::new(&redis.connect().await);
    let short = Duration::from_millis(30);
    cache.put("key", "old".into(), MINUTE).await.unwrap();
    cache.put("key", "new".into(), short).await.unwrap();
    tokio::time::sleep(short * 2).await;
    assert_eq!(cache.get("key").await.unwrap(), None);
}

#[tokio::test]
async fn any_time_can_be_asked_for() {
    let redis = AnyRedis::new().await;
    let cache = RedisCache::new(&redis.connect().await);
    cache.put("key", "one".into(), Duration::MAX).await.unwrap();
    assert_eq!(cache.get("key").await.unwrap(), Some("one".into()));
    for nothing in [Duration::ZERO, Duration::from_nanos(1)] {
        cache.put("key", "two".into(), nothing).await.unwrap();
        assert_eq!(cache.get("key").await.unwrap(), None);
    }
}

#[tokio::test]
async fn nodes_share_what_is_kept() {
    let redis = AnyRedis::new().await;
    let here = RedisCache::new(&redis.connect().await);
    let there = RedisCache::new(&redis.connect().await);
    here.put("key", "one".into(), MINUTE).await.unwrap();
    assert_eq!(there.get("key").await.unwrap(), Some("one".into()));
    there.remove("key").await.unwrap();
    assert_eq!(here.get("key").await.unwrap(), None);
}

#[tokio::test]
async fn blogs_with_different_prefixes_share_nothing() {
    let server = RedisServer::start().await;
    let mut config = patient();
    config.key_prefix = "one:".to_owned();
    let one = Redis::connect(&server.url(), config.clone()).await.unwrap();
    config.key_prefix = "two:".to_owned();
    let two = Redis::connect(&server.url(), config).await.unwrap();
    RedisCache::new(&one)
        .put("key", "one".into(), MINUTE)
        .await
        .unwrap();
    assert_eq!(RedisCache::new(&two).get("key").await.unwrap(), None);
    assert_eq!(
        server.ask::<Vec<String>>(&["KEYS", "*"]).await,
        ["one:cache:key"]
    );
}

#[tokio::test]
async fn a_flushed_cache_is_an_empty_one() {
    let server = RedisServer::start().await;
    let redis = Redis::connect(&server.url(), patient()).await.unwrap();
    let cache = RedisCache::new(&redis);
    cache.put("key", "one".into(), MINUTE).await.unwrap();
    server.ask::<()>(&["FLUSHALL"]).await;
    assert_eq!(cache.get("key").await.unwrap(), None);
    cache.put("key", "two".into(), MINUTE).await.unwrap();
    assert_eq!(cache.get("key").await.unwrap(), Some("two".into()));
}

#[tokio::test]
async fn a_full_redis_is_an_error_that_says_so_and_passes() {
    let server = RedisServer::start().await;
    let redis = Redis::connect(&server.url(), patient()).await.unwrap();
    let cache = RedisCache::new(&redis);
    server.ask::<()>(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let error = cache.put("key", "one".into(), MINUTE).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert_eq!(error.to_string(), "Redis is out of memory");
    assert_eq!(cache.get("key").await.unwrap(), None);
    server.ask::<()>(&["CONFIG", "SET", "maxmemory", "0"]).await;
    eventually("it has room", async || {
        cache.put("key", "one".into(), MINUTE).await.is_ok()
    })
    .await;
}
