use std::time::Duration;

use blog_core::Blog;
use blog_core::domain::Actor;
use blog_core::memory::MemoryStorage;
use blog_core::ports::SearchQuery;

use crate::scene::{Scene, body, editor, published, scene};

#[tokio::test]
async fn what_was_committed_is_found_after_waiting_for_it() {
    let blog = Blog::in_memory();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let runner = tokio::spawn({
        let blog = blog.clone();
        async move { blog.run(async { drop(stopped.await) }).await }
    });
    let view = published(&blog, "Findable", "a needle in hay").await;
    let seq = blog.storage().last_event().await.unwrap();
    blog.wait_for(seq, Duration::from_secs(10)).await.unwrap();
    let query = SearchQuery {
        text: "needle".into(),
        limit: 10,
        ..SearchQuery::default()
    };
    let found = blog
        .search()
        .search(&Actor::anonymous(), &query)
        .await
        .unwrap();
    assert_eq!(found.total, 1);
    assert_eq!(found.hits[0].post.post.id, view.post.id);
    stop.send(()).unwrap();
    runner.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_search_shows_readers_what_readers_see() {
    let Scene { blog, .. } = scene();
    let view = published(&blog, "Post", "public words").await;
    blog.posts()
        .save(&editor(), view.post.id, 2, body("hidden words"))
        .await
        .unwrap();
    blog_core::consumers::catch_up(&blog).await.unwrap();
    let total = |actor: Actor, text: &str| {
        let query = SearchQuery {
            text: text.into(),
            limit: 10,
            ..SearchQuery::default()
        };
        let blog = blog.clone();
        async move { blog.search().search(&actor, &query).await.unwrap().total }
    };
    assert_eq!(total(Actor::anonymous(), "hidden").await, 0);
    assert_eq!(total(Actor::anonymous(), "public").await, 1);
    assert_eq!(total(editor(), "hidden").await, 1);
}

#[tokio::test]
async fn an_index_that_is_not_of_this_log_is_built_anew() {
    let index = blog_core::memory::MemoryIndex::default();
    let old = Blog::builder(MemoryStorage::default())
        .search_index(index.clone())
        .build();
    for number in 0..3 {
        published(&old, &format!("Old {number}"), "").await;
    }
    blog_core::consumers::catch_up(&old).await.unwrap();

    let restored = Blog::builder(MemoryStorage::default())
        .search_index(index)
        .build();
    published(&restored, "New", "").await;
    blog_core::consumers::catch_up(&restored).await.unwrap();
    let query = SearchQuery {
        limit: 10,
        ..SearchQuery::default()
    };
    let found = restored.search().search(&Actor::anonymous(), &query).await;
    assert_eq!(found.unwrap().total, 1);
}
