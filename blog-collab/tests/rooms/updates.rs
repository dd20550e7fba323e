use std::time::Duration;

use blog_collab::Close;
use blog_core::domain::Content;
use blog_core::ports::CollabStore;
use blog_core::services::PostEdit;
use yrs::sync::{Message, SyncMessage};
use yrs::updates::encoder::Encode;

use crate::client::Client;
use crate::world::{BODY, World, ada, ben, cyd};
use crate::yjs::Yjs;

#[tokio::test(start_paused = true)]
async fn an_update_is_shown_to_nobody_before_its_append_has_returned() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;

    world.store.hold_back();
    let update = ada.write("Soon. ").await;
    assert!(ada.listen().await.updates().is_empty());
    assert!(ben.listen().await.updates().is_empty());

    world.store.let_go();
    assert_eq!(ada.listen().await.updates(), [&*update]);
    assert_eq!(ben.listen().await.updates(), [&*update]);
    assert_eq!(ben.yjs.text(), format!("Soon. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn who_asks_gets_nothing_either_before_the_append_has_returned() {
    let world = World::new().await;
    let node = world.node();
    let ada = Client::join(&node, &ada(), 1).await;

    world.store.hold_back();
    ada.write("Soon. ").await;
    let mut ben = Client::bring(&node, &ben(), Yjs::new(2)).await;
    ben.ask().await;
    assert_eq!(ben.listen().await.answers(), 0);
    assert_eq!(ben.yjs.text(), "");

    world.store.let_go();
    assert_eq!(ben.listen().await.answers(), 1);
    assert_eq!(ben.yjs.text(), format!("Soon. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn updates_that_come_in_quick_succession_are_appended_together() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    let before = world.store.appends();
    let mut updates = vec![];
    for key in ["e", "c", "n", "o"] {
        updates.push(ada.write(key).await);
    }
    // Nobody sees that they wait.
    let soon = Duration::from_millis(5);
    assert_eq!(ben.listen_for(soon).await.updates(), updates);
    assert_eq!(ada.listen().await.updates(), updates);
    assert_eq!(ben.yjs.text(), format!("once{BODY}"));
    // The first comes at once, and the rest after it.
    assert_eq!(world.store.appends() - before, 2);
}

#[tokio::test(start_paused = true)]
async fn when_an_append_fails_all_are_closed_and_nothing_of_it_is_anywhere() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    let end = world.store.end(world.post).await;

    world.store.fail(true);
    ada.write("Never. ").await;
    for client in [&mut ada, &mut ben] {
        let heard = client.listen().await;
        assert!(heard.updates().is_empty());
        assert_eq!(heard.close, Some(Close::TryAgainLater));
    }
    assert_eq!(Close::TryAgainLater.code(), 1013);
    assert_eq!(ben.yjs.text(), BODY);

    world.store.fail(false);
    assert_eq!(world.store.end(world.post).await, end);
    assert_eq!(node.body().await, BODY);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_stored_its_writer_brings_again() {
    let world = World::new().await;
    let node = world.node();
    let mut first = Client::join(&node, &ada(), 1).await;
    world.store.fail(true);
    first.write("Again. ").await;
    assert!(first.listen().await.close.is_some());

    world.store.fail(false);
    let mut again = Client::bring(&node, &ada(), first.yjs).await;
    again.listen().await;
    assert_eq!(node.body().await, format!("Again. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn every_message_of_a_frame_is_read() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;

    let updates = [ada.yjs.insert(0, "One. "), ada.yjs.insert(0, "Two. ")];
    let mut frame = vec![];
    for update in &updates {
        let update = SyncMessage::Update(update.clone());
        frame.extend(Message::Sync(update).encode_v1());
    }
    let known = SyncMessage::SyncStep1(ada.yjs.known());
    frame.extend(Message::Sync(known).encode_v1());
    frame.extend(Message::AwarenessQuery.encode_v1());
    ada.place.receive(frame.into()).await;

    let heard = ada.listen().await;
    assert_eq!(heard.updates(), updates);
    assert_eq!(heard.answers(), 1);
    let is_presence = |message: &Message| matches!(message, Message::Awareness(_));
    assert!(heard.messages.iter().any(is_presence));
}

#[tokio::test(start_paused = true)]
async fn who_asks_is_always_answered() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    for _ in 0..3 {
        ada.ask().await;
        assert_eq!(ada.listen().await.answers(), 1);
    }
    assert_eq!(ada.yjs.text(), BODY);
}

#[tokio::test(start_paused = true)]
async fn an_update_that_is_known_is_acknowledged_and_not_stored_again() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    let update = ada.write("Once more. ").await;
    ada.listen().await;
    ben.listen().await;
    let end = world.store.end(world.post).await;

    ada.send_update(&update).await;
    assert_eq!(ada.listen().await.updates(), [&*update]);
    assert!(ben.listen().await.updates().is_empty());
    assert_eq!(world.store.end(world.post).await, end);
}

#[tokio::test(start_paused = true)]
async fn an_update_that_is_repeated_while_it_is_being_stored_is_acknowledged_only_after_it() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let end = world.store.end(world.post).await;

    world.store.hold_back();
    let update = ada.write("Once. ").await;
    ada.send_update(&update).await;
    assert!(ada.listen().await.updates().is_empty());

    world.store.let_go();
    assert_eq!(ada.listen().await.updates(), [&*update, &*update]);
    assert_eq!(world.store.end(world.post).await, end + 1);
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_predecessor_is_missing_is_not_stored_and_asked_for_again() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    let end = world.store.end(world.post).await;

    ada.yjs.insert(0, "Lost on the way. ");
    let later = ada.yjs.insert(0, "Later. ");
    ada.send_update(&later).await;
    assert!(ben.listen().await.updates().is_empty());
    assert_eq!(world.store.end(world.post).await, end);

    // Whoever lacks it too is not asked for ever.
    let answer = SyncMessage::SyncStep2(later);
    ben.send(Message::Sync(answer)).await;
    assert!(!ben.listen().await.is_asked());

    // The request is answered as clients do, with everything.
    assert!(ada.listen().await.is_asked());
    ben.listen().await;
    let all = format!("Later. Lost on the way. {BODY}");
    assert_eq!(ben.yjs.text(), all);
    assert_eq!(node.body().await, all);
}

#[tokio::test(start_paused = true)]
async fn the_log_says_who_has_made_which_update() {
    let world = World::new().await;
    let node = world.node();
    let mut one = Client::join(&node, &ada(), 1).await;
    let two = Client::join(&node, &cyd(), 2).await;
    let end = world.store.end(world.post).await;
    let updates = [one.write("One. ").await, two.write("Two. ").await];
    one.listen().await;

    let entries = world.store.entries(world.post, end, 10).await.unwrap();
    let stored = entries.iter().map(|entry| (&*entry.actor, &*entry.update));
    let expected = [("ada", &*updates[0]), ("cyd", &*updates[1])];
    assert_eq!(stored.collect::<Vec<_>>(), expected);
}

#[tokio::test(start_paused = true)]
async fn who_sends_something_again_as_the_beginning_of_something_else_stops_no_edit() {
    let world = World::new().await;
    let (node, another) = (world.node(), world.node());
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut others = [
        Client::join(&node, &ben(), 2).await,
        Client::join(&another, &cyd(), 3).await,
    ];
    for update in [
        b"\x01\x01\x05\x00\x04\x01\x04list\x02ab\x00",
        &b"\x01\x01\x05\x00\x04\x01\x04body\x04abcd\x00"[..],
    ] {
        ada.send_update(update).await;
        assert_eq!(ada.listen().await.updates().len(), 1);
    }
    let edit = |content: Content| Content {
        body: format!("Wanted. {}", content.body),
        ..content
    };
    node.hub.edit(&ben(), world.post, edit).await.unwrap();
    let edited = format!("Wanted. {BODY}");
    for other in &mut others {
        other.listen().await;
        assert_eq!(other.yjs.text(), edited);
    }
    let save = PostEdit {
        body: Some("Saved.\n".to_owned()),
        ..PostEdit::default()
    };
    another.save(save).await;
    for other in &mut others {
        other.listen().await;
        assert_eq!(other.yjs.text(), "Saved.\n");
    }
    assert_eq!(node.body().await, "Saved.\n");
}
