use std::time::Duration;

use blog_collab::Close;
use blog_core::ErrorKind;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::client::Client;
use crate::world::{BODY, World, ada, ben, until};

/// Long enough for a room to notice that it is empty.
const A_WHILE: Duration = Duration::from_secs(5);

#[tokio::test(start_paused = true)]
async fn a_room_is_opened_once_however_many_join_at_once() {
    let world = World::new().await;
    let node = world.node();
    Client::join(&node, &ada(), 1).await;
    tokio::time::sleep(A_WHILE).await;
    let loads = world.store.loads();

    let mut joining = JoinSet::new();
    for _ in 0..50 {
        let (hub, post) = (node.hub.clone(), world.post);
        joining.spawn(async move { hub.join(&ada(), post).await.unwrap() });
    }
    let places = joining.join_all().await;
    assert_eq!(places.len(), 50);
    assert_eq!(world.store.loads(), loads + 1);
}

#[tokio::test(start_paused = true)]
async fn a_room_is_unloaded_when_all_have_left_and_what_they_wrote_is_in_the_post() {
    let world = World::new().await;
    let node = world.node();
    let mut one = Client::join(&node, &ada(), 1).await;
    let two = Client::join(&node, &ben(), 2).await;
    one.write("Written. ").await;
    one.listen().await;
    drop(one);
    tokio::time::sleep(A_WHILE).await;
    let loads = world.store.loads();
    Client::join(&node, &ben(), 3).await;
    assert_eq!(world.store.loads(), loads, "somebody was there");

    drop(two);
    until(async || world.stored_body().await == format!("Written. {BODY}")).await;
    tokio::time::sleep(A_WHILE).await;
    let loads = world.store.loads();
    Client::join(&node, &ben(), 3).await;
    assert_eq!(world.store.loads(), loads + 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_on_its_way_when_the_last_one_leaves_is_soon_in_the_post_and_the_room_ends() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("First. ").await;
    ada.listen().await;
    // Nothing is left to fold but what follows.
    until(async || world.stored_body().await == format!("First. {BODY}")).await;
    world.store.hold_back();
    ada.write("Hasty. ").await;
    drop(ada);
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.store.let_go();
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(world.stored_body().await, format!("Hasty. First. {BODY}"));
    assert!(!node.has_room().await);
}

#[tokio::test(start_paused = true)]
async fn when_the_server_stops_all_are_closed_and_what_they_wrote_is_in_the_post() {
    let world = World::new().await;
    let node = world.node();
    let mut one = Client::join(&node, &ada(), 1).await;
    let mut two = Client::join(&node, &ben(), 2).await;
    one.write("Last words. ").await;
    node.stop().await;

    assert_eq!(world.stored_body().await, format!("Last words. {BODY}"));
    for client in [&mut one, &mut two] {
        let heard = client.listen().await;
        assert_eq!(heard.updates().len(), 1);
        assert_eq!(heard.close, Some(Close::GoingAway));
    }
    assert_eq!(Close::GoingAway.code(), 1001);
}

#[tokio::test(start_paused = true)]
async fn once_the_server_has_stopped_nobody_comes_in_any_more() {
    let world = World::new().await;
    let node = world.node();
    let (hub, ada) = (node.hub.clone(), ada());
    drop(hub.join(&ada, world.post).await.unwrap());
    node.stop().await;
    let refused = hub.join(&ada, world.post).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Unavailable { retry: true });
}

#[tokio::test(start_paused = true)]
async fn what_was_stored_before_a_room_failed_is_in_the_post_though_nobody_comes_again() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Stored. ").await;
    ada.listen().await;
    world.store.fail(true);
    ada.write("Never. ").await;
    assert!(ada.listen().await.close.is_some());
    drop(ada);
    world.store.fail(false);
    assert_eq!(node.hub.presence(world.post).await, []);

    until(async || world.stored_body().await == format!("Stored. {BODY}")).await;
}

#[tokio::test(start_paused = true)]
async fn a_room_whose_store_refuses_is_not_loaded_again_for_each_who_comes_back() {
    let world = World::new().await;
    let node = world.node();
    let writer = Client::join(&node, &ada(), 1).await;
    world.store.fail(true);
    writer.write("Never. ").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let loads = world.store.loads();
    for _ in 0..100 {
        let refused = node.hub.join(&ben(), world.post).await.unwrap_err();
        assert_eq!(*refused.kind(), ErrorKind::Unavailable { retry: true });
    }
    assert_eq!(world.store.loads(), loads);

    world.store.fail(false);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(node.hub.join(&ben(), world.post).await.is_ok());
}

fn server() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().unwrap()
}

#[test]
fn what_a_crash_has_left_is_folded_after_the_next_start() {
    let before = server();
    let world = before.block_on(async {
        let world = World::new().await;
        let node = world.node();
        let mut ada = Client::join(&node, &ada(), 1).await;
        ada.write("Acknowledged. ").await;
        assert_eq!(ada.listen().await.updates().len(), 1);
        world
    });
    drop(before);

    server().block_on(async {
        assert_eq!(world.stored_body().await, BODY);
        let _node = world.node();
        until(async || world.stored_body().await == format!("Acknowledged. {BODY}")).await;
    });
}

#[test]
fn what_a_crash_has_left_is_there_for_who_joins_first() {
    let before = server();
    let world = before.block_on(async {
        let world = World::new().await;
        let node = world.node();
        let mut ada = Client::join(&node, &ada(), 1).await;
        ada.write("Acknowledged. ").await;
        assert_eq!(ada.listen().await.updates().len(), 1);
        world
    });
    drop(before);

    server().block_on(async {
        let ben = Client::join(&world.node(), &ben(), 2).await;
        assert_eq!(ben.yjs.text(), format!("Acknowledged. {BODY}"));
    });
}
