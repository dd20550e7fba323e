use blog_collab::Close;
use blog_core::ErrorKind;
use blog_core::domain::Content;
use blog_core::ports::{Append, CollabStore};

use crate::client::{Client, presence};
use crate::world::{BODY, Node, World, ada, ben, cyd, dora};
use crate::yjs::Yjs;

/// Ben writes under this client id, which is another's.
async fn is_refused(world: &World, node: &Node, client: u64) {
    let mut ben = Client::join(node, &ben(), client).await;
    let end = world.store.end(world.post).await;
    let before = node.body().await;

    ben.write("By somebody else. ").await;
    let heard = ben.listen().await;
    assert_eq!(heard.close, Some(Close::Forbidden));
    assert!(heard.updates().is_empty());
    assert_eq!(world.store.end(world.post).await, end);
    assert_eq!(node.body().await, before);
}

#[tokio::test(start_paused = true)]
async fn who_writes_under_anothers_client_id_is_closed_and_changes_nothing() {
    let world = World::new().await;
    let node = world.node();
    let mut owner = Client::join(&node, &ada(), 1).await;
    owner.write("Mine. ").await;
    owner.listen().await;

    is_refused(&world, &node, 1).await;
    assert_eq!(Close::Forbidden.code(), 4403);
    let heard = owner.listen().await;
    assert!(heard.updates().is_empty());
    assert_eq!(heard.close, None);
}

#[tokio::test(start_paused = true)]
async fn a_client_id_that_has_only_been_shown_is_its_owners_as_well() {
    let world = World::new().await;
    let node = world.node();
    let mut owner = Client::join(&node, &ada(), 1).await;
    owner.show(1, "{}").await;
    owner.listen().await;
    is_refused(&world, &node, 1).await;
}

