//! What comes on the topics of nodes, and is not what a node would tell.

use std::time::Duration;

use blog_core::ports::Transport;
use bytes::Bytes;

use crate::client::Client;
use crate::world::{BODY, World, ada, ben};

/// A node's number, and that updates follow; those of entry 2^40.
const ENTRIES_THAT_ARE_NOT_THERE: &[u8] = b"\x09\x00\x80\x80\x80\x80\x80\x20\x01x";

#[tokio::test(start_paused = true)]
async fn what_no_node_would_tell_is_passed_over() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut ada = Client::join(&here, &ada(), 1).await;
    let mut ben = Client::join(&there, &ben(), 2).await;
    let topics = [format!("collab:{}", world.post), "collab".to_owned()];
    for topic in topics.into_iter().chain(["assistants".to_owned()]) {
        for bytes in [
            &b""[..],
            b"{}",
            b"\xff",
            &[0xff; 11],
            b"\x09\x01\xff",
            b"\x09\x02\x05ada",
            b"\x09\x04",
            b"\x09\x04\xff",
            b"\x09\x05",
            ENTRIES_THAT_ARE_NOT_THERE,
        ] {
            let message = Bytes::from_static(bytes);
            world.transport.publish(&topic, message).await.unwrap();
        }
    }
    ada.write("Here. ").await;
    ada.listen().await;
    ben.listen().await;
    assert_eq!(ben.yjs.text(), format!("Here. {BODY}"));
    assert_eq!(there.body().await, format!("Here. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn entries_that_are_not_there_are_looked_for_once() {
    let world = World::new().await;
    let node = world.node_with(|options| options.look_every = Duration::from_secs(3600));
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.listen().await;
    let topic = format!("collab:{}", world.post);
    let message = Bytes::from_static(ENTRIES_THAT_ARE_NOT_THERE);
    world.transport.publish(&topic, message).await.unwrap();
    ada.listen_for(Duration::from_secs(1)).await;
    let reads = world.store.reads();
    ada.listen_for(Duration::from_secs(5)).await;
    assert_eq!(world.store.reads(), reads);
}

#[tokio::test(start_paused = true)]
async fn a_document_is_let_go_of_also_where_entries_were_told_of_that_are_not_there() {
    let world = World::new().await;
    let unload_after = Duration::from_secs(30);
    let node = world.node_with(|options| {
        options.look_every = Duration::from_secs(3600);
        options.unload_after = unload_after;
    });
    let _ada = Client::join(&node, &ada(), 1).await;
    tokio::time::sleep(2 * unload_after).await;
    let topic = format!("collab:{}", world.post);
    let message = Bytes::from_static(ENTRIES_THAT_ARE_NOT_THERE);
    world.transport.publish(&topic, message).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    for _ in 0..2 {
        let loads = world.store.loads();
        assert_eq!(node.content().await, BODY);
        assert_eq!(world.store.loads(), loads + 1);
        tokio::time::sleep(2 * unload_after).await;
    }
}
