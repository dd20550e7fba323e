use std::time::Duration;

use tokio::time::timeout;

use super::{
    Delivery, Patience, Subscription, Transport, TransportFixture, Verdict, World, bounded, ended,
    expect, expect_bytes, hears, next, succeed,
};

const TOPIC: &str = "topic";

pub(super) async fn subscribers_are_told_of_an_interruption<F: TransportFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let mut subscriptions = Vec::new();
    for node in &nodes {
        for topic in [TOPIC, "other"] {
            subscriptions.push(succeed(2, node.subscribe(topic).await)?);
        }
    }
    world.interrupt().await?;
    world.restore().await?;
    for subscription in &mut subscriptions {
        expect(2, next(2, subscription).await?, Delivery::Missed)?;
    }
    // Whoever has been told hears of all that comes later.
    for topic in [TOPIC, "other"] {
        let patience = Patience::new(2, "to publish again");
        while bounded(2, nodes[0].publish(topic, "later".into()))
            .await?
            .is_err()
        {
            patience.wait().await?;
        }
    }
    for subscription in &mut subscriptions {
        hears(2, subscription, &"later".into()).await?;
    }
    Ok(())
}

/// Publishes until a message arrives; what is published in the meantime may be lost.
async fn hears_again(transport: &dyn Transport, subscription: &mut Subscription) -> Verdict {
    let patience = Patience::new(4, "a message to arrive again");
    loop {
        let _ = bounded(4, transport.publish(TOPIC, "again".into())).await?;
        match timeout(Duration::from_millis(50), subscription.next()).await {
            Ok(Some(Delivery::Message(message))) => {
                return expect_bytes(4, Some(&message), &"again".into());
            }
            Ok(Some(Delivery::Missed)) | Err(_) => patience.wait().await?,
            Ok(None) => return Err(ended(4)),
        }
    }
}

pub(super) async fn subscriptions_outlive_an_interruption<F: TransportFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let (here, there) = (world.open().await?, world.open().await?);
    let mut old_here = succeed(4, here.subscribe(TOPIC).await)?;
    let mut old_there = succeed(4, there.subscribe(TOPIC).await)?;
    world.interrupt().await?;
    world.restore().await?;
    hears_again(&*there, &mut old_here).await?;
    hears_again(&*here, &mut old_there).await?;
    let mut new = succeed(4, here.subscribe(TOPIC).await)?;
    hears_again(&*there, &mut new).await
}

async fn no_call_hangs(transport: &dyn Transport) -> Verdict {
    let _ = bounded(3, transport.publish(TOPIC, "news".into())).await?;
    let _ = bounded(3, transport.subscribe("another topic")).await?;
    Ok(())
}

pub(super) async fn no_call_to_a_transport_that_is_away_hangs<F: TransportFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let transport = world.open().await?;
    let _subscription = succeed(3, transport.subscribe(TOPIC).await)?;
    world.interrupt().await?;
    no_call_hangs(&*transport).await?;
    Ok(world.restore().await?)
}

pub(super) async fn a_frozen_transport_holds_no_call_up<F: TransportFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let transport = world.open().await?;
    let mut subscription = succeed(3, transport.subscribe(TOPIC).await)?;
    world.freeze().await?;
    no_call_hangs(&*transport).await?;
    world.thaw().await?;
    hears_again(&*transport, &mut subscription).await
}
