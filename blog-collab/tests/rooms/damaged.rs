//! Something is in the log that yrs takes, and cannot read once it has encoded it: no room lets it in, but
//! others may have stored it.

use std::time::Duration;

use blog_collab::Close;
use blog_core::domain::Actor;
use blog_core::ports::{Append, CollabStore, Start, View};

use crate::client::Client;
use crate::world::{BODY, Node, World, ada, ben, cyd, dora};

/// JSON of Yjs 12, under client id 77.
const DAMAGING: &[u8] = &[1, 1, 77, 0, 2, 1, 1, b'x', 1, 1, b'1', 1, b'2', 0];

/// A letter behind it, under client id 78.
const BUILT_ON_IT: &[u8] = &[1, 1, 78, 0, 0x84, 77, 0, 1, b'b', 0];

/// Dora has stored it on another node, of which nobody here is told.
async fn is_damaged(world: &World) {
    is_stored(world, dora(), DAMAGING).await;
}

async fn is_stored(world: &World, by: Actor, update: &'static [u8]) {
    let updates = vec![(by.id, update.into())];
    let append = Append::updates(world.outsider().clock().now(), updates);
    world.store.append(world.post, append).await.unwrap();
}

async fn version(node: &Node) -> u32 {
    let head = node.blog.posts().get(&ben(), node.post, View::Head).await;
    head.unwrap().version.number
}

async fn has_snapshot(world: &World) -> bool {
    let stored = world.store.load(world.post, Start::Newest).await;
    stored.unwrap().unwrap().snapshot.is_some()
}

#[tokio::test(start_paused = true)]
async fn what_damages_a_document_is_left_out_of_what_is_loaded() {
    let world = World::new().await;
    let node = world.node();
    let mut writer = Client::join(&node, &ada(), 1).await;
    writer.write("Before. ").await;
    writer.listen().await;
    node.stop().await;
    is_damaged(&world).await;

    let node = world.node();
    let mut writer = Client::bring(&node, &ada(), writer.yjs).await;
    writer.write("After. ").await;
    writer.listen().await;
    let mut reader = Client::join(&node, &ben(), 2).await;
    assert_eq!(reader.listen().await.close, None);
    assert_eq!(reader.yjs.text(), format!("After. Before. {BODY}"));
    assert_eq!(node.body().await, format!("After. Before. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn the_log_of_a_damaged_document_is_compacted_and_who_damaged_it_is_closed() {
    let world = World::new().await;
    let node = world.node_with(|options| options.compact_from = 3);
    let mut writer = Client::join(&node, &ada(), 1).await;
    let mut damager = Client::join(&node, &dora(), 77).await;
    let mut reader = Client::join(&node, &ben(), 2).await;
    is_damaged(&world).await;
    for _ in 0..3 {
        writer.write("On. ").await;
    }
    let text = format!("On. On. On. {BODY}");
    assert_eq!(node.body().await, text);
    assert!(has_snapshot(&world).await);
    assert_eq!(damager.listen().await.close, Some(Close::Malformed));
    for client in [&mut writer, &mut reader] {
        assert_eq!(client.listen().await.close, None);
        assert_eq!(client.yjs.text(), text);
    }

    // From here on it is as if it had never been.
    let before = version(&node).await;
    node.hub.fold(world.post).await.unwrap();
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!(version(&node).await, before);
    let there = world.node();
    let mut late = Client::join(&there, &cyd(), 3).await;
    assert_eq!(late.listen().await.close, None);
    assert_eq!(late.yjs.text(), text);
}

#[tokio::test(start_paused = true)]
async fn what_others_have_built_on_what_damages_a_document_stays_in_its_log() {
    let world = World::new().await;
    let node = world.node_with(|options| options.compact_from = 3);
    let writer = Client::join(&node, &ada(), 1).await;
    is_damaged(&world).await;
    is_stored(&world, ben(), BUILT_ON_IT).await;
    for _ in 0..3 {
        writer.write("On. ").await;
    }
    assert_eq!(node.body().await, format!("On. On. On. {BODY}"));
    let stored = world.store.load(world.post, Start::Newest).await;
    let stored = stored.unwrap().unwrap();
    let mut entries = stored.entries.iter();
    assert!(entries.any(|entry| *entry.update == *BUILT_ON_IT));
}
