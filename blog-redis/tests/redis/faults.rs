use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use blog_core::Error;
use blog_core::ports::{Cache, Delivery, RateLimiter, Transport};
use blog_redis::{Redis, RedisCache, RedisConfig, RedisRateLimiter, RedisTransport};
use tokio::time::Instant;

use crate::rate_limiter::quota;
use crate::server::{PATIENCE, RedisServer, eventually};
use crate::transport::{message, next};

const MINUTE: Duration = Duration::from_secs(60);

/// What a machine that is busy with other tests may add to a bound.
pub(crate) const BUSY: Duration = Duration::from_millis(400);

/// What takes no time, on a busy machine.
const AT_ONCE: Duration = Duration::from_millis(100);

/// Everything that a node uses.
struct Node {
    redis: Redis,
    cache: RedisCache,
    transport: RedisTransport,
    limiter: RedisRateLimiter,
}

impl Node {
    async fn new(url: &str) -> Self {
        let redis = Redis::connect(url, RedisConfig::default()).await.unwrap();
        let node = Self {
            cache: RedisCache::new(&redis),
            transport: RedisTransport::new(&redis),
            limiter: RedisRateLimiter::new(&redis),
            redis,
        };
        node.works().await;
        node
    }

    /// Waits until it does.
    async fn works(&self) {
        eventually("all calls succeed", async || {
            self.calls()
                .await
                .into_iter()
                .all(|(result, _)| result.is_ok())
        })
        .await;
    }

    /// One call of each kind, and how long it took.
    async fn calls(&self) -> [(Result<(), Error>, Duration); 5] {
        // A topic that the node listens to already needs no answer of Redis.
        static TOPIC: AtomicU32 = AtomicU32::new(0);
        let new = TOPIC.fetch_add(1, Ordering::Relaxed).to_string();
        [
            timed(async { self.cache.get("key").await.map(drop) }).await,
            timed(self.cache.put("key", "value".into(), MINUTE)).await,
            timed(self.transport.publish("topic", "call".into())).await,
            timed(async { self.transport.subscribe(&new).await.map(drop) }).await,
            timed(async {
                self.limiter
                    .check("key", &[quota("a", 1, MINUTE)])
                    .await
                    .map(drop)
            })
            .await,
        ]
    }

    async fn fails_at_once(&self) {
        for (result, took) in self.calls().await {
            assert!(result.unwrap_err().is_retryable());
            assert!(took < AT_ONCE, "{took:?}");
        }
    }
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let since = Instant::now();
    let done = work.await;
    (done, since.elapsed())
}

/// Reads until the next loss; what comes before it may be messages.
async fn is_told_of_a_loss(subscription: &mut blog_core::ports::Subscription) {
    while next(subscription).await.expect("the subscription lives") != Delivery::Missed {}
}

#[tokio::test]
async fn a_stopped_redis_costs_one_bounded_wait_and_then_nothing() {
    let mut server = RedisServer::start().await;
    let node = Node::new(&server.url()).await;
    server.stop();
    let bound = RedisConfig::default().timeout + BUSY;
    for (result, took) in node.calls().await {
        assert!(result.unwrap_err().is_retryable());
        assert!(took < bound, "{took:?}");
    }
    node.fails_at_once().await;
    let error = node.redis.ping().await.unwrap_err();
    assert_eq!(error.to_string(), "Redis cannot be reached");
    let (_, took) = timed(async {
        server.restart().await;
        node.works().await;
    })
    .await;
    eprintln!("works {took:?} after the restart began");
}

