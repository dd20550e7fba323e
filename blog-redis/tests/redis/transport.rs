use std::time::Duration;

use blog_core::ports::{Delivery, Subscription, Transport};
use blog_redis::{Redis, RedisTransport};
use tokio::time::timeout;

use crate::server::{PATIENCE, RedisServer, eventually, patient};

pub(crate) async fn next(subscription: &mut Subscription) -> Option<Delivery> {
    let next = timeout(PATIENCE, subscription.next()).await;
    next.expect("a delivery")
}

pub(crate) fn message(text: &'static str) -> Option<Delivery> {
    Some(Delivery::Message(text.into()))
}

#[tokio::test]
async fn a_topic_that_nobody_listens_to_is_left_and_can_be_joined_again() {
    let server = RedisServer::start().await;
    let mut config = patient();
    config.pause = Duration::from_millis(20);
    let redis = Redis::connect(&server.url(), config).await.unwrap();
    let transport = RedisTransport::new(&redis);
    let channels = async || server.ask::<Vec<String>>(&["PUBSUB", "CHANNELS"]).await;
    let first = transport.subscribe("topic").await.unwrap();
    let mut second = transport.subscribe("topic").await.unwrap();
    drop(first);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(channels().await, ["blog:topic:topic"]);
    transport.publish("topic", "one".into()).await.unwrap();
    assert_eq!(next(&mut second).await, message("one"));
    drop(second);
    eventually("it is left", async || channels().await.is_empty()).await;
    let mut third = transport.subscribe("topic").await.unwrap();
    transport.publish("topic", "two".into()).await.unwrap();
    assert_eq!(next(&mut third).await, message("two"));
}

#[tokio::test]
async fn subscriptions_and_connections_end_with_the_last_clone() {
    let server = RedisServer::start().await;
    let redis = Redis::connect(&server.url(), patient()).await.unwrap();
    let transport = RedisTransport::new(&redis);
    let mut subscription = transport.subscribe("topic").await.unwrap();
    let clone = transport.clone();
    drop((redis, transport));
    clone.publish("topic", "one".into()).await.unwrap();
    assert_eq!(next(&mut subscription).await, message("one"));
    drop(clone);
    assert_eq!(next(&mut subscription).await, None);
    eventually("only the one that asks is there", async || {
        let clients: String = server.ask(&["CLIENT", "LIST"]).await;
        clients.lines().count() == 1
    })
    .await;
}
