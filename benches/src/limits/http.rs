use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::routing::{get, post};

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
