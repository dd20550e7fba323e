use blog_core::domain::PostId;
use yrs::sync::{Message, SyncMessage};
use yrs::{Text, Transact};

use super::connection::{Connection, Heard};
use crate::world::{Node, World, ada};
use crate::yjs::Yjs;

/// What was said of whether something is stored.
fn statuses(heard: &[Heard]) -> Vec<bool> {
    let status = |heard: &Heard| match heard {
        Heard::Status(_, is_stored) => Some(*is_stored),
        _ => None,
    };
    heard.iter().filter_map(status).collect()
}

fn scopes(heard: &[Heard]) -> Vec<&'static str> {
    let scope = |heard: &Heard| match heard {
        Heard::LetIn(_, scope) => Some(*scope),
        _ => None,
    };
    heard.iter().filter_map(scope).collect()
}

fn is_asked(heard: &[Heard]) -> bool {
    let is_question = |heard: &Heard| {
        matches!(
            heard,
            Heard::Said(_, Message::Sync(SyncMessage::SyncStep1(_)))
        )
    };
    heard.iter().any(is_question)
}

#[tokio::test(start_paused = true)]
async fn a_question_that_waited_for_the_connection_takes_no_confirmation_away() {
    let world = World::new().await;
    let node = world.node();
    let (mut connection, yjs) = (Connection::new(&node), Yjs::new(1));
    connection.show_token("post", "ada");
    connection.say("post", SyncMessage::SyncStep1(yjs.known()));
    connection.update("post", yjs.insert(0, "one "));
    connection.say("post", SyncMessage::SyncStep1(yjs.known()));
    assert_eq!(statuses(&connection.sync("post", &yjs).await), [true; 2]);
}

async fn opened(node: &Node, token: &str, yjs: &Yjs) -> Connection {
    let mut connection = Connection::new(node);
    let heard = connection.open("post", token, yjs).await;
    assert_eq!(statuses(&heard), [true]);
    connection
}

#[tokio::test(start_paused = true)]
async fn each_update_is_confirmed_once_and_so_is_each_exchange_of_states() {
    let world = World::new().await;
    let node = world.node();
    let yjs = Yjs::new(1);
    let mut connection = opened(&node, "ada", &yjs).await;
    for text in ["one ", "two ", "three "] {
        connection.update("post", yjs.insert(0, text));
    }
    assert_eq!(statuses(&connection.listen().await), [true; 3]);
    // One that says nothing counts like any other.
    connection.update("post", vec![0, 0]);
    assert_eq!(statuses(&connection.listen().await), [true]);
    connection.say("post", SyncMessage::SyncStep1(yjs.known()));
    assert_eq!(statuses(&connection.sync("post", &yjs).await), [true]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_confirmed_before_it_is_stored() {
    let world = World::new().await;
    let node = world.node();
    let yjs = Yjs::new(1);
    let mut connection = opened(&node, "ada", &yjs).await;
    world.store.hold_back();
    connection.update("post", yjs.insert(0, "one "));
    // What it says is there already, and not stored either.
    connection.say("post", SyncMessage::SyncStep1(yjs.known()));
    assert!(statuses(&connection.sync("post", &yjs).await).is_empty());
    world.store.let_go();
    // It counts anew since it has asked.
    assert_eq!(statuses(&connection.sync("post", &yjs).await), [true]);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_taken_is_confirmed_with_the_answer_that_brings_it() {
    let world = World::new().await;
    let node = world.node();
    let yjs = Yjs::new(1);
    let mut connection = opened(&node, "ada", &yjs).await;
    // The first of them is lost on the way.
    yjs.insert(0, "one ");
    for text in ["two ", "three "] {
        connection.update("post", yjs.insert(0, text));
    }
    let heard = connection.listen().await;
    assert!(is_asked(&heard));
    assert!(statuses(&heard).is_empty());

    // An answer that has a gap too confirms nothing.
    let beyond = Yjs::new(1);
    beyond.insert(0, &"x".repeat(9));
    let known = beyond.known();
    let answer = SyncMessage::SyncStep2(yjs.lacking(&known));
    connection.say("post", answer);
    assert!(statuses(&connection.listen().await).is_empty());
    let known = yrs::StateVector::default();
    connection.say("post", SyncMessage::SyncStep2(yjs.lacking(&known)));
    assert_eq!(statuses(&connection.listen().await), [true; 2]);
    assert!(node.body().await.starts_with("three two one "));
}

#[tokio::test(start_paused = true)]
async fn who_may_only_look_on_hears_what_is_not_taken_deletions_too() {
    let world = World::new().await;
    let node = world.node();
    let yjs = Yjs::new(1);
    let mut connection = opened(&node, "vera", &yjs).await;
    connection.update("post", yjs.insert(0, "No. "));
    assert_eq!(statuses(&connection.listen().await), [false]);

    let yjs = Yjs::new(2);
    drop(opened(&node, "vera", &yjs).await);
    let body = yjs.doc.get_or_insert_text("body");
    body.remove_range(&mut yjs.doc.transact_mut(), 0, 4);
    let mut connection = Connection::new(&node);
    let heard = connection.open("post", "vera", &yjs).await;
    assert_eq!(scopes(&heard), ["readonly"]);
    assert_eq!(statuses(&heard), [false]);
}

async fn lock(node: &Node, post: PostId, is_locked: bool) {
    let collab = node.blog.collab();
    let done = match is_locked {
        true => collab.lock(&ada(), post).await,
        false => collab.unlock(&ada(), post).await,
    };
    done.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_during_a_lock_is_taken_and_confirmed_after_it() {
    let world = World::new().await;
    let node = world.node();
    let yjs = Yjs::new(1);
    let mut connection = opened(&node, "ben", &yjs).await;
    lock(&node, world.post, true).await;
    assert_eq!(scopes(&connection.listen().await), ["readonly"]);
    for text in ["one ", "two "] {
        connection.update("post", yjs.insert(0, text));
    }
    assert_eq!(statuses(&connection.listen().await), [false; 2]);

    lock(&node, world.post, false).await;
    let heard = connection.sync("post", &yjs).await;
    assert_eq!(scopes(&heard), ["read-write"]);
    assert_eq!(statuses(&heard), [true; 2]);
    assert!(node.body().await.starts_with("two one "));
}
