use std::time::Duration;

use blog_collab::Close;
use yrs::sync::{Message, SyncMessage};
use yrs::updates::encoder::Encode;
use yrs::{Doc, Map, MapPrelim, StateVector, Text, Transact};

use crate::client::{Client, Heard};
use crate::world::{BODY, Node, World, ada, ben, cyd};

/// Somebody sends something that is refused; two others are there.
struct Room {
    node: Node,
    world: World,
    sender: Client,
    others: [Client; 2],
}

impl Room {
    async fn new(world: World, node: Node) -> Self {
        Self {
            sender: Client::join(&node, &ada(), 1).await,
            others: [
                Client::join(&node, &ben(), 2).await,
                Client::join(&node, &cyd(), 3).await,
            ],
            node,
            world,
        }
    }

    /// The sender is closed with this, and for the others nothing has happened.
    async fn refuses_only_the_sender(mut self, close: Close) {
        let heard = self.sender.listen().await;
        assert_eq!(heard.close, Some(close));
        assert!(heard.updates().is_empty());
        let [ben, cyd] = &mut self.others;
        for other in [&mut *ben, &mut *cyd] {
            let Heard { messages, close } = other.listen().await;
            assert_eq!(messages, []);
            assert_eq!(close, None);
        }
        let end = self.world.store.end(self.world.post).await;

        ben.write("On. ").await;
        cyd.listen().await;
        assert_eq!(cyd.yjs.text(), format!("On. {BODY}"));
        assert_eq!(self.node.body().await, format!("On. {BODY}"));
        assert_eq!(self.world.store.end(self.world.post).await, end + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn who_sends_too_large_a_message_is_closed_and_others_go_on() {
    let world = World::new().await;
    let node = world.node_with(|options| options.message_bytes = 1_000);
    let room = Room::new(world, node).await;
    room.sender.write(&"x".repeat(1_000)).await;
    assert_eq!(Close::TooLarge.code(), 1009);
    room.refuses_only_the_sender(Close::TooLarge).await;
}

#[tokio::test(start_paused = true)]
async fn who_makes_the_document_too_long_is_closed_and_the_text_is_as_before() {
    let world = World::new().await;
    let node = world.node_with_limit(100);
    let room = Room::new(world, node).await;
    room.sender.write(&"x".repeat(100)).await;
    room.refuses_only_the_sender(Close::TooLarge).await;
}

#[tokio::test(start_paused = true)]
async fn a_text_is_as_long_as_the_bytes_that_the_post_stores() {
    let world = World::new().await;
    let node = world.node_with_limit(100);
    let mut ben = Client::join(&node, &ben(), 2).await;
    ben.write(&"ü".repeat(47)).await;
    assert_eq!(ben.listen().await.close, None);
    let full = format!("{}{BODY}", "ü".repeat(47));
    assert_eq!((full.len(), node.body().await), (100, full));

    let room = Room::new(World::new().await, node).await;
    room.sender.write("ü").await;
    assert_eq!(room.sender.yjs.text().encode_utf16().count(), 54);
    let Room { mut sender, .. } = room;
    assert_eq!(sender.listen().await.close, Some(Close::TooLarge));
}

#[tokio::test(start_paused = true)]
async fn what_others_are_just_storing_outlives_a_refused_update() {
    let world = World::new().await;
    let node = world.node_with_limit(100);
    let mut room = Room::new(world, node).await;

    room.world.store.hold_back();
    room.others[0].write("Kept. ").await;
    room.sender.write(&"x".repeat(100)).await;
    assert_eq!(room.sender.listen().await.close, Some(Close::TooLarge));
    room.world.store.let_go();

    let [ben, cyd] = &mut room.others;
    assert_eq!(ben.listen().await.updates().len(), 1);
    cyd.listen().await;
    assert_eq!(cyd.yjs.text(), format!("Kept. {BODY}"));
    assert_eq!(room.node.body().await, format!("Kept. {BODY}"));
}

/// How long it takes at most until a room asks again.
const ASKED_AGAIN: Duration = Duration::from_secs(3);

/// Ada has made the document too long and was closed; Ben is there.
async fn with_too_long_a_paste() -> (World, Node, Client, Client) {
    let world = World::new().await;
    let node = world.node_with_limit(100);
    let mut ben = Client::join(&node, &ben(), 2).await;
    ben.write(&"y".repeat(50)).await;
    ben.listen().await;
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write(&"x".repeat(80)).await;
    assert_eq!(ada.listen().await.close, Some(Close::TooLarge));
    (world, node, ada, ben)
}

#[tokio::test(start_paused = true)]
async fn who_made_the_document_too_long_comes_again_and_looks_on_until_it_has_shrunk() {
    let (world, node, mut ada, mut ben) = with_too_long_a_paste().await;
    let loads = world.store.loads();
    for _ in 0..3 {
        ada = Client::bring(&node, &self::ada(), ada.yjs).await;
        let heard = ada.listen_for(ASKED_AGAIN).await;
        assert!(heard.is_refused());
        assert_eq!(heard.close, None);
    }
    assert_eq!(world.store.loads(), loads);
    ada.show(1, "{}").await;
    ben.write("B").await;
    assert_eq!(ada.listen().await.updates().len(), 1);
    assert_eq!(ben.listen().await.shown_by(1).len(), 1);

    let shorter = removal(&ben, 1 + 50);
    ben.send_update(&shorter).await;
    ada.listen_for(ASKED_AGAIN).await;
    ben.listen().await;
    let both = format!("{}{BODY}", "x".repeat(80));
    assert_eq!(ben.yjs.text(), both);
    assert_eq!(node.body().await, both);
}

#[tokio::test(start_paused = true)]
async fn who_made_the_document_too_long_undoes_that_and_writes_on() {
    let (_world, node, ada, mut ben) = with_too_long_a_paste().await;
    let mut ada = Client::bring(&node, &self::ada(), ada.yjs).await;
    assert!(ada.listen().await.is_refused());
    ada.write("Before. ").await;
    let undone = removal(&ada, 8 + 80);
    ada.send_update(&undone).await;
    ada.listen_for(ASKED_AGAIN).await;
    ada.write("Short. ").await;
    assert_eq!(ada.listen().await.close, None);
    ben.listen().await;
    assert_eq!(ben.yjs.text(), format!("Short. {}{BODY}", "y".repeat(50)));
}

#[tokio::test(start_paused = true)]
async fn who_made_the_document_too_long_types_over_that_and_writes_on() {
    let (_world, node, ada, mut ben) = with_too_long_a_paste().await;
    let mut ada = Client::bring(&node, &self::ada(), ada.yjs).await;
    assert!(ada.listen().await.is_refused());
    let typed_over = {
        let body = ada.yjs.doc.get_or_insert_text("body");
        let mut transaction = ada.yjs.doc.transact_mut();
        body.remove_range(&mut transaction, 0, 80);
        body.insert(&mut transaction, 0, "S");
        transaction.encode_update_v1()
    };
    ada.send_update(&typed_over).await;
    ada.write("hort. ").await;
    assert_eq!(ada.listen_for(ASKED_AGAIN).await.close, None);
    ben.listen().await;
    assert_eq!(ben.yjs.text(), ada.yjs.text());
    assert!(ben.yjs.text().contains("hort. "));
}

#[tokio::test(start_paused = true)]
async fn who_made_the_document_too_long_does_not_do_so_again_under_other_client_ids() {
    let (world, node, _ada, mut ben) = with_too_long_a_paste().await;
    let loads = world.store.loads();
    for client in 10..15 {
        let mut again = Client::join(&node, &ada(), client).await;
        again.write(&"y".repeat(100)).await;
        assert!(again.listen().await.is_refused());
    }
    assert_eq!(world.store.loads(), loads);
    assert!(ben.listen().await.updates().is_empty());
    let mut again = Client::join(&node, &ada(), 20).await;
    again.write("Short. ").await;
    assert_eq!(again.listen().await.updates().len(), 1);
}

/// Removes from the beginning of the body.
fn removal(client: &Client, length: u32) -> Vec<u8> {
    let body = client.yjs.doc.get_or_insert_text("body");
    let mut transaction = client.yjs.doc.transact_mut();
    body.remove_range(&mut transaction, 0, length);
    transaction.encode_update_v1()
}

#[tokio::test(start_paused = true)]
async fn a_document_that_is_too_long_can_be_shortened() {
    let world = World::new().await;
    let node = world.node_with_limit(5);
    let mut ada = Client::join(&node, &ada(), 1).await;
    let update = removal(&ada, 1);
    ada.send_update(&update).await;

    let heard = ada.listen().await;
    assert_eq!(heard.close, None);
    assert_eq!(heard.updates(), [&*update]);
    assert_eq!(node.body().await, &BODY[1..]);
}

#[tokio::test(start_paused = true)]
async fn who_puts_too_many_shared_types_into_a_document_is_closed() {
    let world = World::new().await;
    let node = world.node_with(|options| options.document_types = 10);
    let mut room = Room::new(world, node).await;
    let update = {
        let meta = room.sender.yjs.doc.get_or_insert_map("meta");
        let mut transaction = room.sender.yjs.doc.transact_mut();
        for number in 0..11 {
            meta.insert(&mut transaction, number.to_string(), MapPrelim::default());
        }
        transaction.encode_update_v1()
    };
    let (store, loads) = (room.world.store.clone(), room.world.store.loads());
    room.sender.send_update(&update).await;
    assert_eq!(room.sender.listen().await.close, Some(Close::TooLarge));
    // It was not even tried: the document is still there.
    assert_eq!(store.loads(), loads);
    room.refuses_only_the_sender(Close::TooLarge).await;
}

#[tokio::test(start_paused = true)]
async fn who_makes_the_encoded_document_too_large_is_closed_and_the_text_is_as_before() {
    let world = World::new().await;
    let node = world.node_with(|options| options.document_bytes = 1_000);
    let room = Room::new(world, node).await;
    let update = {
        let meta = room.sender.yjs.doc.get_or_insert_map("meta");
        let mut transaction = room.sender.yjs.doc.transact_mut();
        meta.insert(&mut transaction, "cover", "x".repeat(1_000));
        transaction.encode_update_v1()
    };
    room.sender.send_update(&update).await;
    room.refuses_only_the_sender(Close::TooLarge).await;
}

#[tokio::test(start_paused = true)]
async fn what_replaces_itself_again_and_again_does_not_make_a_document_too_large() {
    let world = World::new().await;
    let node = world.node_with(|options| options.document_bytes = 4_000);
    let mut ada = Client::join(&node, &ada(), 1).await;
    for _ in 0..50 {
        let update = {
            let meta = ada.yjs.doc.get_or_insert_map("meta");
            let mut transaction = ada.yjs.doc.transact_mut();
            meta.insert(&mut transaction, "cover", "x".repeat(1_000));
            transaction.encode_update_v1()
        };
        ada.send_update(&update).await;
    }
    assert_eq!(ada.listen().await.close, None);
}

#[tokio::test(start_paused = true)]
async fn who_comes_again_and_again_does_not_make_a_document_larger_than_it_may_be() {
    const LIMIT: usize = 6_400;
    let world = World::new().await;
    let node = world.node_with(|options| options.document_bytes = LIMIT);
    let reader = Client::join(&node, &ben(), 2).await;
    reader.write(&"x".repeat(LIMIT - 100)).await;
    for client in 10..30 {
        let mut ada = Client::join(&node, &ada(), client).await;
        for _ in 0..2 {
            ada.write(&"x".repeat(60)).await;
        }
        ada.listen().await;
    }
    let again = Client::join(&node, &cyd(), 3).await;
    let size = again.yjs.lacking(&StateVector::default()).len();
    assert!(size < LIMIT + LIMIT / 64, "{size}");
}

/// Maps in maps, each an update.
fn nested(client: &Client, levels: usize) -> Vec<Vec<u8>> {
    let mut parent = client.yjs.doc.get_or_insert_map("nested");
    let updates = (0..levels).map(|_| {
        let mut transaction = client.yjs.doc.transact_mut();
        parent = parent.insert(&mut transaction, "in", MapPrelim::default());
        transaction.encode_update_v1()
    });
    updates.collect()
}

#[tokio::test(start_paused = true)]
async fn who_nests_shared_types_too_deep_at_once_is_closed() {
    let world = World::new().await;
    let node = world.node();
    let room = Room::new(world, node).await;
    let known = room.sender.yjs.known();
    nested(&room.sender, 1_000);
    room.sender
        .send_update(&room.sender.yjs.lacking(&known))
        .await;
    room.refuses_only_the_sender(Close::TooLarge).await;
}

#[tokio::test(start_paused = true)]
async fn who_nests_shared_types_deeper_and_deeper_is_closed() {
    let world = World::new().await;
    let node = world.node();
    let mut room = Room::new(world, node).await;
    let updates = nested(&room.sender, 130);
    let (deepest, sound) = updates.split_last().unwrap();
    for update in sound {
        room.sender.send_update(update).await;
    }
    assert_eq!(room.sender.listen().await.close, None);
    for other in &mut room.others {
        other.listen().await;
    }
    room.sender.send_update(deepest).await;
    room.refuses_only_the_sender(Close::TooLarge).await;
}

#[tokio::test(start_paused = true)]
async fn a_room_that_is_opened_again_knows_how_deep_shared_types_are_nested() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let updates = nested(&ada, 130);
    let (deepest, sound) = updates.split_last().unwrap();
    for update in sound {
        ada.send_update(update).await;
    }
    ada.listen().await;
    node.stop().await;

    let room = Room::new(world.clone(), world.node()).await;
    room.sender.send_update(deepest).await;
    room.refuses_only_the_sender(Close::TooLarge).await;
}

#[tokio::test(start_paused = true)]
async fn shared_types_that_are_sent_again_and_again_are_counted_once() {
    let world = World::new().await;
    let node = world.node_with(|options| options.document_types = 10);
    let mut ada = Client::join(&node, &ada(), 1).await;
    for update in nested(&ada, 8) {
        for _ in 0..3 {
            ada.send_update(&update).await;
        }
    }
    assert_eq!(ada.listen().await.close, None);
}

#[tokio::test(start_paused = true)]
async fn a_document_that_is_too_large_can_be_made_smaller() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write(&"x".repeat(10_000)).await;
    ada.listen().await;
    node.stop().await;

    let node = world.node_with(|options| options.document_bytes = 5_000);
    let mut again = Client::join(&node, &ben(), 2).await;
    for _ in 0..3 {
        let update = removal(&again, 3_000);
        again.send_update(&update).await;
    }
    assert_eq!(again.listen().await.close, None);
    assert_eq!(node.body().await.len(), 1_000 + BODY.len());
}

#[tokio::test(start_paused = true)]
async fn documents_in_the_document_are_refused() {
    let world = World::new().await;
    let node = world.node();
    let room = Room::new(world, node).await;
    let update = {
        let meta = room.sender.yjs.doc.get_or_insert_map("meta");
        let mut transaction = room.sender.yjs.doc.transact_mut();
        meta.insert(&mut transaction, "inner", Doc::new());
        transaction.encode_update_v1()
    };
    room.sender.send_update(&update).await;
    room.refuses_only_the_sender(Close::Malformed).await;
}

#[tokio::test(start_paused = true)]
async fn who_sends_what_is_no_update_is_closed_and_others_go_on() {
    let world = World::new().await;
    let node = world.node();
    let room = Room::new(world, node).await;
    room.sender.send_update(b"no update").await;
    assert_eq!(Close::Malformed.code(), 1007);
    room.refuses_only_the_sender(Close::Malformed).await;
}

#[tokio::test(start_paused = true)]
async fn who_sends_what_is_no_message_is_closed_and_others_go_on() {
    for garbage in [
        &b"\xff\xff\xff\xff"[..],
        &[0, 3],
        &[102],
        &[0, 2, 200, 1],
        &[1, 9],
    ] {
        let world = World::new().await;
        let node = world.node();
        let room = Room::new(world, node).await;
        room.sender.place.receive(garbage.into()).await;
        room.refuses_only_the_sender(Close::Malformed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_before_garbage_in_a_frame_counts() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let update = ada.yjs.insert(0, "Sound. ");
    let mut frame = Message::Sync(SyncMessage::Update(update)).encode_v1();
    frame.push(102);
    ada.place.receive(frame.into()).await;
    assert_eq!(ada.listen().await.close, Some(Close::Malformed));
    assert_eq!(node.body().await, format!("Sound. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn who_has_too_many_connections_is_refused_until_one_of_them_ends() {
    let world = World::new().await;
    let node = world.node_with(|options| options.connections_of_one = 2);
    let join = |actor| {
        let (hub, post) = (node.hub.clone(), world.post);
        async move { hub.join(&actor, post).await }
    };
    let _first = join(ada()).await.unwrap();
    let second = join(ada()).await.unwrap();
    let refused = join(ada()).await.unwrap_err();
    assert_eq!(refused.kind().http_status(), 429);
    let _of_another = join(ben()).await.unwrap();
    // A program is no connection.
    node.hub.content(&ada(), world.post).await.unwrap();
    drop(second);
    assert!(join(ada()).await.is_ok());
}
