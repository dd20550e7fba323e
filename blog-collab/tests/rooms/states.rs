//! Rooms of one document on several nodes tell each other how they stand.

use std::time::Duration;

use blog_core::ports::{CollabStore, Transport};

use crate::client::Client;
use crate::world::{BODY, Node, World, ada, ben};
use crate::yjs::Yjs;

const LOOK: Duration = Duration::from_secs(5);
const NEVER: Duration = Duration::from_hours(1);

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

#[tokio::test(start_paused = true)]
async fn who_is_behind_and_says_so_hears_how_far_others_are() {
    let world = World::new().await;
    let (here, there) = (node(&world, NEVER), node(&world, LOOK));
    let mut ada = Client::join(&here, &ada(), 1).await;
    let mut ben = Client::join(&there, &ben(), 2).await;
    world.transport.lose(true);
    ada.write("Here. ").await;
    ada.listen().await;
    // Its own look at the log finds nothing.
    world.store.fail_entries(true);
    world.transport.lose(false);
    ben.listen_for(2 * LOOK).await;
    world.store.fail_entries(false);
    ben.listen_for(2 * LOOK).await;
    assert_eq!(ben.yjs.text(), format!("Here. {BODY}"));
}

/// The bytes by which a node tells that this is in the log, and it is not.
async fn false_entry(world: &World, number: u8, text: &str) {
    let update = Yjs::new(99).insert(0, text);
    let length = u8::try_from(update.len()).unwrap();
    let mut message = vec![9, 0, number, length];
    message.extend(update);
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

    // It is taken for the false one.
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
    // After it a fold would look at the log.
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
