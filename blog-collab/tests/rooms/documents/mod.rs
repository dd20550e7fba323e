//! What clients of Hocuspocus can rely on, who have several documents over one connection.

mod confirmations;
mod connection;
mod tokens;

use std::time::Duration;

use blog_collab::Close;
use blog_core::services::NewPost;

use self::connection::{Connection, Heard};
use crate::world::{World, ada, until};
use crate::yjs::Yjs;

#[tokio::test(start_paused = true)]
async fn what_a_client_said_before_its_goodbye_is_taken() {
    let world = World::new().await;
    let node = world.node();
    let (mut connection, yjs) = (Connection::new(&node), Yjs::new(1));
    connection.open("post", "ada", &yjs).await;
    for _ in 0..100 {
        connection.update("post", yjs.insert(0, "Bye. "));
    }
    connection.close();
    until(async || node.body().await.matches("Bye. ").count() == 100).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_for_one_document_closes_it_and_no_other() {
    let world = World::new().await;
    let node = world.node_with_limit(1_000);
    let mut another = NewPost::default();
    another.content.title = "Another".to_owned();
    let another = node.blog.posts().create(&ada(), another).await;
    let another = another.unwrap().post.id.to_string();
    let mut connection = Connection::new(&node);
    let (yjs, small) = (Yjs::new(1), Yjs::new(2));
    connection.open("post", "ada", &yjs).await;
    connection.open(&another, "ada", &small).await;

    connection.update("post", yjs.insert(0, &"x".repeat(2_000)));
    let closed = Heard::DocumentClosed("post".to_owned(), "too large".to_owned());
    assert_eq!(connection.listen().await, [closed]);
    connection.update(&another, small.insert(0, "Small."));
    let heard = connection.listen().await;
    assert!(heard.contains(&Heard::Status(another, true)), "{heard:?}");
}

#[tokio::test(start_paused = true)]
async fn a_document_is_opened_again_after_it_was_left() {
    let world = World::new().await;
    let node = world.node();
    let (mut connection, yjs) = (Connection::new(&node), Yjs::new(1));
    connection.open("post", "ada", &yjs).await;
    connection.update("post", yjs.insert(0, "Written. "));
    connection.leave("post");
    let again = Yjs::new(2);
    connection.open("post", "ada", &again).await;
    assert_eq!(again.text(), yjs.text());
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_any_document_hears_that_somebody_is_there_and_is_closed_after_all() {
    let world = World::new().await;
    let node = world.node();
    let mut connection = Connection::new(&node);
    let next = connection.next_within(Duration::from_secs(29)).await;
    assert_eq!(next, Some(Heard::Ping));
    let next = connection.next_within(Duration::from_secs(29)).await;
    assert_eq!(next, Some(Heard::Closed(Close::Expired)));
}