#[tokio::test(start_paused = true)]
async fn who_brings_back_what_others_have_written_is_no_impostor() {
    let world = World::new().await;
    let node = world.node();
    let writer = Client::join(&node, &ada(), 1).await;
    writer.write("Mine. ").await;
    let mut reader = Client::join(&node, &ben(), 2).await;

    let everything = reader.yjs.lacking(&yrs::StateVector::default());
    reader.send_update(&everything).await;
    assert_eq!(reader.listen().await.close, None);
    assert_eq!(node.body().await, format!("Mine. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn the_same_actor_may_use_an_id_in_a_second_tab() {
    let world = World::new().await;
    let node = world.node();
    let mut first = Client::join(&node, &ada(), 1).await;
    first.write("First. ").await;
    first.listen().await;
    let mut second = Client::join(&node, &ada(), 1).await;
    second.write("Second. ").await;
    assert_eq!(second.listen().await.close, None);
    first.listen().await;
    assert_eq!(first.yjs.text(), format!("Second. First. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn a_client_id_stays_its_owners_when_the_room_is_opened_again() {
    let world = World::new().await;
    let node = world.node();
    let mut owner = Client::join(&node, &ada(), 1).await;
    owner.write("Mine. ").await;
    owner.listen().await;
    drop(owner);
    node.stop().await;
    is_refused(&world, &world.node(), 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_id_is_its_owners_on_a_node_that_opens_the_room_later() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut owner = Client::join(&here, &ada(), 1).await;
    owner.write("Mine. ").await;
    owner.listen().await;
    is_refused(&world, &there, 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_id_is_its_owners_on_a_node_whose_room_is_open() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut bystander = Client::join(&there, &cyd(), 3).await;
    let mut owner = Client::join(&here, &ada(), 1).await;
    owner.write("Mine. ").await;
    owner.listen().await;
    is_refused(&world, &there, 1).await;
    assert_eq!(bystander.listen().await.close, None);
}

#[tokio::test(start_paused = true)]
async fn nobody_writes_under_the_client_id_of_a_programs_edits() {
    let world = World::new().await;
    let node = world.node();
    let mut reader = Client::join(&node, &cyd(), 3).await;
    let before = reader.yjs.known();
    let edit = |content: blog_core::domain::Content| blog_core::domain::Content {
        body: format!("{}By a program.\n", content.body),
        ..content
    };
    node.hub.edit(&ada(), world.post, edit).await.unwrap();
    reader.listen().await;
    let is_new = |client: &yrs::ClientID| before.get(client) == 0;
    let after = reader.yjs.known();
    let program = after.iter().map(|(client, _)| *client).find(is_new);
    is_refused(&world, &node, program.unwrap().get()).await;
}

/// Another node stores that this client id is Eve's, before anybody here is told.
pub(crate) async fn is_claimed_elsewhere(world: &World, node: &Node, client: u64) {
    let mut claim = Append::updates(node.blog.clock().now(), vec![]);
    claim.claims = vec![(client, "eve".to_owned())];
    world.store.append(world.post, claim).await.unwrap();
}

/// Somebody's document on another node, with a long log of which nobody here is told.
async fn is_written_elsewhere(world: &World, node: &Node, client: u64, owner: &str) -> Yjs {
    let mut reader = Client::join(node, &cyd(), 30).await;
    let yjs = Yjs::new(client);
    yjs.apply(&reader.yjs.lacking(&yrs::StateVector::default()));
    let updates = (0..1_500).map(|_| (owner.to_owned(), yjs.insert(0, "x").into()));
    let mut written = Append::updates(node.blog.clock().now(), updates.collect());
    written.claims = vec![(client, owner.to_owned())];
    world.store.append(world.post, written).await.unwrap();
    assert!(reader.listen().await.updates().is_empty());
    yjs
}

#[tokio::test(start_paused = true)]
async fn who_brings_a_lot_that_others_wrote_on_another_node_is_no_impostor() {
    let world = World::new().await;
    let node = world.node();
    let mut owner = Client::join(&node, &ada(), 1).await;
    owner.show(1, "{}").await;
    owner.listen().await;
    for (client, owner) in [(1, "ada"), (9, "eve")] {
        let yjs = is_written_elsewhere(&world, &node, client, owner).await;
        let text = yjs.text();
        let mut mover = Client::bring(&node, &ben(), yjs).await;
        assert_eq!(mover.listen().await.close, None);
        assert_eq!(
            node.hub.content(&ben(), world.post).await.unwrap().body,
            text
        );
    }
}

#[tokio::test(start_paused = true)]
async fn who_brings_what_others_wrote_while_the_log_cannot_be_read_comes_again() {
    let world = World::new().await;
    let node = world.node();
    let yjs = is_written_elsewhere(&world, &node, 9, "eve").await;
    world.store.fail_entries(true);
    let mut mover = Client::bring(&node, &ben(), yjs).await;
    assert_eq!(mover.listen().await.close, Some(Close::TryAgainLater));

    world.store.fail_entries(false);
    let mut mover = Client::bring(&node, &ben(), mover.yjs).await;
    assert_eq!(mover.listen().await.close, None);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_answered_with_what_is_taken_back() {
    let world = World::new().await;
    let node = world.node();
    let mut impostor = Client::join(&node, &ada(), 7).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    is_claimed_elsewhere(&world, &node, 7).await;

    world.store.hold_back();
    impostor.write("By somebody else. ").await;
    let mut asking = Client::bring(&node, &cyd(), Yjs::new(3)).await;
    asking.ask().await;
    let content = tokio::spawn({
        let (hub, post) = (node.hub.clone(), world.post);
        async move { hub.content(&dora(), post).await }
    });
    asking.listen().await;
    world.store.let_go();

    assert_eq!(impostor.listen().await.close, Some(Close::Forbidden));
    let heard = asking.listen().await;
    assert_eq!(heard.answers(), 0);
    assert_eq!(heard.close, Some(Close::TryAgainLater));
    let refused = content.await.unwrap().unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Unavailable { retry: true });
    // What the others have may have been taken for the impostor's.
    let heard = ben.listen().await;
    assert!(heard.is_asked());
    assert_eq!(heard.close, None);
    let asking = Client::join(&node, &cyd(), 3).await;
    assert_eq!(asking.yjs.text(), BODY);
}

#[tokio::test(start_paused = true)]
async fn who_writes_under_an_id_that_another_node_has_just_stored_goes_alone() {
    let world = World::new().await;
    let node = world.node();
    let mut impostor = Client::join(&node, &ada(), 7).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    let cyd = Client::join(&node, &cyd(), 3).await;
    is_claimed_elsewhere(&world, &node, 7).await;

    world.store.hold_back();
    ben.write("First. ").await;
    impostor.write("By somebody else. ").await;
    cyd.write("Last. ").await;
    impostor.show(1, "{}").await;
    let program = node.hub.clone();
    let edited = tokio::spawn(async move {
        let edit = |content: Content| Content {
            title: "By a program".to_owned(),
            ..content
        };
        program.edit(&dora(), world.post, edit).await
    });
    assert_eq!(ben.listen().await.updates().len(), 0);
    world.store.let_go();

    let heard = impostor.listen().await;
    assert_eq!(heard.close, Some(Close::Forbidden));
    let heard = ben.listen().await;
    assert_eq!(heard.close, None);
    edited.await.unwrap().unwrap();
    let all = format!("First. {BODY}");
    assert!(ben.yjs.text().contains("Last. "));
    assert_eq!(ben.yjs.text().replace("Last. ", ""), all);
    assert_eq!(node.body().await, ben.yjs.text());
    assert_eq!(node.hub.presence(world.post).await, []);
}

#[tokio::test(start_paused = true)]
async fn who_repeats_a_cursor_is_no_impostor_where_word_of_its_owner_was_lost() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut ben = Client::join(&there, &ben(), 2).await;
    let mut ada = Client::join(&here, &ada(), 1).await;
    world.transport.lose(true);
    ada.show(7, "{}").await;
    ada.listen().await;
    world.transport.lose(false);
    // Clients say again and again that they are still there.
    ada.show(8, "{}").await;
    assert_eq!(ben.listen().await.shown_by(1).len(), 1);

    ben.send(presence([(1, 8, "{}")])).await;
    ben.write("And writes. ").await;
    assert_eq!(ben.listen().await.close, None);
    assert_eq!(ada.listen().await.close, None);
    assert_eq!(here.body().await, format!("And writes. {BODY}"));
}
