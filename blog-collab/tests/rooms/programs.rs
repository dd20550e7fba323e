use std::time::Duration;

use blog_core::ErrorKind;
use blog_core::domain::{Actor, Content, Role};
use tokio::time::timeout;

use crate::client::Client;
use crate::world::{BODY, World, ada, ben, vera};

fn program() -> Actor {
    Actor::user("program", "Program", Role::Editor)
}

fn with_a_line(content: Content) -> Content {
    Content {
        body: format!("{}By a program.\n", content.body),
        title: "A better title".to_owned(),
        tags: vec!["live".to_owned()],
        ..content
    }
}

#[tokio::test(start_paused = true)]
async fn a_program_edits_while_others_type() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Typed. ").await;
    let edited = node.hub.edit(&program(), world.post, with_a_line).await;
    edited.unwrap();
    ada.write("More. ").await;
    ada.listen().await;

    let all = format!("More. Typed. {BODY}By a program.\n");
    assert_eq!(ada.yjs.text(), all);
    let content = node.hub.content(&program(), world.post).await.unwrap();
    assert_eq!(content.body, all);
    assert_eq!(content.title, "A better title");
    assert_eq!(content.tags, ["live"]);
    assert_eq!(node.body().await, all);
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_a_program_is_durable_when_it_returns() {
    let world = World::new().await;
    let node = world.node();
    let _open = Client::join(&node, &ada(), 1).await;
    let end = world.store.end(world.post).await;

    world.store.hold_back();
    let program = program();
    let mut edit = Box::pin(node.hub.edit(&program, world.post, with_a_line));
    let waiting = timeout(Duration::from_secs(60), &mut edit).await;
    waiting.unwrap_err();
    world.store.let_go();
    edit.await.unwrap();
    assert_eq!(world.store.end(world.post).await, end + 1);
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_cannot_be_stored_is_an_error() {
    let world = World::new().await;
    let node = world.node();
    let _open = Client::join(&node, &ada(), 1).await;
    world.store.fail(true);
    let edited = node.hub.edit(&program(), world.post, with_a_line).await;
    let kind = edited.unwrap_err().kind().clone();
    assert_eq!(kind, ErrorKind::Unavailable { retry: true });
    world.store.fail(false);
    assert_eq!(node.body().await, BODY);
}

#[tokio::test(start_paused = true)]
async fn a_program_reads_nothing_that_is_not_durable() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    world.store.hold_back();
    ada.write("Soon. ").await;
    ada.listen().await;
    let program = program();
    let mut content = Box::pin(node.hub.content(&program, world.post));
    let waiting = timeout(Duration::from_secs(60), &mut content).await;
    waiting.unwrap_err();
    world.store.let_go();
    assert_eq!(content.await.unwrap().body, format!("Soon. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_changes_nothing_stores_nothing() {
    let world = World::new().await;
    let node = world.node();
    let _open = Client::join(&node, &ada(), 1).await;
    let end = world.store.end(world.post).await;
    let edited = node
        .hub
        .edit(&program(), world.post, |content| content)
        .await;
    edited.unwrap();
    assert_eq!(world.store.end(world.post).await, end);
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_makes_the_body_too_long_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let node = world.node_with_limit(10);
    let refused = node.hub.edit(&program(), world.post, with_a_line).await;
    let kind = refused.unwrap_err().kind().clone();
    assert!(matches!(kind, ErrorKind::Invalid(fields) if fields[0].field == "body"));
    assert_eq!(node.body().await, BODY);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_may_only_read_reads_and_does_not_edit() {
    let world = World::new().await;
    let node = world.node();
    let content = node.hub.content(&vera(), world.post).await.unwrap();
    assert_eq!(content.body, BODY);
    let refused = node.hub.edit(&vera(), world.post, with_a_line).await;
    assert_eq!(*refused.unwrap_err().kind(), ErrorKind::Forbidden);
    assert_eq!(node.body().await, BODY);
}

#[tokio::test(start_paused = true)]
async fn the_author_of_a_programs_edit_is_the_program() {
    let world = World::new().await;
    let node = world.node();
    let edited = node.hub.edit(&program(), world.post, with_a_line).await;
    edited.unwrap();
    let head = node.hub.fold(world.post).await.unwrap();
    assert_eq!(head.version.author, "program");
}

#[tokio::test(start_paused = true)]
async fn programs_on_two_nodes_edit_the_same_document() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut ben = Client::join(&there, &ben(), 1).await;
    for node in [&here, &there, &here] {
        let edited = node.hub.edit(&program(), world.post, with_a_line).await;
        edited.unwrap();
        ben.listen().await;
    }
    let all = format!("{BODY}{}", "By a program.\n".repeat(3));
    assert_eq!(ben.yjs.text(), all);
    assert_eq!(here.body().await, all);
}
