use blog_collab::Close;
use blog_core::domain::{Actor, Content, Role};
use blog_core::services::NewPost;
use chrono::TimeDelta;
use yrs::sync::{Message, SyncMessage};

use crate::client::Client;
use crate::world::{BODY, World, ada, ben, vera};
use crate::yjs::Yjs;

#[tokio::test(start_paused = true)]
async fn who_may_only_read_sees_what_is_typed_and_shows_where_they_are() {
    let world = World::new().await;
    let node = world.node();
    let mut writer = Client::join(&node, &ada(), 1).await;
    let mut viewer = Client::join(&node, &vera(), 2).await;

    writer.write("Look. ").await;
    viewer.listen().await;
    assert_eq!(viewer.yjs.text(), format!("Look. {BODY}"));

    viewer.show(1, r#"{"cursor":3}"#).await;
    let heard = writer.listen().await;
    let state = r#"{"cursor":3,"user":{"id":"vera","name":"Vera"}}"#;
    assert_eq!(heard.shown_by(2), [(1, state)]);
}

#[tokio::test(start_paused = true)]
async fn who_may_only_read_is_told_so_when_they_write_and_the_room_goes_on() {
    let world = World::new().await;
    let node = world.node();
    let mut writer = Client::join(&node, &ada(), 1).await;
    let mut viewer = Client::join(&node, &vera(), 2).await;
    let end = world.store.end(world.post).await;

    viewer.write("Graffiti. ").await;
    let heard = viewer.listen().await;
    assert!(heard.is_refused());
    assert!(heard.updates().is_empty());
    assert_eq!(heard.close, None);
    assert!(writer.listen().await.updates().is_empty());
    assert_eq!(world.store.end(world.post).await, end);

    writer.write("On. ").await;
    assert_eq!(viewer.listen().await.updates().len(), 1);
    assert_eq!(node.body().await, format!("On. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn who_may_only_read_cannot_bring_in_what_they_wrote_offline() {
    let world = World::new().await;
    let node = world.node();
    let mine = Yjs::new(2);
    mine.insert(0, "Graffiti. ");
    let mut viewer = Client::bring(&node, &vera(), mine).await;
    assert!(viewer.listen().await.is_refused());
    assert_eq!(node.body().await, BODY);
}

#[tokio::test(start_paused = true)]
async fn who_may_only_read_and_has_written_nothing_is_not_refused_anything() {
    let world = World::new().await;
    let node = world.node();
    Client::join(&node, &ada(), 1).await.write("Look. ").await;
    let viewer = Client::join(&node, &vera(), 2).await;
    let mut again = Client::bring(&node, &vera(), viewer.yjs).await;
    again.ask().await;
    assert!(!again.listen().await.is_refused());
}

#[tokio::test(start_paused = true)]
async fn who_may_only_read_does_not_keep_the_store_busy() {
    let world = World::new().await;
    let node = world.node();
    let mut owner = Client::join(&node, &ben(), 2).await;
    owner.show(1, "{}").await;
    let viewer = Client::join(&node, &vera(), 2).await;
    let before = world.store.reads();
    let update = viewer.yjs.insert(0, "Graffiti. ");
    for _ in 0..10 {
        viewer.send_update(&update).await;
    }
    owner.listen().await;
    assert_eq!(world.store.reads(), before);
    for _ in 0..10 {
        let answer = SyncMessage::SyncStep2(update.clone());
        viewer.send(Message::Sync(answer)).await;
    }
    owner.listen().await;
    assert_eq!(world.store.reads(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn a_contributor_looks_on_from_when_their_post_is_scheduled() {
    let mut node = World::new().await.node();
    let contributor = Actor::user("conny", "Conny", Role::Contributor);
    let content = Content {
        title: "Mine".to_owned(),
        body: BODY.to_owned(),
        ..Content::default()
    };
    let new = NewPost {
        content,
        ..NewPost::default()
    };
    let created = node.blog.posts().create(&contributor, new).await;
    node.post = created.unwrap().post.id;
    let mut conny = Client::join(&node, &contributor, 1).await;
    conny.write("Mine. ").await;
    conny.listen().await;

    let (posts, at) = (
        node.blog.posts(),
        node.blog.clock().now() + TimeDelta::days(1),
    );
    posts.schedule(&ben(), node.post, at, None).await.unwrap();
    assert_eq!(conny.listen().await.close, Some(Close::Forbidden));

    let ben = Client::join(&node, &ben(), 2).await;
    let mut conny = Client::join(&node, &contributor, 3).await;
    ben.write("Checked. ").await;
    conny.listen().await;
    assert_eq!(conny.yjs.text(), format!("Checked. Mine. {BODY}"));
    conny.write("Not any more. ").await;
    assert!(conny.listen().await.is_refused());
    assert_eq!(node.body().await, format!("Checked. Mine. {BODY}"));
}
