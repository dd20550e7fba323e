use bytes::Bytes;

use super::{
    Delivery, Subscription, TransportFixture, Verdict, Violation, World, bounded, broke,
    expect_bytes, hears, next, succeed,
};

/// More than may wait for one subscriber.
const MANY: u32 = 5_000;

fn message(number: u32) -> Bytes {
    Bytes::from(format!("message {number}"))
}

/// A subscription that nothing was read of while so many messages were published, all of which
/// another subscriber has read.
async fn neglected<F: TransportFixture>(
    promise: u8,
    world: &World<'_, F>,
) -> Result<Subscription, Violation> {
    let transport = world.open().await?;
    let slow = succeed(promise, transport.subscribe("topic").await)?;
    let mut fast = succeed(promise, transport.subscribe("topic").await)?;
    for number in 0..MANY {
        let published = bounded(promise, transport.publish("topic", message(number))).await?;
        succeed(promise, published)?;
        hears(promise, &mut fast, &message(number)).await?;
    }
    Ok(slow)
}

/// How many messages come, in their order, before the subscriber is told that it missed some.
async fn heard_before_the_loss(promise: u8, slow: &mut Subscription) -> Result<u32, Violation> {
    for number in 0..MANY {
        match next(promise, slow).await? {
            Delivery::Message(heard) => expect_bytes(promise, Some(&heard), &message(number))?,
            Delivery::Missed => return Ok(number),
        }
    }
    Ok(MANY)
}

pub(super) async fn a_slow_subscriber_is_told_of_its_loss<F: TransportFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let mut slow = neglected(2, world).await?;
    heard_before_the_loss(2, &mut slow).await.map(drop)
}

pub(super) async fn nobody_waits_for_a_slow_subscriber<F: TransportFixture>(
    world: &World<'_, F>,
) -> Verdict {
    neglected(3, world).await.map(drop)
}

pub(super) async fn what_waits_for_a_subscriber_is_bounded<F: TransportFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let mut slow = neglected(3, world).await?;
    match heard_before_the_loss(3, &mut slow).await? {
        MANY => Err(broke(
            3,
            "Missed in place of some",
            format!("all of {MANY} messages"),
        )),
        _ => Ok(()),
    }
}
