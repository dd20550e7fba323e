//! What the host knows by now of those who are in rooms.

use std::time::Duration;

use blog_collab::Close;
use blog_core::ErrorKind;
use blog_core::domain::{Actor, Role};
use tokio::time::timeout;

use crate::client::{Client, presence};
use crate::world::{BODY, World, ada, ben, cyd, vera};

const LOOK: Duration = Duration::from_secs(5);

#[tokio::test(start_paused = true)]
async fn whom_the_host_has_dismissed_is_closed_once_rooms_ask_again_and_comes_in_no_more() {
    let world = World::new().await;
    let node = world.node_with(|options| options.look_every = LOOK);
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    let id = crate::world::ben().id;
    world.admission.known.dismiss(&id);
    assert_eq!(ben.listen_for(2 * LOOK).await.close, Some(Close::Expired));
    assert_eq!(ada.listen().await.close, None);
    let refused = node.hub.join(&crate::world::ben(), world.post).await;
    assert_eq!(*refused.unwrap_err().kind(), ErrorKind::Unauthenticated);
    let refused = node.hub.content(&crate::world::ben(), world.post).await;
    assert_eq!(*refused.unwrap_err().kind(), ErrorKind::Unauthenticated);

    world.admission.known.change(crate::world::ben());
    let mut again = Client::join(&node, &crate::world::ben(), 3).await;
    assert_eq!(again.listen().await.close, None);
}

#[tokio::test(start_paused = true)]
async fn who_is_told_to_be_asked_about_is_asked_about_at_once() {
    let world = World::new().await;
    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 2).await;
    world.admission.known.dismiss(&crate::world::ben().id);
    node.hub.recheck().await;
    ben.write("Too late. ").await;
    assert_eq!(ben.listen().await.close, Some(Close::Expired));
    assert_eq!(node.content().await, BODY);
}

#[tokio::test(start_paused = true)]
async fn who_has_another_role_by_now_may_do_what_that_may() {
    let world = World::new().await;
    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 2).await;
    let mut vera = Client::join(&node, &vera(), 3).await;
    let known = &world.admission.known;
    known.change(Actor::user("ben", "Ben", Role::Reader));
    known.change(Actor::user("vera", "Vera", Role::Editor));
    node.hub.recheck().await;
    assert_eq!(ben.listen().await.close, Some(Close::Unauthorized));
    let heard = vera.listen().await;
    assert_eq!(heard.close, None);
    assert!(heard.is_asked(), "for what was not taken from her");
    vera.write("Editing. ").await;
    assert_eq!(vera.listen().await.updates().len(), 1);
    assert_eq!(node.content().await, format!("Editing. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn others_see_the_name_that_somebody_has_by_now() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let ben = Client::join(&node, &ben(), 2).await;
    let renamed = Actor::user("ben", "Benjamin", Role::Editor);
    world.admission.known.change(renamed);
    node.hub.recheck().await;
    ben.send(presence([(2, 1, "{}")])).await;
    let heard = ada.listen().await;
    assert!(heard.shown_by(2)[0].1.contains("Benjamin"), "{heard:?}");
}

#[tokio::test(start_paused = true)]
async fn while_the_host_cannot_be_asked_who_is_in_stays_and_nobody_comes() {
    let world = World::new().await;
    let node = world.node_with(|options| options.look_every = LOOK);
    let mut ben = Client::join(&node, &ben(), 2).await;
    world.admission.go_away(true);
    assert_eq!(ben.listen_for(3 * LOOK).await.close, None);
    ben.write("Here. ").await;
    ben.listen().await;
    let refused = node.hub.join(&cyd(), world.post).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Unavailable { retry: true });

    world.admission.go_away(false);
    let cyd = Client::join(&node, &cyd(), 3).await;
    assert_eq!(cyd.yjs.text(), format!("Here. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_somebody_else_lets_nobody_in_and_changes_nobody() {
    let world = World::new().await;
    let node = world.node();
    let mut vera = Client::join(&node, &vera(), 3).await;
    world.admission.answer_of_somebody_else();
    node.hub.recheck().await;
    vera.write("As the admin. ").await;
    assert!(vera.listen().await.is_refused());
    let refused = node.hub.join(&cyd(), world.post).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Internal);
    assert_eq!(world.stored_body().await, BODY);
}

#[tokio::test(start_paused = true)]
async fn who_is_revoked_on_one_node_is_closed_on_all() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut ben = Client::join(&there, &ben(), 2).await;
    let mut cyd = Client::join(&there, &cyd(), 3).await;
    here.hub.revoke(&crate::world::ben().id).await;
    assert_eq!(ben.listen().await.close, Some(Close::Expired));
    assert_eq!(cyd.listen().await.close, None);
}

#[tokio::test(start_paused = true)]
async fn what_one_node_is_told_to_ask_all_ask() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut ben = Client::join(&there, &ben(), 2).await;
    world.admission.known.dismiss(&crate::world::ben().id);
    here.hub.recheck().await;
    assert_eq!(ben.listen().await.close, Some(Close::Expired));
}

#[tokio::test(start_paused = true)]
async fn who_is_revoked_while_messages_are_lost_is_closed_once_rooms_ask_the_host() {
    let world = World::new().await;
    let here = world.node();
    let there = world.node_with(|options| options.look_every = LOOK);
    let mut ben = Client::join(&there, &ben(), 2).await;
    world.transport.lose(true);
    world.admission.known.dismiss(&crate::world::ben().id);
    here.hub.revoke(&crate::world::ben().id).await;
    assert_eq!(ben.listen_for(2 * LOOK).await.close, Some(Close::Expired));
}

#[tokio::test(start_paused = true)]
async fn whom_the_host_does_not_answer_of_holds_up_nobody_elses_answer() {
    let world = World::new().await;
    let node = world.node_with(|options| options.look_every = LOOK);
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    world.admission.hang_over_ada();
    world.admission.known.dismiss(&crate::world::ben().id);
    assert_eq!(ben.listen_for(2 * LOOK).await.close, Some(Close::Expired));
    assert_eq!(ada.listen().await.close, None);
}

#[tokio::test(start_paused = true)]
async fn who_is_revoked_is_closed_at_once_also_while_other_nodes_cannot_be_told() {
    let world = World::new().await;
    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 2).await;
    world.transport.hold_back(true);
    let id = crate::world::ben().id;
    let revoking = node.hub.revoke(&id);
    let (_, heard) = tokio::join!(timeout(Duration::from_secs(5), revoking), ben.listen());
    assert_eq!(heard.close, Some(Close::Expired));
}
