use blog_collab::{Close, Outgoing};

use crate::client::Client;
use crate::world::{Node, World, ada, ben, cyd};
use crate::yjs::Yjs;

const OUTBOX: usize = 10_000;

/// Somebody in the room, whose document is larger than what may wait for a reader.
async fn who_wrote_much(node: &Node) -> Client {
    let mut writer = Client::join(node, &ben(), 2).await;
    for _ in 0..3 {
        writer.write(&"x".repeat(9_000)).await;
        writer.listen().await;
    }
    writer
}

#[tokio::test(start_paused = true)]
async fn who_never_reads_is_closed_with_bounded_bytes_and_others_get_everything() {
    let world = World::new().await;
    let node = world.node_with(|options| options.outbox_bytes = OUTBOX);
    let mut asleep = Client::join(&node, &ada(), 1).await;
    let mut writer = Client::join(&node, &ben(), 2).await;
    let mut reader = Client::join(&node, &cyd(), 3).await;

    for _ in 0..50 {
        writer.write(&"x".repeat(1_000)).await;
        assert_eq!(writer.listen().await.updates().len(), 1);
        assert_eq!(reader.listen().await.updates().len(), 1);
    }
    assert_eq!(reader.yjs.text(), writer.yjs.text());

    let mut bytes = 0;
    let close = loop {
        match asleep.place.next().await {
            Outgoing::Frame(frame) => bytes += frame.len(),
            Outgoing::Ping => {}
            Outgoing::Close(close) => break close,
        }
    };
    assert!(bytes <= OUTBOX);
    assert_eq!(close, Close::TryAgainLater);

    // It lacks nothing when it comes again.
    asleep = Client::bring(&node, &ada(), asleep.yjs).await;
    asleep.ask().await;
    asleep.listen().await;
    assert_eq!(asleep.yjs.text(), writer.yjs.text());
}

#[tokio::test(start_paused = true)]
async fn who_reads_slowly_and_in_time_stays() {
    let world = World::new().await;
    let node = world.node_with(|options| options.outbox_bytes = OUTBOX);
    let mut slow = Client::join(&node, &ada(), 1).await;
    let mut writer = Client::join(&node, &ben(), 2).await;
    for _ in 0..5 {
        for _ in 0..5 {
            writer.write(&"x".repeat(1_000)).await;
            writer.listen().await;
        }
        assert_eq!(slow.listen().await.close, None);
    }
    assert_eq!(slow.yjs.text(), writer.yjs.text());
}

#[tokio::test(start_paused = true)]
async fn a_document_larger_than_what_may_wait_is_given_to_who_joins() {
    let world = World::new().await;
    let node = world.node_with(|options| options.outbox_bytes = OUTBOX);
    let writer = who_wrote_much(&node).await;
    let mut newcomer = Client::join(&node, &ada(), 1).await;
    assert_eq!(newcomer.listen().await.close, None);
    assert_eq!(newcomer.yjs.text(), writer.yjs.text());
}

#[tokio::test(start_paused = true)]
async fn who_has_not_read_a_large_document_yet_stays_while_others_write() {
    let world = World::new().await;
    let node = world.node_with(|options| options.outbox_bytes = OUTBOX);
    let mut writer = who_wrote_much(&node).await;
    let mut newcomer = Client::bring(&node, &ada(), Yjs::new(1)).await;
    newcomer.ask().await;
    for _ in 0..5 {
        writer.write(&"x".repeat(1_000)).await;
        writer.listen().await;
    }
    assert_eq!(newcomer.listen().await.close, None);
    assert_eq!(newcomer.yjs.text(), writer.yjs.text());
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_a_large_document_again_and_again_and_does_not_read_it_is_closed() {
    let world = World::new().await;
    let node = world.node_with(|options| options.outbox_bytes = OUTBOX);
    let writer = Client::join(&node, &ben(), 2).await;
    writer.write(&"x".repeat(9_000)).await;
    let mut greedy = Client::bring(&node, &ada(), Yjs::new(1)).await;
    for _ in 0..4 {
        greedy.ask().await;
    }
    assert_eq!(greedy.listen().await.close, Some(Close::TryAgainLater));
}
