use std::time::Duration;

use blog_collab::Close;
use blog_core::ErrorKind;
use blog_core::domain::{Actor, Content, Role, Transition};
use blog_core::ports::CollabStore;
use blog_core::services::PostEdit;

use crate::client::Client;
use crate::world::{Node, World, ada, ben, dora, until};

#[tokio::test(start_paused = true)]
async fn a_coauthor_who_is_removed_is_closed_and_others_are_not() {
    let world = World::new().await;
    let node = world.node();
    let mut dora = Client::join(&node, &dora(), 1).await;
    let mut ada = Client::join(&node, &ada(), 2).await;
    dora.write("By a coauthor. ").await;
    dora.listen().await;

    let edit = PostEdit {
        coauthors: Some(vec![]),
        ..PostEdit::default()
    };
    node.save(edit).await;
    assert_eq!(dora.listen().await.close, Some(Close::Unauthorized));
    assert_eq!(Close::Unauthorized.code(), 4401);
    assert_eq!(ada.listen().await.close, None);
    assert!(node.body().await.starts_with("By a coauthor. "));
}

async fn delete(node: &Node) {
    let (posts, admin) = (node.blog.posts(), Actor::user("root", "Root", Role::Admin));
    let trashed = posts.change_status(&admin, node.post, Transition::Trash, None);
    trashed.await.unwrap();
    posts.delete(&admin, node.post, None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn when_a_post_is_deleted_all_are_closed_and_its_document_is_removed() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    ada.write("Gone soon. ").await;
    ben.listen().await;

    delete(&node).await;
    assert_eq!(ada.listen().await.close, Some(Close::NotFound));
    assert_eq!(ben.listen().await.close, Some(Close::NotFound));
    assert_eq!(Close::NotFound.code(), 4404);
    assert_eq!(world.store.log(world.post).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn the_document_of_a_post_that_is_deleted_while_nobody_is_in_its_room_is_removed() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Gone soon. ").await;
    ada.listen().await;
    drop(ada);
    node.stop().await;

    let node = world.node();
    tokio::time::sleep(Duration::from_secs(1)).await;
    delete(&node).await;
    until(async || world.store.log(world.post).await.unwrap().is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn who_is_not_signed_in_is_not_let_in() {
    let world = World::new().await;
    let node = world.node();
    let nobody = Actor::anonymous();
    let refused = node.hub.join(&nobody, world.post).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Unauthenticated);
    let refused = node.hub.content(&nobody, world.post).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Unauthenticated);
}

#[tokio::test(start_paused = true)]
async fn for_strangers_there_is_no_room_also_of_a_published_post() {
    let world = World::new().await;
    let node = world.node();
    let publish = Transition::Publish;
    let (posts, ben) = (node.blog.posts(), ben());
    let published = posts.change_status(&ben, world.post, publish, None).await;
    published.unwrap();
    for stranger in [
        Actor::user("eve", "Eve", Role::Author),
        Actor::user("joe", "Joe", Role::Reader),
    ] {
        let refused = node.hub.join(&stranger, world.post).await.unwrap_err();
        assert_eq!(*refused.kind(), ErrorKind::NotFound);
        let edit = |content: Content| content;
        let refused = node.hub.edit(&stranger, world.post, edit).await;
        assert_eq!(*refused.unwrap_err().kind(), ErrorKind::NotFound);
    }
    // Nobody has opened it.
    assert_eq!(world.store.loads(), 0);
}
