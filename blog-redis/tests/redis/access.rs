use std::time::Duration;

use blog_core::ports::{Cache, Delivery, Presence, RateLimiter, Transport};
use blog_core::{Error, ErrorKind};
use blog_redis::{Redis, RedisCache, RedisConfig, RedisPresence, RedisRateLimiter, RedisTransport};

use crate::presence::{DOCUMENT, ada};
use crate::rate_limiter::quota;
use crate::server::{RedisServer, patient};
use crate::transport::next;

/// A password with everything that means something in a URL, and how it is written there.
const ODD: &str = "p@ss:/?#[]%&+ {}\"é";
const ODD_ENCODED: &str = "p%40ss%3A%2F%3F%23%5B%5D%25%26%2B%20%7B%7D%22%C3%A9";

const RIGHTS: &str = "+ping +get +set +del +publish +subscribe +unsubscribe \
                      +eval +evalsha +time +hget +hset +hdel +hgetall +pttl +pexpire";

async fn with_user() -> RedisServer {
    let server = RedisServer::start().await;
    let password = format!(">{ODD}");
    let mut user = vec![
        "ACL", "SETUSER", "blog", "on", &password, "~blog:*", "&blog:*",
    ];
    user.extend(RIGHTS.split_whitespace());
    server.ask::<()>(&user).await;
    server
        .ask::<()>(&["CONFIG", "SET", "requirepass", "other"])
        .await;
    server
}

pub(crate) async fn works(redis: &Redis) -> Result<(), Error> {
    redis.ping().await?;
    let minute = Duration::from_secs(60);
    let cache = RedisCache::new(redis);
    cache.put("key", "value".into(), minute).await?;
    assert_eq!(cache.get("key").await?, Some("value".into()));
    cache.remove("key").await?;
    RedisRateLimiter::new(redis)
        .check("key", &[quota("a", 1, minute)])
        .await?;
    let presence = RedisPresence::new(redis);
    for here in [&[ada()][..], &[]] {
        presence.show(DOCUMENT, 1, here, minute).await?;
        assert_eq!(presence.who(DOCUMENT).await?, here);
    }
    // Whose time is over is taken out.
    let moment = Duration::from_millis(1);
    presence.show(DOCUMENT, 2, &[ada()], moment).await?;
    tokio::time::sleep(2 * moment).await;
    presence.show(DOCUMENT, 1, &[ada()], minute).await?;
    assert_eq!(presence.who(DOCUMENT).await?, [ada()]);
    let transport = RedisTransport::new(redis);
    let mut subscription = transport.subscribe("topic").await?;
    transport.publish("topic", "one".into()).await?;
    assert_eq!(
        next(&mut subscription).await,
        Some(Delivery::Message("one".into()))
    );
    Ok(())
}

/// Everything that a log could show of it.
fn everything(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!(" {error} {error:?}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn a_user_with_few_rights_and_an_odd_password_has_all_it_needs() {
    let server = with_user().await;
    let url = format!("redis://blog:{ODD_ENCODED}@127.0.0.1:{}", server.port());
    let redis = Redis::connect(&url, patient()).await.unwrap();
    works(&redis).await.unwrap();
    assert!(!format!("{redis:?}").contains(ODD));
}

#[tokio::test]
async fn a_unix_socket_will_do() {
    let server = RedisServer::start().await;
    let redis = Redis::connect(&server.socket_url(), patient())
        .await
        .unwrap();
    works(&redis).await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_an_error_that_says_what_to_do_and_not_the_password() {
    let server = with_user().await;
    for user in ["blog:secret", ":secret", "nobody:secret"] {
        let url = format!("redis://{user}@127.0.0.1:{}", server.port());
        let error = Redis::connect(&url, patient()).await.unwrap_err();
        assert_eq!(
            *error.kind(),
            ErrorKind::Unavailable { retry: false },
            "{user}"
        );
        assert!(
            error.to_string().contains("check both in the Redis URL"),
            "{error}"
        );
        assert!(
            !everything(&error).contains("secret"),
            "{}",
            everything(&error)
        );
    }
}

#[tokio::test]
async fn a_missing_password_is_an_error_that_says_what_to_do() {
    let server = with_user().await;
    let error = Redis::connect(&server.url(), patient()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable { retry: false });
    assert!(
        error.to_string().contains("check both in the Redis URL"),
        "{error}"
    );
}

#[tokio::test]
async fn a_missing_right_is_an_error_that_says_so_and_ends_nothing_else() {
    let server = with_user().await;
    let url = format!("redis://blog:{ODD_ENCODED}@127.0.0.1:{}", server.port());
    let redis = Redis::connect(&url, patient()).await.unwrap();
    let transport = RedisTransport::new(&redis);
    let mut subscription = transport.subscribe("topic").await.unwrap();
    server
        .ask_as("other", &["ACL", "SETUSER", "blog", "-get", "-subscribe"])
        .await;
    let forbidden = [
        RedisCache::new(&redis).get("key").await.unwrap_err(),
        transport.subscribe("new").await.unwrap_err(),
    ];
    for error in forbidden {
        assert_eq!(
            *error.kind(),
            ErrorKind::Unavailable { retry: false },
            "{error:?}"
        );
        assert!(error.to_string().contains("lacks a permission"), "{error}");
    }
    transport.publish("topic", "one".into()).await.unwrap();
    assert_eq!(
        next(&mut subscription).await,
        Some(Delivery::Message("one".into()))
    );
}

#[tokio::test]
async fn a_wrong_url_is_an_error_at_once_that_does_not_print_it() {
    let urls = [
        "",
        "secret",
        "localhost:6379",
        "http://user:secret@localhost",
        "redis://",
        "redis://user:secret@",
        "redis://user:secret@localhost:port",
        "redis://user:secret@localhost:6379/database",
        "redis://user:secret@localhost?protocol=9",
        // Without percent-encoding.
        "redis://user:sec/ret@localhost",
        "redis://user:6379/secret@localhost",
        "redis://user:6379?secret@localhost",
        "redis://user:6379#secret@localhost",
        "rediss://user:6379#secret@localhost",
    ];
    for url in urls {
        let error = Redis::connect(url, RedisConfig::default())
            .await
            .unwrap_err();
        assert_eq!(
            *error.kind(),
            ErrorKind::Unavailable { retry: false },
            "{url}"
        );
        assert!(
            error
                .to_string()
                .contains("redis://user:password@host:port"),
            "{error}"
        );
        assert!(
            !everything(&error).contains("secret"),
            "{}",
            everything(&error)
        );
    }
}
