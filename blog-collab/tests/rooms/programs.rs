use std::time::Duration;

use blog_collab::Close;
use blog_core::ErrorKind;
use blog_core::domain::{Actor, Content, Role};
use blog_core::services::PostEdit;
use tokio::time::timeout;

use crate::client::Client;
use crate::world::{BODY, World, ada, ben, dora, vera};

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
    let waiting = timeout(Duration::from_secs(10), &mut edit).await;
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
    let waiting = timeout(Duration::from_secs(10), &mut content).await;
    waiting.unwrap_err();
    world.store.let_go();
    assert_eq!(content.await.unwrap().body, format!("Soon. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn a_program_that_makes_the_document_too_long_is_refused_and_others_go_on() {
    let world = World::new().await;
    let node = world.node_with(|options| options.document_bytes = 1_000);
    let mut ada = Client::join(&node, &ada(), 1).await;
    let lengthen = |content: Content| Content {
        body: "x".repeat(1_001),
        ..content
    };
    let refused = node.hub.edit(&program(), world.post, lengthen).await;
    assert_eq!(*refused.unwrap_err().kind(), ErrorKind::TooLarge);
    ada.write("On. ").await;
    assert_eq!(ada.listen().await.updates().len(), 1);
    assert_eq!(node.body().await, format!("On. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn when_a_program_panics_all_are_closed_and_come_again() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Kept. ").await;
    ada.listen().await;
    let panic = |_| -> Content { panic!("a program's fault") };
    let refused = node.hub.edit(&program(), world.post, panic).await;
    let kind = refused.unwrap_err().kind().clone();
    assert_eq!(kind, ErrorKind::Unavailable { retry: true });
    assert_eq!(ada.listen().await.close, Some(Close::TryAgainLater));
    let again = Client::join(&node, &ben(), 2).await;
    assert_eq!(again.yjs.text(), format!("Kept. {BODY}"));
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

#[tokio::test(start_paused = true)]
async fn a_program_that_follows_sees_what_people_and_programs_write_on_every_node() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut changes = here.hub.subscribe(&program(), world.post).await.unwrap();
    assert_eq!(changes.next().await.unwrap().body, BODY);

    let ada = Client::join(&there, &ada(), 1).await;
    ada.write("Typed. ").await;
    let typed = format!("Typed. {BODY}");
    while changes.next().await.unwrap().body != typed {}

    let edited = here.hub.edit(&program(), world.post, with_a_line).await;
    edited.unwrap();
    let content = changes.next().await.unwrap();
    assert_eq!(content.body, format!("{typed}By a program.\n"));
    assert_eq!(content.title, "A better title");
}

#[tokio::test(start_paused = true)]
async fn a_program_that_follows_hears_nothing_while_nothing_changes() {
    let world = World::new().await;
    let node = world.node();
    let mut changes = node.hub.subscribe(&program(), world.post).await.unwrap();
    changes.next().await.unwrap();

    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.show(1, r#"{"cursor":3}"#).await;
    let waiting = timeout(Duration::from_secs(100), changes.next()).await;
    waiting.unwrap_err();

    ada.write("Typed. ").await;
    ada.listen().await;
    assert_eq!(changes.next().await.unwrap().body, format!("Typed. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn a_program_that_asks_seldom_is_not_closed_and_gets_the_newest_text() {
    let world = World::new().await;
    let node = world.node_with(|options| options.outbox_bytes = 1_000);
    let mut changes = node.hub.subscribe(&program(), world.post).await.unwrap();
    let mut ada = Client::join(&node, &ada(), 1).await;
    for _ in 0..20 {
        ada.write(&"Typed. ".repeat(20)).await;
        ada.listen().await;
    }
    let content = changes.next().await.unwrap();
    assert_eq!(content.body, ada.yjs.text());
}

#[tokio::test(start_paused = true)]
async fn what_a_program_did_not_wait_for_it_gets_when_it_asks_again() {
    let world = World::new().await;
    let node = world.node();
    let mut changes = node.hub.subscribe(&program(), world.post).await.unwrap();
    changes.next().await.unwrap();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Typed. ").await;
    ada.listen().await;

    world.store.hold_back();
    ada.write("More. ").await;
    ada.listen().await;
    let waiting = timeout(Duration::from_secs(1), changes.next()).await;
    waiting.unwrap_err();
    world.store.let_go();
    let content = changes.next().await.unwrap();
    assert_eq!(content.body, format!("More. Typed. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn a_program_that_may_no_longer_see_the_post_is_told_so() {
    let world = World::new().await;
    let node = world.node();
    let mut changes = node.hub.subscribe(&dora(), world.post).await.unwrap();
    changes.next().await.unwrap();
    let edit = PostEdit {
        coauthors: Some(vec![]),
        ..PostEdit::default()
    };
    node.save(edit).await;
    let error = changes.next().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Forbidden);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_follows_is_told_when_the_server_stops() {
    let world = World::new().await;
    let node = world.node();
    let mut changes = node.hub.subscribe(&program(), world.post).await.unwrap();
    changes.next().await.unwrap();
    node.stop().await;
    let error = changes.next().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable { retry: true });
}

#[tokio::test(start_paused = true)]
async fn who_may_not_see_a_post_cannot_follow_it() {
    let world = World::new().await;
    let node = world.node();
    let stranger = Actor::user("joe", "Joe", Role::Reader);
    let refused = node.hub.subscribe(&stranger, world.post).await;
    assert_eq!(*refused.unwrap_err().kind(), ErrorKind::NotFound);
}
