//! A document that nobody needs for long is let go of, and nobody notices.

use std::time::Duration;

use blog_collab::Close;
use blog_core::ports::CollabStore;
use yrs::{Text, Transact, WriteTxn};

use crate::access::delete;
use crate::client::Client;
use crate::world::{BODY, Node, World, ada, ben, cyd};

/// Longer than a room keeps a document that nobody needs, and than it takes to fold it.
const LONG: Duration = Duration::from_secs(90);

/// Two people in a room whose document has been let go of.
async fn unloaded(world: &World) -> (Node, Client, Client) {
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    ada.write("Before. ").await;
    for client in [&mut ada, &mut ben] {
        client.listen().await;
    }
    tokio::time::sleep(LONG).await;
    (node, ada, ben)
}

#[tokio::test(start_paused = true)]
async fn a_document_that_nobody_needs_is_loaded_again_for_who_writes() {
    let world = World::new().await;
    let (node, ada, mut ben) = unloaded(&world).await;
    let loads = world.store.loads();
    ada.write("After. ").await;
    ben.listen().await;
    assert_eq!(world.store.loads(), loads + 1);
    let all = format!("After. Before. {BODY}");
    assert_eq!(ben.yjs.text(), all);
    ben.write("On. ").await;
    ben.listen().await;
    assert_eq!(world.store.loads(), loads + 1);
    assert_eq!(node.body().await, format!("On. {all}"));
}

#[tokio::test(start_paused = true)]
async fn it_is_loaded_for_who_comes_reads_or_edits_by_a_program() {
    let world = World::new().await;
    let (node, _ada, mut ben) = unloaded(&world).await;
    let come = Client::join(&node, &cyd(), 3).await;
    assert_eq!(come.yjs.text(), format!("Before. {BODY}"));

    tokio::time::sleep(LONG).await;
    let read = node.hub.content(&cyd(), world.post).await.unwrap();
    assert_eq!(read.body, format!("Before. {BODY}"));

    tokio::time::sleep(LONG).await;
    let edit = |mut content: blog_core::domain::Content| {
        content.body.insert_str(0, "Program. ");
        content
    };
    node.hub.edit(&cyd(), world.post, edit).await.unwrap();
    ben.listen().await;
    assert_eq!(ben.yjs.text(), format!("Program. Before. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn cursors_move_without_it() {
    let world = World::new().await;
    let (_node, ada, mut ben) = unloaded(&world).await;
    ben.listen().await;
    let loads = world.store.loads();
    ada.show(1, r#"{"cursor":1}"#).await;
    assert!(!ben.listen().await.messages.is_empty());
    assert_eq!(world.store.loads(), loads);
}

#[tokio::test(start_paused = true)]
async fn what_is_written_on_another_node_or_saved_comes_to_those_who_are_there() {
    let world = World::new().await;
    let (_node, mut ada, mut ben) = unloaded(&world).await;
    let another = world.node();
    let mut cyd = Client::join(&another, &cyd(), 3).await;
    cyd.write("Elsewhere. ").await;
    let all = format!("Elsewhere. Before. {BODY}");
    for client in [&mut ada, &mut ben, &mut cyd] {
        client.listen().await;
        assert_eq!(client.yjs.text(), all);
    }

    tokio::time::sleep(LONG).await;
    let edit = blog_core::services::PostEdit {
        body: Some("Saved.\n".to_owned()),
        ..Default::default()
    };
    another.save(edit).await;
    for client in [&mut ada, &mut ben, &mut cyd] {
        client.listen().await;
        assert_eq!(client.yjs.text(), "Saved.\n");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_compacted_elsewhere_before_it_could_be_read_comes_as_well() {
    let world = World::new().await;
    let (_node, mut ada, _ben) = unloaded(&world).await;
    let another = world.node_with(|options| options.compact_from = 2);
    let mut cyd = Client::join(&another, &cyd(), 3).await;
    cyd.write("zero ").await;
    tokio::time::sleep(LONG).await;
    world.store.fail_entries(true);
    for _ in 0..2 {
        for word in ["three ", "two ", "one "] {
            cyd.write(word).await;
            cyd.listen().await;
        }
        another.hub.fold(world.post).await.unwrap();
    }
    world.store.fail_entries(false);
    ada.listen_for(Duration::from_secs(5)).await;
    assert_eq!(ada.yjs.text(), cyd.yjs.text());
}

#[tokio::test(start_paused = true)]
async fn where_it_cannot_be_loaded_again_all_are_closed_and_bring_what_they_wrote_again() {
    let world = World::new().await;
    let (node, mut ada, mut ben) = unloaded(&world).await;
    world.store.hold_back_loads(true);
    ada.write("After. ").await;
    for client in [&mut ada, &mut ben] {
        let heard = client.listen_for(LONG).await;
        assert_eq!(heard.close, Some(Close::TryAgainLater));
    }
    world.store.hold_back_loads(false);
    let mut again = Client::bring(&node, &crate::world::ada(), ada.yjs).await;
    again.ask().await;
    again.listen().await;
    assert_eq!(node.body().await, format!("After. Before. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_already_may_become_smaller_also_after_a_while() {
    let world = World::new().await;
    let unbounded = world.node();
    let writer = Client::join(&unbounded, &ada(), 1).await;
    writer.write(&"x".repeat(2_000)).await;
    unbounded.stop().await;
    let node = world.node_with(|options| options.document_bytes = 1_000);
    let mut ben = Client::join(&node, &ben(), 2).await;
    tokio::time::sleep(LONG).await;
    let erased = {
        let mut transaction = ben.yjs.doc.transact_mut();
        let body = transaction.get_or_insert_text("body");
        body.remove_range(&mut transaction, 0, 100);
        transaction.encode_update_v1()
    };
    ben.send_update(&erased).await;
    assert_eq!(ben.listen().await.close, None);
    assert_eq!(node.body().await, format!("{}{BODY}", "x".repeat(1_900)));
}

#[tokio::test(start_paused = true)]
async fn who_writes_into_what_is_being_deleted_hears_that_it_is_gone() {
    let world = World::new().await;
    let (_node, mut ada, _ben) = unloaded(&world).await;
    world.store.remove(world.post).await.unwrap();
    delete(&world.outsider(), world.post).await;
    ada.write("Too late. ").await;
    assert_eq!(ada.listen().await.close, Some(Close::NotFound));
}
