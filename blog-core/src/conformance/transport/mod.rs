mod delivery;
mod faults;
mod slow;

use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use super::fixture::TransportFixture;
use super::runner::{Case, Verdict, Violation, broke, case, expect, succeed};
use super::samples::{expect_bytes, names, values};
use super::waiting::{Patience, bounded};
use super::world::World;
use crate::ports::{Delivery, Subscription, Transport};

/// How long a message may take.
const LONGEST: Duration = Duration::from_secs(30);

/// The one list of cases for transports.
#[must_use]
pub fn cases<F: TransportFixture>() -> Vec<Case<F>> {
    vec![
        case!(
            1,
            delivery::a_message_reaches_every_subscriber_on_every_node
        ),
        case!(1, delivery::no_message_reaches_another_topic),
        case!(
            1,
            delivery::messages_come_once_and_in_their_publishers_order
        ),
        case!(
            1,
            delivery::a_subscription_has_begun_when_subscribing_returns
        ),
        case!(1, delivery::a_dropped_subscription_ends_no_other),
        case!(2, delivery::bytes_arrive_as_they_were),
        case!(2, slow::a_slow_subscriber_is_told_of_its_loss),
        case!(2, faults::subscribers_are_told_of_an_interruption),
        case!(3, slow::nobody_waits_for_a_slow_subscriber),
        case!(3, slow::what_waits_for_a_subscriber_is_bounded),
        case!(3, faults::no_call_to_a_transport_that_is_away_hangs),
        case!(3, faults::a_frozen_transport_holds_no_call_up),
        case!(4, faults::subscriptions_outlive_an_interruption),
    ]
}

/// The next delivery.
async fn next(promise: u8, subscription: &mut Subscription) -> Result<Delivery, Violation> {
    let late = |_| broke(promise, "a delivery", format!("none within {LONGEST:?}"));
    let delivery = timeout(LONGEST, subscription.next()).await.map_err(late)?;
    delivery.ok_or_else(|| ended(promise))
}

fn ended(promise: u8) -> Violation {
    broke(promise, "a delivery", "the end of the subscription")
}

/// Fails unless this message comes next.
async fn hears(promise: u8, subscription: &mut Subscription, message: &Bytes) -> Verdict {
    match next(promise, subscription).await? {
        Delivery::Message(heard) => expect_bytes(promise, Some(&heard), message),
        Delivery::Missed => expect_bytes(promise, None, message),
    }
}
