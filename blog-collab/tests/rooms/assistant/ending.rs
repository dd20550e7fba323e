//! How it ends, whatever fails.

use std::time::Duration;

use blog_collab::RunState;
use blog_core::ErrorKind;
use blog_core::domain::{Transition, VersionKind};

use super::{ended, live, run, says, slowly, world, write};
use crate::world::{BODY, World, ada, ben, until};

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_keeps_what_there_is_by_then() {
    let world = world(&["One.\n\nT", "wo."]).await;
    let (node, other) = (world.node(), world.node());
    tokio::time::sleep(Duration::from_secs(1)).await;
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    says(&node, "One.").await;
    node.stop().await;
    until(async || run(&other).await.state == RunState::Failed).await;
    assert_eq!(run(&other).await.problem.unwrap().status, 503);
    let head = other.hub.fold(world.post).await.unwrap();
    assert_eq!(head.version.content.body, format!("{BODY}\nOne."));
    assert!(head.post.ai_generated);
    // Its turn is over.
    other.hub.assist(&ada(), world.post, write()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn it_ends_where_the_post_is_gone() {
    let world = world(&["One.\n\nT", "wo.\n\n", "Three."]).await;
    let node = world.node();
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    says(&node, "One.").await;
    let model = world.model.clone().unwrap();
    assert_eq!(model.open_calls(), 1);
    let posts = node.blog.posts();
    let admin = blog_core::domain::Actor::service("admin");
    posts
        .change_status(&admin, world.post, Transition::Trash, None)
        .await
        .unwrap();
    posts.delete(&admin, world.post, None).await.unwrap();
    until(async || model.open_calls() == 0).await;
}

#[tokio::test(start_paused = true)]
async fn it_ends_where_the_body_would_be_too_long() {
    let mut world = World::new().await;
    world.model = Some(slowly(&["One two.\n\nT", "hree four five six seven."]));
    let node = world.node_with_limit(20);
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    let run = ended(&node).await;
    assert_eq!(live(&node).await, format!("{BODY}\nOne two."));
    assert_ne!(run.state, RunState::Writing);
}

#[tokio::test(start_paused = true)]
async fn where_the_store_fails_it_ends_and_another_may_begin() {
    let world = world(&["One.\n\nT", "wo."]).await;
    let node = world.node();
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    world.store.fail(true);
    tokio::time::sleep(Duration::from_secs(70)).await;
    world.store.fail(false);
    let run = ended(&node).await;
    assert_eq!(run.state, RunState::Failed);
    assert_eq!(live(&node).await, BODY);
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    ended(&node).await;
    assert_eq!(live(&node).await, format!("{BODY}\nOne.\n\nTwo."));
}

#[tokio::test(start_paused = true)]
async fn a_storage_that_is_away_for_a_while_does_not_end_it() {
    let world = world(&["One.\n\nT", "wo."]).await;
    let node = world.node();
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    says(&node, "One.").await;
    world.storage.fail(true);
    tokio::time::sleep(Duration::from_secs(35)).await;
    world.storage.fail(false);
    assert_eq!(ended(&node).await.state, RunState::Done);
    assert_eq!(live(&node).await, format!("{BODY}\nOne.\n\nTwo."));
}

#[tokio::test(start_paused = true)]
async fn what_it_wrote_is_a_version_of_its_own_though_the_storage_is_away_at_the_end() {
    let world = world(&["One.\n\nT", "wo."]).await;
    let node = world.node();
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    says(&node, "One.").await;
    tokio::time::sleep(Duration::from_secs(55)).await;
    world.storage.fail(true);
    tokio::time::sleep(Duration::from_secs(8)).await;
    world.storage.fail(false);
    ended(&node).await;
    let head = node.blog.collab().head(world.post).await.unwrap();
    assert_eq!(head.version.kind, VersionKind::Ai);
    assert_eq!(head.version.content.body, format!("{BODY}\nOne.\n\nTwo."));
}

#[tokio::test(start_paused = true)]
async fn it_ends_where_another_has_its_turn() {
    let world = world(&["One.\n\nT", "wo.\n\nT", "hree."]).await;
    let node = world.node();
    let begun = node.hub.assist(&ada(), world.post, write()).await.unwrap();
    says(&node, "One.").await;
    let storage = node.blog.storage();
    let name = format!("assistant:{}", world.post);
    let (id, now) = (begun.id.to_string(), node.blog.clock().now());
    let hour = Duration::from_secs(3_600);
    let lease = storage.acquire_lease(&name, &id, now, now + hour).await;
    storage
        .release_lease(&lease.unwrap().unwrap())
        .await
        .unwrap();
    let taken = storage.acquire_lease(&name, "another", now, now + hour);
    assert!(taken.await.unwrap().is_some());
    let run = ended(&node).await;
    assert_eq!(
        (run.state, run.problem.unwrap().status),
        (RunState::Failed, 409)
    );
}

#[tokio::test(start_paused = true)]
async fn its_end_is_known_elsewhere_though_the_message_is_lost() {
    let world = world(&["One.\n\nT", "wo."]).await;
    let (here, there) = (world.node(), world.node());
    tokio::time::sleep(Duration::from_secs(1)).await;
    here.hub.assist(&ada(), world.post, write()).await.unwrap();
    until(async || there.hub.assistant(&ada(), world.post).await.is_ok()).await;
    says(&here, "One.").await;
    tokio::time::sleep(Duration::from_secs(55)).await;
    world.transport.lose(true);
    assert_eq!(ended(&here).await.state, RunState::Done);
    assert_eq!(run(&there).await.state, RunState::Writing);
    world.transport.lose(false);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(run(&there).await.state, RunState::Done);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_a_node_has_not_heard_of_is_neither_said_to_have_ended_nor_taken_back() {
    let world = world(&["One.\n\nT", "wo.\n\nT", "hree.\n\nF", "our."]).await;
    let (here, there) = (world.node(), world.node());
    tokio::time::sleep(Duration::from_secs(1)).await;
    here.hub.assist(&ada(), world.post, write()).await.unwrap();
    here.hub.end_assistant(&ada(), world.post).await.unwrap();
    world.transport.lose(true);
    there.hub.assist(&ben(), world.post, write()).await.unwrap();
    let undone = here.hub.undo_assistant(&ada(), world.post).await;
    let kind = undone.unwrap_err().kind().clone();
    assert!(matches!(kind, ErrorKind::Conflict(_)), "{kind:?}");
    let unheard = here.hub.end_assistant(&ada(), world.post).await;
    let kind = unheard.unwrap_err().kind().clone();
    assert_eq!(kind, ErrorKind::Unavailable { retry: true });
    assert_eq!(run(&there).await.state, RunState::Writing);
    world.transport.lose(false);
    here.hub.end_assistant(&ada(), world.post).await.unwrap();
    assert_eq!(run(&there).await.state, RunState::Cancelled);
    assert_eq!(run(&here).await.id, run(&there).await.id);
}
