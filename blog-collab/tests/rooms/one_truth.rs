use std::time::Duration;

use blog_core::domain::{Actor, Transition, VersionKind};
use blog_core::ports::{CollabStore, View};
use blog_core::services::PostEdit;

use tokio::time::Instant;

use crate::client::Client;
use crate::world::{BODY, Node, World, ada, ben, cyd, save, until};

fn body(body: &str) -> PostEdit {
    PostEdit {
        body: Some(body.to_owned()),
        ..PostEdit::default()
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_saved_over_the_blog_appears_among_those_who_type() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Typed. ").await;
    ada.listen().await;

    node.save(body(&format!("Typed. {BODY}Saved.\n"))).await;
    ada.write("More. ").await;
    ada.listen().await;
    let all = format!("More. Typed. {BODY}Saved.\n");
    assert_eq!(ada.yjs.text(), all);
    assert_eq!(node.body().await, all);
}

#[tokio::test(start_paused = true)]
async fn what_is_saved_on_one_node_appears_among_those_who_type_on_another() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut ada = Client::join(&there, &ada(), 1).await;
    here.save(body(&format!("{BODY}Saved.\n"))).await;
    ada.listen().await;
    assert_eq!(ada.yjs.text(), format!("{BODY}Saved.\n"));
}

#[tokio::test(start_paused = true)]
async fn what_is_saved_while_an_earlier_save_is_brought_in_appears_as_well() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let outsider = world.outsider();
    world.store.hold_back();
    save(&outsider, world.post, body("Saved.\n")).await;
    ada.listen().await;
    world.store.hold_back_loads(true);
    world.store.let_go();
    ada.listen().await;
    save(&outsider, world.post, body("Saved again.\n")).await;
    ada.listen().await;

    world.store.hold_back_loads(false);
    ada.listen().await;
    assert_eq!(ada.yjs.text(), "Saved again.\n");
}

#[tokio::test(start_paused = true)]
async fn what_another_node_folds_while_a_save_is_brought_in_is_there_once() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut ada = Client::join(&here, &ada(), 1).await;
    ada.listen().await;
    let appends = world.store.appends();
    world.store.hold_back();
    save(&world.outsider(), world.post, body("Saved.\n")).await;
    until(async || world.store.appends() > appends).await;

    // The save is in the log by now, and its node does not know of it yet.
    let mut ben = Client::join(&there, &ben(), 2).await;
    ben.listen().await;
    ben.write("Typed. ").await;
    until(async || world.store.appends() > appends + 1).await;
    there.hub.fold(world.post).await.unwrap();
    world.store.let_go();
    for client in [&mut ada, &mut ben] {
        client.listen().await;
        assert_eq!(client.yjs.text(), "Typed. Saved.\n");
    }
    assert_eq!(here.body().await, "Typed. Saved.\n");
}

#[tokio::test(start_paused = true)]
async fn two_saves_in_a_row_that_two_nodes_bring_in_at_once_are_there_once() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    drop(Client::join(&here, &ada(), 1).await);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let outsider = world.outsider();
    let folds = |node: &Node| {
        let (hub, post) = (node.hub.clone(), world.post);
        tokio::spawn(async move { hub.fold(post).await.unwrap() })
    };

    // Both nodes have read the document before either brings anything in.
    world.store.hold_back_loads(true);
    save(&outsider, world.post, body(&format!("{BODY}One.\n"))).await;
    let first = folds(&here);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let all = format!("{BODY}One.\nTwo.\n");
    save(&outsider, world.post, body(&all)).await;
    let second = folds(&there);
    tokio::time::sleep(Duration::from_secs(1)).await;
    // Nor does either look again before both have.
    world.store.hold_back();
    world.store.hold_back_loads(false);
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.store.let_go();
    for fold in [first, second] {
        fold.await.unwrap();
    }
    assert_eq!(there.body().await, all);
    let ben = Client::join(&here, &ben(), 2).await;
    assert_eq!(ben.yjs.text(), all);
}

