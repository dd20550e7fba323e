//! What all answers of the site have in common.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use minijinja::{Value, context};

use super::common;
use crate::preconditions::{KnownTags, tagged};
use crate::problem::{Problem, ProblemDetail};
use crate::router::AppState;

const POLICY: &str = "default-src 'self'; img-src * data:; frame-ancestors 'none'; base-uri 'none'";

/// Gives every good answer an ETag, so that what has not changed is not sent again, and turns an
/// error into a page.
pub(super) async fn for_readers(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let known = KnownTags::from(request.headers());
    let response = next.run(request).await;
    if let Some(ProblemDetail(detail)) = response.extensions().get() {
        return message(&state, response.status(), detail);
    }
    if response.status() == StatusCode::OK {
        with_tag(&known, response).await
    } else {
        response
    }
}

async fn with_tag(known: &KnownTags, response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    head.headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    // The pages are in memory already; nothing of the site streams.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the page was cut short")
            .into_response();
    };
    let hash = blake3::hash(&bytes).to_hex();
    // Weak: the bytes depend on the compression that the client takes.
    let tag = format!("W/\"{}\"", &hash[..32]);
    tagged(known, &tag, Response::from_parts(head, Body::from(bytes)))
}

/// A page of the site.
pub(super) fn page(
    state: &AppState,
    status: StatusCode,
    template: &str,
    values: Value,
) -> Result<Response, Problem> {
    let html = state.options.templates.render(template, values)?;
    Ok((status, [(CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response())
}

/// A page that says one thing.
pub(super) fn message(state: &AppState, status: StatusCode, heading: &str) -> Response {
    let values = context! { heading, ..common(state) };
    page(state, status, "message.html", values).unwrap_or_else(|_| status.into_response())
}

pub(super) fn no_such_page(state: &AppState) -> Response {
    message(state, StatusCode::NOT_FOUND, "There is no such page.")
}

/// The stylesheet. Its address changes with it, so that it can be kept for ever.
pub(super) async fn stylesheet(State(state): State<AppState>) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, state.options.templates.stylesheet().to_owned())
}
