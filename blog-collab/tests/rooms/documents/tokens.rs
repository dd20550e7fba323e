use std::time::Duration;

use blog_collab::Close;

use super::connection::{Connection, Heard, LIFE};
use crate::client::Client;
use crate::world::{World, ben, until};
use crate::yjs::Yjs;

fn denied(address: &str) -> Heard {
    Heard::Denied(address.to_owned(), "no token".to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_new_token_of_the_same_actor_lengthens_their_stay_and_others_see_nothing_of_it() {
    let world = World::new().await;
    let node = world.node();
    let (mut connection, yjs) = (Connection::new(&node), Yjs::new(1));
    connection.open("post", "ada", &yjs).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    for _ in 0..3 {
        tokio::time::sleep(LIFE / 2).await;
        connection.show_token("post", "ada");
        let heard = connection.listen().await;
        let is_let_in = |heard: &Heard| matches!(heard, Heard::LetIn(..));
        assert!(!heard.iter().any(is_let_in), "{heard:?}");
    }
    connection.update("post", yjs.insert(0, "Still. "));
    assert_eq!(ben.listen().await.updates().len(), 1);

    tokio::time::sleep(LIFE).await;
    let closed = Heard::DocumentClosed("post".to_owned(), "sign in again".to_owned());
    assert_eq!(connection.listen().await.pop(), Some(closed));
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_token_makes_the_client_come_again() {
    let world = World::new().await;
    let node = world.node();
    let (mut connection, yjs) = (Connection::new(&node), Yjs::new(1));
    connection.open("post", "ada", &yjs).await;
    connection.show_token("post", "ben");
    let closed = Heard::Closed(Close::TryAgainLater);
    assert_eq!(connection.listen().await, [closed]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_does_not_hold_ends_the_document() {
    let world = World::new().await;
    let node = world.node();
    let (mut connection, yjs) = (Connection::new(&node), Yjs::new(1));
    connection.open("post", "ada", &yjs).await;
    connection.show_token("post", "forged");
    assert_eq!(connection.listen().await, [denied("post")]);
    connection.update("post", yjs.insert(0, "Not taken. "));
    assert_eq!(connection.listen().await, []);
    assert!(!node.body().await.contains("Not taken"));
}

#[tokio::test(start_paused = true)]
async fn who_is_let_in_slowly_holds_up_none_of_their_other_documents() {
    let world = World::new().await;
    let node = world.node();
    let (mut connection, yjs) = (Connection::new(&node), Yjs::new(1));
    // Two sessions of one document.
    connection.show_token("post\0one", "slow");
    connection.update("post\0one", Yjs::new(2).insert(0, "Slow. "));
    connection.open("post\0two", "ada", &yjs).await;
    assert!(yjs.text().starts_with("Once"));
    assert!(!node.body().await.contains("Slow"));
    tokio::time::sleep(Duration::from_secs(5)).await;
    connection.sync("post\0two", &yjs).await;
    assert!(yjs.text().contains("Slow"));
}

#[tokio::test(start_paused = true)]
async fn a_document_that_cannot_be_opened_for_now_is_tried_again_and_closes_no_other() {
    let world = World::new().await;
    let node = world.node_with(|options| options.participants = 1);
    let ben = Client::join(&node, &ben(), 2).await;
    let (mut connection, yjs) = (Connection::new(&node), Yjs::new(1));
    connection.show_token("post", "ada");
    connection.update("post", yjs.insert(0, "As soon as may be. "));
    assert_eq!(connection.listen().await, []);
    drop(ben);
    until(async || node.body().await.contains("As soon")).await;
}

#[tokio::test(start_paused = true)]
async fn who_asks_too_often_is_refused_and_keeps_the_connection() {
    let world = World::new().await;
    let node = world.node();
    let (mut connection, yjs) = (Connection::new(&node), Yjs::new(1));
    connection.show_token("post", "often");
    let heard = connection.listen().await;
    assert!(matches!(&*heard, [Heard::Denied(..)]), "{heard:?}");
    connection.open("post", "ada", &yjs).await;
    assert!(yjs.text().starts_with("Once"));
}