#[tokio::test(start_paused = true)]
async fn a_save_of_what_was_read_before_others_typed_is_merged() {
    let world = World::new().await;
    let node = world.node();
    let (posts, ben) = (node.blog.posts(), ben());
    let read = posts.get(&ben, world.post, View::Head).await.unwrap();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Typed.\n\n").await;
    ada.listen().await;

    let (edit, base) = (format!("{BODY}\nSaved.\n"), read.post.revision);
    let saved = posts.save(&ben, world.post, base, body(&edit)).await;
    let all = format!("Typed.\n\n{BODY}\nSaved.\n");
    assert_eq!(saved.unwrap().version.content.body, all);
    ada.listen().await;
    assert_eq!(ada.yjs.text(), all);
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_is_in_the_head_at_once() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Now. ").await;
    ada.listen().await;
    assert_eq!(world.stored_body().await, BODY);
    assert_eq!(node.body().await, format!("Now. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn who_types_most_is_the_author_of_the_version() {
    let world = World::new().await;
    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 1).await;
    let cyd = Client::join(&node, &cyd(), 2).await;
    ben.write("Little. ").await;
    cyd.write(&"Much. ".repeat(100)).await;
    ben.listen().await;

    let (posts, ada) = (node.blog.posts(), ada());
    let head = posts.get(&ada, world.post, View::Head).await.unwrap();
    let version = &head.version;
    assert_eq!(version.kind, VersionKind::Collab);
    assert_eq!(version.author, "cyd");
    let end = world.store.end(world.post).await;
    assert_eq!(version.log_position.as_ref().unwrap().update, end);
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_becomes_a_version_when_nobody_types_any_more() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Done. ").await;
    ada.listen().await;
    until(async || world.stored_body().await == format!("Done. {BODY}")).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_without_a_pause_becomes_a_version_now_and_then() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let options = node.hub.options();
    let begun = Instant::now();
    while world.stored_body().await == BODY {
        assert!(begun.elapsed() < options.fold_every + options.idle);
        ada.write("x").await;
        ada.listen_for(options.idle / 2).await;
    }
    assert!(begun.elapsed() >= options.fold_every - options.idle);
}

#[tokio::test(start_paused = true)]
async fn an_earlier_version_that_is_restored_reaches_those_who_type() {
    let world = World::new().await;
    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 1).await;
    ben.write("A mistake. ").await;
    ben.listen().await;
    let versions = node.blog.versions();
    let restored = versions.restore(&ada(), world.post, 1, None).await;
    assert_eq!(restored.unwrap().version.content.body, BODY);
    ben.listen().await;
    assert_eq!(ben.yjs.text(), BODY);
    assert_eq!(node.body().await, BODY);
}

#[tokio::test(start_paused = true)]
async fn publishing_shows_readers_what_was_typed() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("News. ").await;
    ada.listen().await;

    let (posts, ben) = (node.blog.posts(), ben());
    let publish = Transition::Publish;
    let published = posts.change_status(&ben, world.post, publish, None).await;
    published.unwrap();
    let reader = Actor::anonymous();
    let shown = posts.get(&reader, world.post, View::Reader).await.unwrap();
    assert_eq!(shown.version.content.body, format!("News. {BODY}"));

    // What is typed from here on is not shown until it is published as well.
    ada.write("Draft. ").await;
    ada.listen().await;
    let shown = posts.get(&reader, world.post, View::Reader).await.unwrap();
    assert_eq!(shown.version.content.body, format!("News. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn what_is_restored_and_published_on_another_node_has_and_reaches_what_is_typed_here() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut ben = Client::join(&here, &ben(), 1).await;
    ben.write("A mistake. ").await;
    ben.listen().await;
    let versions = there.blog.versions();
    let restored = versions.restore(&ada(), world.post, 1, None).await;
    assert_eq!(restored.unwrap().version.content.body, BODY);
    let typed = versions.get(&ada(), world.post, 2).await.unwrap();
    assert_eq!(typed.content.body, format!("A mistake. {BODY}"));
    ben.listen().await;
    assert_eq!(ben.yjs.text(), BODY);

    ben.write("News. ").await;
    ben.listen().await;
    let (posts, ada, publish) = (there.blog.posts(), ada(), Transition::Publish);
    let published = posts.change_status(&ada, world.post, publish, None).await;
    published.unwrap();
    let reader = Actor::anonymous();
    let shown = posts.get(&reader, world.post, View::Reader).await.unwrap();
    assert_eq!(shown.version.content.body, format!("News. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn a_post_that_never_had_a_room_has_no_log() {
    let world = World::new().await;
    let node = world.node();
    node.save(body("Saved.\n")).await;
    assert_eq!(node.body().await, "Saved.\n");
    node.stop().await;
    assert_eq!(world.store.log(world.post).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_room_in_which_nobody_writes_makes_no_version() {
    let world = World::new().await;
    let node = world.node();
    let ada = Client::join(&node, &ada(), 1).await;
    ada.show(1, "{}").await;
    drop(ada);
    node.stop().await;
    let head = world.node().blog.collab().head(world.post).await.unwrap();
    assert_eq!(head.post.head, 1);
}
