use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use blog_core::Result;
use blog_core::conformance::transport_cases;
use blog_core::ports::{Delivery, Subscription, Transport};
use bytes::Bytes;
use tokio::sync::broadcast;
use tokio::time::sleep;

use crate::node::{Faults, Mutant, Node};
use crate::{each_is_caught, passes};
use Fault::*;

/// One way in which a transport breaks its promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    ForgetsOtherNodes,
    ForgetsItsOwnNode,
    CutsTopicsAtAColon,
    SubscribesLate,
    RepeatsMessages,
    SwapsMessages,
    ServesTheLastSubscriber,

    CarriesTextsOnly,
    DropsInSilence,
    ComesBackInSilence,
    SaysMissedBeforeItListens,

    WaitsForSlowSubscribers,
    LetsManyWait,
    HangsWhileAway,

    ForgetsSubscriptionsWhileAway,
    StaysAway,
}

/// What is broken, the promise that this breaks, and the case that finds it.
const MUTANTS: &[(Fault, u8, &str)] = &[
    (
        ForgetsOtherNodes,
        1,
        "delivery::a_message_reaches_every_subscriber_on_every_node",
    ),
    (
        ForgetsItsOwnNode,
        1,
        "delivery::a_message_reaches_every_subscriber_on_every_node",
    ),
    (
        CutsTopicsAtAColon,
        1,
        "delivery::no_message_reaches_another_topic",
    ),
    (
        SubscribesLate,
        1,
        "delivery::a_subscription_has_begun_when_subscribing_returns",
    ),
    (
        RepeatsMessages,
        1,
        "delivery::messages_come_once_and_in_their_publishers_order",
    ),
    (
        SwapsMessages,
        1,
        "delivery::messages_come_once_and_in_their_publishers_order",
    ),
    (
        ServesTheLastSubscriber,
        1,
        "delivery::a_dropped_subscription_ends_no_other",
    ),
    (CarriesTextsOnly, 2, "delivery::bytes_arrive_as_they_were"),
    (
        DropsInSilence,
        2,
        "slow::a_slow_subscriber_is_told_of_its_loss",
    ),
    (
        ComesBackInSilence,
        2,
        "faults::subscribers_are_told_of_an_interruption",
    ),
    (
        SaysMissedBeforeItListens,
        2,
        "faults::subscribers_are_told_of_an_interruption",
    ),
    (
        WaitsForSlowSubscribers,
        3,
        "slow::nobody_waits_for_a_slow_subscriber",
    ),
    (
        LetsManyWait,
        3,
        "slow::what_waits_for_a_subscriber_is_bounded",
    ),
    (
        HangsWhileAway,
        3,
        "faults::no_call_to_a_transport_that_is_away_hangs",
    ),
    (
        HangsWhileAway,
        3,
        "faults::a_frozen_transport_holds_no_call_up",
    ),
    (
        ForgetsSubscriptionsWhileAway,
        4,
        "faults::subscriptions_outlive_an_interruption",
    ),
    (
        StaysAway,
        4,
        "faults::subscriptions_outlive_an_interruption",
    ),
];

