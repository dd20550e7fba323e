use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::routing::{get, post};
use sqlx::PgPool;

use super::postgres;
use super::sqlite::GroupWriter;
use crate::sample::{SamplePost, SamplePosts};

/// Answers GETs with one of these after the other: as many as ours has, so that both have to fetch
/// them from memory.
pub(crate) fn prepared(answers: Arc<[Bytes]>) -> Router {
    let next = Arc::new(AtomicUsize::new(0));
    let answer = move || {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let bytes = answers[number % answers.len()].clone();
        async move { ([(CONTENT_TYPE, "application/json"), (ETAG, "\"1\"")], bytes) }
    };
    Router::new().fallback(get(answer))
}

/// Takes a body, writes a post durably, and gives the body back.
pub(crate) fn writing(writer: GroupWriter) -> Router {
    Router::new()
        .fallback(post(write))
        .with_state((writer, Posts::new(1)))
}

/// Both of them.
pub(crate) fn reading_and_writing(answers: Arc<[Bytes]>, writer: GroupWriter) -> Router {
    Router::new()
        .route("/api/posts", post(write))
        .with_state((writer, Posts::new(1)))
        .fallback_service(prepared(answers))
}

/// The same in front of PostgreSQL, with one statement for each post. Each node writes posts of its
/// own.
pub(crate) fn reading_and_inserting(answers: Arc<[Bytes]>, pool: PgPool, node: u64) -> Router {
    Router::new()
        .route("/api/posts", post(insert))
        .with_state((pool, Posts::new(node)))
        .fallback_service(prepared(answers))
}

/// What the callers of one server write.
#[derive(Clone)]
struct Posts(Arc<Mutex<SamplePosts>>);

impl Posts {
    fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(SamplePosts::new(seed))))
    }

    fn next(&self) -> SamplePost {
        let posts = self.0.lock();
        posts.unwrap_or_else(PoisonError::into_inner).next()
    }
}

async fn insert(State((pool, posts)): State<(PgPool, Posts)>, body: Bytes) -> (StatusCode, Bytes) {
    match postgres::insert(&pool, &posts.next()).await {
        Ok(()) => (StatusCode::CREATED, body),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
    }
}

async fn write(
    State((writer, posts)): State<(GroupWriter, Posts)>,
    body: Bytes,
) -> (StatusCode, Bytes) {
    match writer.write(posts.next()).await {
        Ok(()) => (StatusCode::CREATED, body),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
    }
}
