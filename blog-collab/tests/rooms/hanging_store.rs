use std::time::Duration;

use blog_collab::Close;
use blog_core::ErrorKind;
use blog_core::domain::Content;
use tokio::time::timeout;

use crate::client::Client;
use crate::world::{BODY, Node, World, ada, ben, cyd};
use crate::yjs::Yjs;

const SPACE: u32 = 1_000;
const LONG: Duration = Duration::from_secs(3_600);

/// A node with little room for what is not stored, which waits long for the store.
fn patient_node(world: &World) -> Node {
    world.node_with(|options| {
        options.unstored_bytes = SPACE;
        options.store_patience = 2 * LONG;
    })
}

/// Such a node on which the store hangs over what Ada has typed.
async fn hung(world: &World) -> (Node, Client) {
    let node = patient_node(world);
    let ada = Client::join(&node, &ada(), 1).await;
    world.store.hold_back();
    ada.write("Typed. ").await;
    (node, ada)
}

#[tokio::test(start_paused = true)]
async fn nobody_is_read_beyond_a_bound_while_the_store_hangs_and_nothing_is_lost() {
    let world = World::new().await;
    let node = patient_node(&world);
    let mut ada = Client::join(&node, &ada(), 1).await;
    let ben = Client::join(&node, &ben(), 2).await;
    world.store.hold_back();
    let some = "x".repeat(SPACE as usize / 3);
    ada.write(&some).await;
    ada.write(&some).await;

    // Whoever it is that writes.
    let mut waiting = Box::pin(ben.write(&some));
    timeout(LONG, &mut waiting).await.unwrap_err();
    // Others still get answers.
    assert_eq!(node.hub.presence(world.post).await, []);

    world.store.let_go();
    waiting.await;
    ada.listen().await;
    let all = format!("{some}{some}{some}{BODY}");
    assert_eq!(ada.yjs.text(), all);
    assert_eq!(node.body().await, all);
}

#[tokio::test(start_paused = true)]
async fn a_program_waits_as_well_while_the_store_hangs() {
    let world = World::new().await;
    let (node, _ada) = hung(&world).await;
    let (is_asked, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let (hub, post) = (node.hub.clone(), world.post);
    let edit = tokio::spawn(async move {
        let edit = move |content| {
            is_asked.send(()).unwrap();
            content
        };
        hub.edit(&cyd(), post, edit).await
    });
    timeout(LONG, asked.recv()).await.unwrap_err();
    world.store.let_go();
    edit.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_a_program_waits_to_write_is_not_taken_once_its_actor_is_revoked() {
    let world = World::new().await;
    let (node, _ada) = hung(&world).await;
    let program = cyd();
    let mut edit = Box::pin(node.hub.edit(&program, world.post, |content| Content {
        body: format!("{}Too late.\n", content.body),
        ..content
    }));
    timeout(LONG, &mut edit).await.unwrap_err();
    node.hub.revoke(&program.id).await;
    world.store.let_go();
    let refused = edit.await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Forbidden);
    assert_eq!(node.body().await, format!("Typed. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn when_the_store_hangs_for_too_long_all_are_closed_and_bring_what_they_wrote_again() {
    let world = World::new().await;
    let patience = Duration::from_secs(5);
    let node = world.node_with(|options| options.store_patience = patience);
    let mut writer = Client::join(&node, &ada(), 1).await;
    let mut reader = Client::join(&node, &ben(), 2).await;
    world.store.hold_back();
    writer.write("Kept. ").await;
    for client in [&mut writer, &mut reader] {
        let heard = client.listen_for(2 * patience).await;
        assert!(heard.updates().is_empty());
        assert_eq!(heard.close, Some(Close::TryAgainLater));
    }

    world.store.let_go();
    let mut again = Client::bring(&node, &ada(), writer.yjs).await;
    again.ask().await;
    again.listen().await;
    assert_eq!(again.yjs.text(), format!("Kept. {BODY}"));
    assert_eq!(node.body().await, format!("Kept. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn who_comes_while_the_store_hangs_is_refused_after_a_while() {
    let world = World::new().await;
    let node = world.node();
    world.store.hold_back_loads(true);
    let refused = node.hub.join(&ada(), world.post).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Unavailable { retry: true });
    world.store.hold_back_loads(false);
    Client::join(&node, &ada(), 1).await;
}

#[tokio::test(start_paused = true)]
async fn who_reads_the_post_while_the_store_hangs_is_refused_after_a_while() {
    let world = World::new().await;
    let node = world.node();
    let ada = Client::join(&node, &ada(), 1).await;
    ada.write("Typed. ").await;
    world.store.hold_back_loads(true);
    let read = timeout(LONG, node.hub.fold(world.post)).await;
    let refused = read.unwrap().unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Unavailable { retry: true });
    world.store.hold_back_loads(false);
    assert_eq!(node.body().await, format!("Typed. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn who_asks_again_and_again_while_the_store_hangs_is_closed_and_others_are_not() {
    let world = World::new().await;
    let node = world.node_with(|options| options.unstored_bytes = SPACE);
    let mut writer = Client::join(&node, &ada(), 1).await;
    writer.write(&"x".repeat(SPACE as usize / 2)).await;
    writer.listen().await;
    world.store.hold_back();
    writer.write("Soon. ").await;

    let mut greedy = Client::bring(&node, &ben(), Yjs::new(2)).await;
    for _ in 0..3 {
        greedy.ask().await;
    }
    assert_eq!(greedy.listen().await.close, Some(Close::TryAgainLater));
    world.store.let_go();
    let heard = writer.listen().await;
    assert_eq!(heard.updates().len(), 1);
    assert_eq!(heard.close, None);
}

#[tokio::test(start_paused = true)]
async fn when_the_server_stops_while_the_store_hangs_it_stops() {
    let world = World::new().await;
    let node = world.node();
    let ada = Client::join(&node, &ada(), 1).await;
    world.store.hold_back();
    ada.write("Soon. ").await;
    node.stop().await;
    world.store.let_go();
    assert_eq!(world.node().body().await, format!("Soon. {BODY}"));
}
