use std::time::Duration;

use blog_core::ports::{Delivery, Subscription, Transport};
use blog_redis::{Redis, RedisTransport};
use bytes::Bytes;
use tokio::time::timeout;

use crate::server::{AnyRedis, PATIENCE, RedisServer, eventually, patient};

pub(crate) async fn next(subscription: &mut Subscription) -> Option<Delivery> {
    let next = timeout(PATIENCE, subscription.next()).await;
    next.expect("a delivery")
}

pub(crate) fn message(text: &'static str) -> Option<Delivery> {
    Some(Delivery::Message(text.into()))
}

#[tokio::test]
async fn a_message_reaches_all_subscribers_of_its_topic_and_no_others() {
    let redis = AnyRedis::new().await;
    let here = RedisTransport::new(&redis.connect().await);
    let there = RedisTransport::new(&redis.connect().await);
    let mut subscriptions = [
        here.subscribe("topic").await.unwrap(),
        here.clone().subscribe("topic").await.unwrap(),
        there.subscribe("topic").await.unwrap(),
    ];
    let mut others = [
        here.subscribe("other").await.unwrap(),
        there.subscribe("topi*").await.unwrap(),
    ];
    here.publish("topic", "one".into()).await.unwrap();
    there.publish("topic", "two".into()).await.unwrap();
    for transport in [&here, &there] {
        transport.publish("other", "three".into()).await.unwrap();
        transport.publish("topi*", "three".into()).await.unwrap();
    }
    for subscription in &mut subscriptions {
        assert_eq!(next(subscription).await, message("one"));
        assert_eq!(next(subscription).await, message("two"));
    }
    for other in &mut others {
        assert_eq!(next(other).await, message("three"));
    }
}

#[tokio::test]
async fn messages_and_topics_arrive_byte_for_byte() {
    let redis = AnyRedis::new().await;
    let transport = RedisTransport::new(&redis.connect().await);
    let all: Vec<u8> = (0..=255).collect();
    let messages = [Bytes::new(), all.clone().into(), all.repeat(4_000).into()];
    for (message, topic) in messages.into_iter().zip(["", "a topic\r\n\0", "тема"]) {
        let mut subscription = transport.subscribe(topic).await.unwrap();
        transport.publish(topic, message.clone()).await.unwrap();
        assert!(
            next(&mut subscription).await == Some(Delivery::Message(message)),
            "{topic}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_subscriber_is_told_that_it_missed_something_and_nobody_waits_for_it() {
    const MANY: u32 = 5_000;
    let redis = AnyRedis::new().await;
    let transport = RedisTransport::new(&redis.connect().await);
    let mut slow = transport.subscribe("topic").await.unwrap();
    let mut fast = transport.subscribe("topic").await.unwrap();
    for number in 0..MANY {
        let message = Bytes::copy_from_slice(&number.to_be_bytes());
        transport.publish("topic", message.clone()).await.unwrap();
        assert_eq!(next(&mut fast).await, Some(Delivery::Message(message)));
    }
    assert_eq!(next(&mut slow).await, Some(Delivery::Missed));
    let last = Delivery::Message(Bytes::copy_from_slice(&(MANY - 1).to_be_bytes()));
    let mut kept = 1;
    while next(&mut slow).await != Some(last.clone()) {
        kept += 1;
    }
    assert!(kept < MANY, "{kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_topics_can_be_joined_at_once() {
    let redis = AnyRedis::new().await;
    let transport = RedisTransport::new(&redis.connect().await);
    let mut joining = tokio::task::JoinSet::new();
    for room in 0..1_000 {
        let transport = transport.clone();
        joining.spawn(async move {
            let topic = format!("room {room}");
            let mut subscription = transport.subscribe(&topic).await.unwrap();
            transport
                .publish(&topic, topic.clone().into())
                .await
                .unwrap();
            assert_eq!(
                next(&mut subscription).await,
                Some(Delivery::Message(topic.into()))
            );
        });
    }
    joining.join_all().await;
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
