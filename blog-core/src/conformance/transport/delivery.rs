use bytes::Bytes;
use tokio::task::JoinSet;

use super::{TransportFixture, Verdict, World, hears, names, succeed, values};

const TOPIC: &str = "topic";

pub(super) async fn a_message_reaches_every_subscriber_on_every_node<F: TransportFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let mut subscriptions = Vec::new();
    for node in nodes.iter().chain(&nodes) {
        subscriptions.push(succeed(1, node.subscribe(TOPIC).await)?);
    }
    for (node, text) in nodes.iter().zip(["one", "two"]) {
        succeed(1, node.publish(TOPIC, text.into()).await)?;
        for subscription in &mut subscriptions {
            hears(1, subscription, &text.into()).await?;
        }
    }
    Ok(())
}

pub(super) async fn no_message_reaches_another_topic<F: TransportFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let (here, there) = (world.open().await?, world.open().await?);
    let mut subscriptions = Vec::new();
    for topic in names() {
        let subscription = succeed(1, here.subscribe(&topic).await)?;
        subscriptions.push((topic, subscription));
    }
    for topic in names() {
        succeed(1, there.publish(&topic, topic.clone().into()).await)?;
    }
    // What came to a wrong topic stands before this.
    for topic in names() {
        succeed(1, there.publish(&topic, "end".into()).await)?;
    }
    for (topic, mut subscription) in subscriptions {
        hears(1, &mut subscription, &topic.into()).await?;
        hears(1, &mut subscription, &"end".into()).await?;
    }
    Ok(())
}

pub(super) async fn messages_come_once_and_in_their_publishers_order<F: TransportFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let (here, there) = (world.open().await?, world.open().await?);
    let mut subscriptions = [
        succeed(1, here.subscribe(TOPIC).await)?,
        succeed(1, there.subscribe(TOPIC).await)?,
    ];
    let messages = (0..200).map(|number| Bytes::from(format!("message {number}")));
    for message in messages.clone() {
        succeed(1, here.publish(TOPIC, message).await)?;
    }
    for message in messages {
        for subscription in &mut subscriptions {
            hears(1, subscription, &message).await?;
        }
    }
    Ok(())
}

pub(super) async fn a_subscription_has_begun_when_subscribing_returns<F: TransportFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let (here, there) = (world.open().await?, world.open().await?);
    let mut tasks = JoinSet::new();
    for number in 0..500 {
        let (here, there) = (here.clone(), there.clone());
        tasks.spawn(async move {
            let topic = format!("topic {number}");
            let mut subscription = succeed(1, here.subscribe(&topic).await)?;
            succeed(1, there.publish(&topic, topic.clone().into()).await)?;
            hears(1, &mut subscription, &topic.into()).await
        });
    }
    while let Some(verdict) = tasks.join_next().await {
        verdict??;
    }
    Ok(())
}

pub(super) async fn a_dropped_subscription_ends_no_other<F: TransportFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let (here, there) = (world.open().await?, world.open().await?);
    let mut stays = succeed(1, here.subscribe(TOPIC).await)?;
    for number in 0..20 {
        drop(succeed(1, here.subscribe(TOPIC).await)?);
        let message = Bytes::from(format!("message {number}"));
        succeed(1, there.publish(TOPIC, message.clone()).await)?;
        hears(1, &mut stays, &message).await?;
    }
    drop(stays);
    let mut again = succeed(1, here.subscribe(TOPIC).await)?;
    succeed(1, there.publish(TOPIC, "again".into()).await)?;
    hears(1, &mut again, &"again".into()).await
}

pub(super) async fn bytes_arrive_as_they_were<F: TransportFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let (here, there) = (world.open().await?, world.open().await?);
    let mut subscription = succeed(2, here.subscribe(TOPIC).await)?;
    for message in values() {
        succeed(2, there.publish(TOPIC, message.clone()).await)?;
        hears(2, &mut subscription, &message).await?;
    }
    Ok(())
}
