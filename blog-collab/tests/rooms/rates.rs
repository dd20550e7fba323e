use std::time::Duration;

use blog_collab::Close;
use blog_core::ErrorKind;
use blog_core::domain::Content;
use blog_core::services::NewPost;
use tokio::time::Instant;

use crate::client::Client;
use crate::world::{BODY, World, ada, ben, cyd, until};

#[tokio::test(start_paused = true)]
async fn who_sends_too_many_bytes_is_slowed_down_and_others_are_not() {
    let world = World::new().await;
    let node = world.node_with(|options| options.bytes_per_second = 1_000);
    let flood = Client::join(&node, &ada(), 1).await;
    let ben = Client::join(&node, &ben(), 2).await;
    let mut cyd = Client::join(&node, &cyd(), 3).await;
    let flooding = tokio::spawn(async move {
        let begun = Instant::now();
        for _ in 0..20 {
            flood.write(&"x".repeat(1_000)).await;
        }
        (flood, begun.elapsed())
    });

    let begun = Instant::now();
    for _ in 0..10 {
        ben.write("On. ").await;
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
    // Eight seconds' worth came at once.
    let (mut flood, took) = flooding.await.unwrap();
    assert!(took >= Duration::from_secs(12), "{took:?}");
    assert_eq!(flood.listen().await.close, None);
    cyd.listen().await;
    assert_eq!(cyd.yjs.text(), flood.yjs.text());
}

#[tokio::test(start_paused = true)]
async fn who_sends_too_many_messages_is_slowed_down() {
    let world = World::new().await;
    let node = world.node_with(|options| options.messages_per_second = 10);
    let flood = Client::join(&node, &ada(), 1).await;
    let begun = Instant::now();
    for clock in 0..200 {
        flood.show(clock, "{}").await;
    }
    let took = begun.elapsed();
    assert!(took >= Duration::from_secs(12), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn who_sends_too_many_messages_in_one_frame_is_closed() {
    let world = World::new().await;
    let node = world.node_with(|options| options.messages_per_second = 10);
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.place.receive(vec![3; 81].into()).await;
    assert_eq!(ada.listen().await.close, Some(Close::TooLarge));
}

#[tokio::test(start_paused = true)]
async fn one_room_more_than_there_may_be_is_refused_until_another_is_closed() {
    let world = World::new().await;
    let node = world.node_with(|options| options.rooms = 1);
    let new = NewPost {
        content: Content {
            title: "Another post".to_owned(),
            ..Content::default()
        },
        ..NewPost::default()
    };
    let another = node.blog.posts().create(&ada(), new).await.unwrap();
    let place = node.hub.join(&ada(), another.post.id).await.unwrap();
    let refused = node.hub.join(&ada(), world.post).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Unavailable { retry: true });

    drop(place);
    until(async || node.hub.join(&ada(), world.post).await.is_ok()).await;
}

#[tokio::test(start_paused = true)]
async fn one_participant_more_than_there_may_be_is_refused_until_another_leaves() {
    let world = World::new().await;
    let node = world.node_with(|options| options.participants = 2);
    let first = Client::join(&node, &ada(), 1).await;
    let _second = Client::join(&node, &ben(), 2).await;
    let refused = node.hub.join(&cyd(), world.post).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Unavailable { retry: true });

    drop(first);
    let third = Client::join(&node, &cyd(), 3).await;
    assert_eq!(third.yjs.text(), BODY);
}