#[tokio::test(start_paused = true)]
async fn each_mutant_is_caught_by_its_case() {
    each_is_caught(MUTANTS, &transport_cases(), |fault| {
        Mutant::with(Some(fault))
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn without_a_fault_every_case_passes() {
    passes(&transport_cases(), &Mutant::<Fault>::with(None)).await;
}

/// How many messages wait for a slow subscriber.
const WAITING: usize = 1_000;

/// How long after its answer a call takes effect.
const LATE: Duration = Duration::from_millis(1);

type Topics = HashMap<String, Vec<Subscriber>>;

#[derive(Debug, Default)]
struct Home {
    topics: Arc<Mutex<Topics>>,
    /// A message that the next one overtakes.
    held: Mutex<Option<Bytes>>,
}

#[derive(Debug, Clone)]
struct Subscriber {
    node: usize,
    queue: broadcast::Sender<Delivery>,
}

impl Faults for Fault {
    const HANGS: Self = HangsWhileAway;
    const STAYS_AWAY: Self = StaysAway;

    type Port = dyn Transport;
    type Home = Home;

    fn open(node: Node<Self>) -> Arc<dyn Transport> {
        Arc::new(node)
    }

    fn is_back(home: &Home, fault: Option<Self>) {
        let mut topics = home.topics.lock().unwrap();
        if fault == Some(ForgetsSubscriptionsWhileAway) {
            topics.clear();
        }
        if fault != Some(ComesBackInSilence) {
            for subscriber in topics.values().flatten() {
                let _ = subscriber.queue.send(Delivery::Missed);
            }
        }
        if fault == Some(SaysMissedBeforeItListens) {
            let (before, topics) = (std::mem::take(&mut *topics), Arc::clone(&home.topics));
            tokio::spawn(async move {
                sleep(LATE).await;
                *topics.lock().unwrap() = before;
            });
        }
    }
}

impl Node<Fault> {
    fn topic(&self, topic: &str) -> String {
        match topic.split_once(':') {
            Some((beginning, _)) if self.has(CutsTopicsAtAColon) => beginning.to_owned(),
            _ => topic.to_owned(),
        }
    }

    /// Those whom a message of this topic is sent to.
    fn subscribers(&self, topic: &str) -> Vec<Subscriber> {
        let mut topics = self.home().topics.lock().unwrap();
        let subscribers = topics.entry(self.topic(topic)).or_default();
        subscribers.retain(|subscriber| subscriber.queue.receiver_count() > 0);
        let mut reached = subscribers.clone();
        reached.retain(|subscriber| {
            let is_here = subscriber.node == self.number;
            !(is_here && self.has(ForgetsItsOwnNode) || !is_here && self.has(ForgetsOtherNodes))
        });
        reached
    }

    /// What is sent instead of a message.
    fn sent(&self, message: Bytes) -> Vec<Bytes> {
        if self.has(CarriesTextsOnly) {
            return vec![String::from_utf8_lossy(&message).into_owned().into()];
        }
        if self.has(RepeatsMessages) {
            return vec![message.clone(), message];
        }
        if self.has(SwapsMessages) {
            let mut held = self.home().held.lock().unwrap();
            return match held.take() {
                Some(held) => vec![message, held],
                None => {
                    *held = Some(message);
                    vec![]
                }
            };
        }
        vec![message]
    }
}

#[async_trait]
impl Transport for Node<Fault> {
    async fn publish(&self, topic: &str, message: Bytes) -> Result<()> {
        self.reach().await?;
        let messages = self.sent(message);
        for Subscriber { queue, .. } in self.subscribers(topic) {
            while self.has(WaitsForSlowSubscribers) && queue.len() >= WAITING {
                sleep(Duration::from_millis(10)).await;
            }
            if self.has(DropsInSilence) && queue.len() >= WAITING {
                continue;
            }
            for message in &messages {
                let _ = queue.send(Delivery::Message(message.clone()));
            }
        }
        Ok(())
    }

    async fn subscribe(&self, topic: &str) -> Result<Subscription> {
        self.reach().await?;
        let waiting = if self.has(LetsManyWait) {
            WAITING * 10
        } else {
            WAITING
        };
        let queue = broadcast::Sender::new(waiting);
        let subscription = Subscription::new(queue.subscribe());
        let subscriber = Subscriber {
            node: self.number,
            queue,
        };
        let (topics, topic) = (Arc::clone(&self.home().topics), self.topic(topic));
        if self.has(ServesTheLastSubscriber) {
            topics.lock().unwrap().remove(&topic);
        }
        let begin = move || {
            let mut topics = topics.lock().unwrap();
            topics.entry(topic).or_default().push(subscriber);
        };
        if self.has(SubscribesLate) {
            tokio::spawn(async move {
                sleep(LATE).await;
                begin();
            });
        } else {
            begin();
        }
        Ok(subscription)
    }
}
