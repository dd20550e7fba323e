//! A server that crashes under load: what was acknowledged is there once, and whoever was not
//! answered finds out by asking again.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use blog_core::domain::{Actor, Content, Role, Seq};
use blog_core::ports::Storage;
use blog_core::services::{IdempotencyKey, NewPost};
use blog_core::{Blog, Result};
use blog_storage_postgres::PostgresStorage;
use server::Server;

fn ada() -> Actor {
    Actor::user("ada", "Ada", Role::Editor)
}

async fn create(blog: &Blog, number: usize) -> Result<()> {
    let content = Content {
        title: format!("Post {number}"),
        ..Content::default()
    };
    let idempotency_key = Some(IdempotencyKey {
        key: number.to_string(),
        request_hash: [0; 32],
    });
    let new = NewPost {
        content,
        idempotency_key,
        ..NewPost::default()
    };
    blog.posts().create(&ada(), new).await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_the_server_loses_nothing_that_was_acknowledged_and_doubles_nothing() {
    let server = Server::start();
    let storage = PostgresStorage::connect(&server.url()).await.unwrap();
    let blog = Blog::builder(storage.clone()).build();
    let (next, acknowledged) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let (blog, next, acknowledged) = (blog.clone(), next.clone(), acknowledged.clone());
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= 600 {
                        return;
                    }
                    // Whoever gets no answer asks again, with the same key.
                    while let Err(error) = create(&blog, number).await {
                        assert!(error.is_retryable(), "{error:?}");
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for crash in 1..=2 {
        while acknowledged.load(Ordering::SeqCst) < crash * 150 {
            tokio::task::yield_now().await;
        }
        server.stop("immediate");
        server.resume();
    }
    for writer in writers {
        tokio::time::timeout(Duration::from_secs(60), writer)
            .await
            .unwrap()
            .unwrap();
    }
    let events = storage.events(Seq(0), 1_000).await.unwrap();
    assert_eq!(events.len(), 600);
    let mut posts: Vec<_> = events.iter().map(|event| event.post).collect();
    posts.sort();
    posts.dedup();
    assert_eq!(posts.len(), 600, "each post once");
    storage.close().await;
}
