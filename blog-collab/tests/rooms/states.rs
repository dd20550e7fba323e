//! Rooms of one document on several nodes tell each other how they stand.

use std::time::Duration;

use blog_core::ports::{CollabStore, Delivery, Transport};
use bytes::Bytes;
use tokio::time::timeout;

use crate::client::Client;
use crate::world::{BODY, Node, World, ada, ben, until};
use crate::yjs::Yjs;

const LOOK: Duration = Duration::from_secs(5);
const NEVER: Duration = Duration::from_hours(1);
/// That a message says how a room stands.
const STATE: u8 = 4;

fn node(world: &World, looks_every: Duration) -> Node {
    world.node_with(|options| options.look_every = looks_every)
}

#[tokio::test(start_paused = true)]
async fn what_a_node_has_missed_it_hears_of_by_how_others_stand() {
    let world = World::new().await;
    let (here, there) = (node(&world, LOOK), node(&world, NEVER));
    let mut ada = Client::join(&here, &ada(), 1).await;
    let mut ben = Client::join(&there, &ben(), 2).await;
    world.transport.lose(true);
    ada.write("Here. ").await;
    ada.listen().await;
    world.transport.lose(false);
    assert_eq!(ben.yjs.text(), BODY);
    ben.listen_for(2 * LOOK).await;
    assert_eq!(ben.yjs.text(), format!("Here. {BODY}"));
}

/// The position that a node tells, if the message says how its room stands.
fn position(message: &Delivery) -> Option<u8> {
    match message {
        Delivery::Message(bytes) => {
            // The node's number has as many bytes as have their highest bit, and one more.
            let after = bytes.iter().position(|byte| *byte < 0x80)? + 1;
            (bytes.get(after)? == &STATE).then(|| bytes.get(after + 1).copied())?
        }
        Delivery::Missed => None,
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_behind_and_says_so_hears_once_how_far_others_are() {
    let world = World::new().await;
    let node = node(&world, NEVER);
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Here. ").await;
    ada.listen().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let end = world.store.log(world.post).await.unwrap().unwrap().end;
    let topic = format!("collab:{}", world.post);
    let mut told = world.transport.subscribe(&topic).await.unwrap();
    // Another node's, which has nothing.
    for _ in 0..10 {
        let behind = Bytes::from_static(&[9, STATE, 0, 0]);
        world.transport.publish(&topic, behind).await.unwrap();
    }
    let mut answers = vec![];
    while let Ok(Some(message)) = timeout(Duration::from_secs(1), told.next()).await {
        answers.extend(position(&message).filter(|position| *position > 0));
    }
    assert_eq!(answers, [u8::try_from(end).unwrap()]);
}

/// The bytes by which a node tells that this is in the log, and it is not.
async fn false_entry(world: &World, number: u8, text: &str) {
    false_entry_of(world, &[9], number, text).await;
}

/// The same, said in the name of a node.
async fn false_entry_of(world: &World, node: &[u8], number: u8, text: &str) {
    let update = Yjs::new(99).insert(0, text);
    let length = u8::try_from(update.len()).unwrap();
    let message = [node, &[0, number, length], &update].concat();
    let topic = format!("collab:{}", world.post);
    world
        .transport
        .publish(&topic, message.into())
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_node_that_has_made_something_else_of_the_log_makes_it_anew_and_loses_nothing() {
    let world = World::new().await;
    let there = node(&world, LOOK);
    let mut ben = Client::join(&there, &ben(), 2).await;
    ben.write("First. ").await;
    ben.listen().await;
    let log = world.store.log(world.post).await.unwrap().unwrap();
    false_entry(&world, u8::try_from(log.end + 1).unwrap(), "False. ").await;
    ben.listen().await;
    assert!(ben.yjs.text().contains("False. "));

    // What is written next has the number of the false entry, and is passed over there.
    let here = node(&world, LOOK);
    let mut ada = Client::join(&here, &ada(), 1).await;
    ada.write("Real. ").await;
    for client in [&mut ada, &mut ben] {
        client.listen_for(2 * LOOK).await;
    }
    for client in [&mut ada, &mut ben] {
        client.listen_for(2 * LOOK).await;
        let text = client.yjs.text();
        assert!(
            text.contains("Real. ") && text.contains("First. "),
            "{text}"
        );
    }
    assert_eq!(ada.yjs.text(), ben.yjs.text());
    assert_eq!(here.content().await, there.content().await);
    assert_eq!(here.content().await, ada.yjs.text());
}

#[tokio::test(start_paused = true)]
async fn nodes_that_agree_load_nothing_again() {
    let world = World::new().await;
    let look = Duration::from_secs(1);
    let (here, there) = (node(&world, look), node(&world, look));
    let mut ada = Client::join(&here, &ada(), 1).await;
    let mut ben = Client::join(&there, &ben(), 2).await;
    let loads = world.store.loads();
    for _ in 0..8 {
        ada.write("a").await;
        ben.write("b").await;
        ada.listen().await;
        ben.listen().await;
    }
    assert_eq!(ada.yjs.text(), ben.yjs.text());
    assert_eq!(world.store.loads(), loads);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_wrong_makes_it_anew_also_where_it_is_the_one_that_tells() {
    let world = World::new().await;
    let (here, there) = (node(&world, NEVER), node(&world, LOOK));
    let topic = format!("collab:{}", world.post);
    let mut told = world.transport.subscribe(&topic).await.unwrap();
    let mut ada = Client::join(&here, &ada(), 1).await;
    let Some(Delivery::Message(first)) = told.next().await else {
        panic!("a room says something when it opens");
    };
    let end = first.iter().position(|byte| *byte < 0x80).unwrap() + 1;
    let number_of_here = &first[..end];
    let mut ben = Client::join(&there, &ben(), 2).await;
    ada.write("First. ").await;
    ada.listen().await;
    ben.listen_for(2 * LOOK).await;

    // The node in whose name it is said passes it over.
    let log = world.store.log(world.post).await.unwrap().unwrap();
    let number = u8::try_from(log.end + 1).unwrap();
    false_entry_of(&world, number_of_here, number, "False. ").await;
    ada.write("Real. ").await;
    ben.listen().await;
    assert!(!ben.yjs.text().contains("Real. "));
    for _ in 0..2 {
        ben.listen_for(2 * LOOK).await;
        ada.listen_for(LOOK).await;
    }
    assert_eq!(ada.yjs.text(), ben.yjs.text());
    assert!(ben.yjs.text().contains("Real. "));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_told_of_a_longer_log_comes_back_to_what_is_there() {
    let world = World::new().await;
    let there = node(&world, LOOK);
    let mut ben = Client::join(&there, &ben(), 2).await;
    ben.write("First. ").await;
    ben.listen().await;
    let end = world.store.log(world.post).await.unwrap().unwrap().end;
    for number in 1..6 {
        false_entry(&world, u8::try_from(end + number).unwrap(), "").await;
    }
    ben.listen_for(2 * LOOK).await;
    let here = node(&world, LOOK);
    let mut ada = Client::join(&here, &ada(), 1).await;
    ada.write("Real. ").await;
    ada.listen().await;
    ben.listen().await;
    assert_eq!(ben.yjs.text(), format!("Real. First. {BODY}"));
    drop(ben);
    until(async || !there.has_room().await).await;
}
