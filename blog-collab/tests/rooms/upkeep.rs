//! What a hub does for documents that no room is open for.

use std::time::Duration;

use blog_core::ErrorKind;
use blog_core::domain::{Content, PostId};
use blog_core::ports::{Append, CollabStore, View};
use blog_core::services::{NewPost, PostEdit};
use yrs::StateVector;

use crate::access::delete;
use crate::client::Client;
use crate::world::{BODY, World, ada, ben, save, until};
use crate::yjs::Yjs;

async fn another_post(world: &World) -> PostId {
    let content = Content {
        title: "Another".to_owned(),
        body: BODY.to_owned(),
        ..Content::default()
    };
    let new = NewPost {
        content,
        ..NewPost::default()
    };
    let created = world.outsider().posts().create(&ada(), new).await;
    created.unwrap().post.id
}

/// Something is in the document's log that a node did not fold before it died.
async fn is_left_unfolded(world: &World, post: PostId) {
    let mut node = world.node();
    node.post = post;
    let client = Client::join(&node, &ada(), 1).await;
    let now = node.blog.clock().now();
    node.stop().await;
    let yjs = Yjs::new(1);
    yjs.apply(&client.yjs.lacking(&StateVector::default()));
    let update = yjs.insert(0, "Left. ");
    let append = Append::updates(now, vec![(ada().id, update.into())]);
    world.store.append(post, append).await.unwrap();
}

async fn stored_body(world: &World, post: PostId) -> String {
    let head = world.outsider().collab().head(post).await.unwrap();
    head.version.content.body
}

#[tokio::test(start_paused = true)]
async fn a_document_over_which_the_node_panics_keeps_nothing_else_from_being_done() {
    let world = World::new().await;
    let posts = [world.post, another_post(&world).await];
    for post in posts {
        is_left_unfolded(&world, post).await;
    }
    let left = format!("Left. {BODY}");
    for [broken, sound] in [posts, [posts[1], posts[0]]] {
        world.store.panic_over(Some(broken));
        let node = world.node();
        until(async || stored_body(&world, sound).await == left).await;
        if stored_body(&world, broken).await == BODY {
            let read = node.blog.posts().get(&ben(), broken, View::Head).await;
            assert_eq!(*read.unwrap_err().kind(), ErrorKind::Internal);
        }
        node.stop().await;
    }
    world.store.panic_over(Some(posts[0]));
    is_left_unfolded(&world, posts[1]).await;
    let node = world.node();
    until(async || stored_body(&world, posts[1]).await == format!("Left. {left}")).await;
    world.store.panic_over(None);
    until(async || stored_body(&world, posts[0]).await == left).await;
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_while_it_removes_keeps_no_room_from_hearing_of_its_post() {
    let world = World::new().await;
    let node = world.node_with(|options| options.look_every = Duration::from_secs(3_600));
    let mut client = Client::join(&node, &ada(), 1).await;
    let (blog, another) = (world.outsider(), another_post(&world).await);
    world.store.hold_back_removals(true);
    delete(&blog, another).await;
    let edit = PostEdit {
        body: Some("Saved.\n".to_owned()),
        ..PostEdit::default()
    };
    save(&blog, world.post, edit).await;
    client.listen_for(Duration::from_secs(5)).await;
    assert_eq!(client.yjs.text(), "Saved.\n");
    world.store.hold_back_removals(false);
}
