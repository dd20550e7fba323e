use std::time::Duration;

use crate::client::Client;
use crate::world::{BODY, World, ada, ben};

const MEBIBYTE: usize = 1 << 20;

#[tokio::test(start_paused = true)]
async fn what_waits_for_other_nodes_while_the_transport_hangs_is_bounded_and_nothing_is_lost() {
    const MESSAGES: usize = 14;
    let world = World::new().await;
    let node = || {
        world.node_with_limit_and(64 * MEBIBYTE, |options| {
            options.document_bytes = 64 * MEBIBYTE;
            options.outbox_bytes = 64 * MEBIBYTE;
            options.look_every = Duration::from_secs(10);
        })
    };
    let (here, there) = (node(), node());
    let mut ada = Client::join(&here, &ada(), 1).await;
    let mut ben = Client::join(&there, &ben(), 2).await;
    let before = world.transport.published();
    world.transport.hold_back(true);
    let long = "x".repeat(MEBIBYTE - 1_000);
    for _ in 0..MESSAGES {
        ada.write(&long).await;
        ada.listen().await;
    }
    world.transport.hold_back(false);
    ada.listen().await;
    // One was on its way already.
    assert!(world.transport.published() - before <= 9 * MEBIBYTE);
    ben.listen_for(Duration::from_secs(12)).await;
    assert!(ben.yjs.text() == format!("{}{BODY}", long.repeat(MESSAGES)));
}
