//! What clients of Hocuspocus can rely on, who have several documents over one connection.

mod confirmations;
mod connection;
mod tokens;

use std::time::Duration;

use blog_collab::Close;
use blog_core::services::NewPost;
use tokio::time::Instant;

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
async fn a_connection_without_any_document_is_kept_for_minutes_and_no_longer() {
    let world = World::new().await;
    let node = world.node();
    let mut connection = Connection::new(&node);
    let began = Instant::now();
    // Clients that hear nothing for 30 s come again.
    let last = loop {
        match connection.next_within(Duration::from_secs(29)).await {
            Some(Heard::Ping) => connection.pong(),
            last => break last,
        }
    };
    assert_eq!(last, Some(Heard::Closed(Close::Expired)));
    let kept = began.elapsed().as_secs();
    assert!((120..300).contains(&kept), "{kept} s");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_vanished_without_a_word_is_noticed() {
    let world = World::new().await;
    let node = world.node();
    let (mut connection, yjs) = (Connection::new(&node), Yjs::new(1));
    connection.open("post", "ada", &yjs).await;
    let began = Instant::now();
    // It is spoken to, and says nothing.
    while connection.is_open() {
        connection.next_within(Duration::from_secs(1)).await;
        assert!(began.elapsed() < Duration::from_secs(200));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_opened_where_something_was_left_hears_nothing_of_that() {
    let world = World::new().await;
    let node = world.node();
    let (mut connection, yjs) = (Connection::new(&node), Yjs::new(1));
    connection.open("post", "ada", &yjs).await;
    // What is left is refused, could not be opened yet, and has something that is not stored.
    for token in ["slow and refused", "later"] {
        connection.show_token("left", token);
        connection.leave("left");
    }
    world.store.hold_back();
    connection.update("post", yjs.insert(0, "Written. "));
    connection.leave("post");
    for address in ["left", "post"] {
        connection.show_token(address, "ada");
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    world.store.let_go();
    let is_of_before = |heard: &Heard| matches!(heard, Heard::Denied(..) | Heard::Status(..));
    let heard = connection.listen().await;
    assert!(!heard.iter().any(is_of_before), "{heard:?}");
    assert!(node.body().await.starts_with("Written. "));
}