#[tokio::test]
async fn a_frozen_redis_costs_one_bounded_wait_and_then_nothing() {
    let server = RedisServer::start().await;
    let node = Node::new(&server.url()).await;
    let mut subscription = node.transport.subscribe("topic").await.unwrap();
    server.freeze();
    let bound = RedisConfig::default().timeout + BUSY;
    for (result, took) in node.calls().await {
        assert!(result.unwrap_err().is_retryable());
        assert!(took < bound, "{took:?}");
    }
    // Longer than the node waits between its attempts: none of these is at a call's cost.
    let until = Instant::now() + Duration::from_secs(4);
    while Instant::now() < until {
        node.fails_at_once().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.thaw();
    let (_, took) = timed(node.works()).await;
    eprintln!("works {took:?} after the thaw");
    is_told_of_a_loss(&mut subscription).await;
    node.transport.publish("topic", "one".into()).await.unwrap();
    while next(&mut subscription).await != message("one") {}
}

#[tokio::test]
async fn a_frozen_redis_is_found_out_before_anybody_calls() {
    let server = RedisServer::start().await;
    let node = Node::new(&server.url()).await;
    server.freeze();
    let config = RedisConfig::default();
    tokio::time::sleep(config.pause + config.timeout + BUSY).await;
    node.fails_at_once().await;
}

#[tokio::test]
async fn subscribers_are_told_when_only_their_connection_is_cut() {
    let server = RedisServer::start().await;
    let node = Node::new(&server.url()).await;
    let mut subscription = node.transport.subscribe("topic").await.unwrap();
    for text in ["one", "two"] {
        let cut: u32 = server.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
        assert_eq!(cut, 1);
        is_told_of_a_loss(&mut subscription).await;
        node.transport.publish("topic", text.into()).await.unwrap();
        assert_eq!(next(&mut subscription).await, message(text));
    }
}

#[tokio::test]
async fn calls_work_again_when_only_their_connection_is_cut() {
    let server = RedisServer::start().await;
    let node = Node::new(&server.url()).await;
    for _ in 0..3 {
        server
            .ask::<u32>(&["CLIENT", "KILL", "TYPE", "normal"])
            .await;
        node.works().await;
    }
}

#[tokio::test]
async fn a_node_can_start_before_redis_and_finds_it() {
    let mut server = RedisServer::start().await;
    server.stop();
    let (redis, took) = timed(Redis::connect(&server.url(), RedisConfig::default())).await;
    assert!(
        took < RedisConfig::default().connect_timeout + BUSY,
        "{took:?}"
    );
    let redis = redis.unwrap();
    let cache = RedisCache::new(&redis);
    let transport = RedisTransport::new(&redis);
    let (result, took) = timed(cache.get("key")).await;
    assert!(
        result.unwrap_err().is_retryable() && took < AT_ONCE,
        "{took:?}"
    );
    assert!(
        transport
            .subscribe("topic")
            .await
            .unwrap_err()
            .is_retryable()
    );
    server.restart().await;
    eventually("it is found", async || {
        cache.get("key").await.is_ok() && transport.subscribe("topic").await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_redis_that_is_frozen_at_the_start_holds_it_up_for_a_bounded_time() {
    let server = RedisServer::start().await;
    server.freeze();
    let (redis, took) = timed(Redis::connect(&server.url(), RedisConfig::default())).await;
    assert!(
        took < RedisConfig::default().connect_timeout + BUSY,
        "{took:?}"
    );
    let redis = redis.unwrap();
    let error = redis.ping().await.unwrap_err();
    assert_eq!(error.to_string(), "Redis did not answer in time");
    server.thaw();
    eventually("it is found", async || redis.ping().await.is_ok()).await;
}

#[tokio::test]
async fn an_address_where_nobody_is_holds_the_start_up_for_a_bounded_time() {
    // TEST-NET-1, RFC 5737: nobody answers there.
    let url = "redis://user:secret@192.0.2.1";
    let (redis, took) = timed(Redis::connect(url, RedisConfig::default())).await;
    assert!(
        took < RedisConfig::default().connect_timeout + BUSY,
        "{took:?}"
    );
    let (answer, took) = timed(async { redis.unwrap().ping().await }).await;
    assert!(
        answer.unwrap_err().is_retryable() && took < AT_ONCE,
        "{took:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_of_a_frozen_redis_wait_once_together() {
    let server = RedisServer::start().await;
    let node = Node::new(&server.url()).await;
    server.freeze();
    let calls = async {
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..1_000 {
            let cache = node.cache.clone();
            calls.spawn(async move { cache.get("key").await.is_err() });
        }
        calls.join_all().await
    };
    let (failed, took) = timed(calls).await;
    assert!(failed.into_iter().all(|failed| failed));
    assert!(
        took < RedisConfig::default().timeout + BUSY && took < PATIENCE,
        "{took:?}"
    );
}

#[tokio::test]
async fn a_redis_that_has_too_many_clients_is_away_for_one_more() {
    let server = RedisServer::start().await;
    let first = Redis::connect(&server.url(), RedisConfig::default())
        .await
        .unwrap();
    server
        .ask::<()>(&["CONFIG", "SET", "maxclients", "1"])
        .await;
    let second = Redis::connect(&server.url(), RedisConfig::default())
        .await
        .unwrap();
    let error = second.ping().await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    drop(first);
    eventually("there is room for it", async || second.ping().await.is_ok()).await;
}

#[tokio::test]
async fn a_configuration_without_pauses_is_one_with_short_ones() {
    let mut server = RedisServer::start().await;
    let mut config = RedisConfig::default();
    config.pause = Duration::ZERO;
    let redis = Redis::connect(&server.url(), config).await.unwrap();
    server.restart().await;
    eventually("it works again", async || redis.ping().await.is_ok()).await;
}
