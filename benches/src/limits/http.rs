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
use crate::sample::SamplePosts;

/// Answers every GET with these bytes.
pub(crate) fn prepared(bytes: Bytes) -> Router {
    let answer = move || {
        let bytes = bytes.clone();
        async move { ([(CONTENT_TYPE, "application/json"), (ETAG, "\"1\"")], bytes) }
    };
    Router::new().fallback(get(answer))
}

/// Takes a body, writes a post durably, and gives the body back.
pub(crate) fn writing(writer: GroupWriter) -> Router {
    let posts = Arc::new(Mutex::new(SamplePosts::new(77)));
    Router::new()
        .fallback(post(write))
        .with_state((writer, posts))
}

/// Both of them.
pub(crate) fn reading_and_writing(bytes: Bytes, writer: GroupWriter) -> Router {
    Router::new()
        .route_service("/api/posts", writing(writer))
        .fallback_service(prepared(bytes))
}

/// The same in front of PostgreSQL, with one statement for each post.
pub(crate) fn reading_and_inserting(bytes: Bytes, pool: PgPool) -> Router {
    let posts = Arc::new(Mutex::new(SamplePosts::new(78)));
    Router::new()
        .route("/api/posts", post(insert).with_state((pool, posts)))
        .fallback_service(prepared(bytes))
}

async fn insert(
    State((pool, posts)): State<(PgPool, Arc<Mutex<SamplePosts>>)>,
    body: Bytes,
) -> (StatusCode, Bytes) {
    let post = posts.lock().unwrap_or_else(PoisonError::into_inner).next();
    match postgres::insert(&pool, &post).await {
        Ok(()) => (StatusCode::CREATED, body),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
    }
}

async fn write(
    State((writer, posts)): State<(GroupWriter, Arc<Mutex<SamplePosts>>)>,
    body: Bytes,
) -> (StatusCode, Bytes) {
    let post = posts.lock().unwrap_or_else(PoisonError::into_inner).next();
    match writer.write(post).await {
        Ok(()) => (StatusCode::CREATED, body),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
    }
}
