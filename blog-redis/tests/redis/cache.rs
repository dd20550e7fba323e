use std::time::Duration;

use blog_core::ports::Cache;
use blog_redis::{Redis, RedisCache};

use crate::server::{RedisServer, eventually, patient};

const MINUTE: Duration = Duration::from_secs(60);

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
