//! The JSON API.

mod ai;
mod assistant;
mod lock;
mod model;
mod posts;
mod presence;
mod search;
mod taxonomy;
pub(crate) mod versions;

use std::time::Duration;

use axum::Router;
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH, LOCATION,
};
use axum::http::{HeaderValue, Method, StatusCode};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::envelope::REQUEST_ID;
use crate::options::RouterOptions;
use crate::problem::Problem;
use crate::router::AppState;

pub(crate) use posts::post_id;

/// The API's routes, those that wait for language models apart, and the document that describes all.
pub(crate) fn routers() -> (Router<AppState>, Router<AppState>, OpenApi) {
    let (ai_routes, ai_document) = ai::router().split_for_parts();
    let (routes, mut document) = OpenApiRouter::new()
        .merge(posts::router())
        .merge(versions::router())
        .merge(presence::router())
        .merge(assistant::router())
        .merge(lock::router())
        .merge(search::router())
        .merge(taxonomy::router())
        .split_for_parts();
    document.merge(ai_document);
    (routes, ai_routes, document)
}

/// What all answers of the API have in common.
pub(crate) fn layers(options: &RouterOptions) -> (CorsLayer, SetResponseHeaderLayer<HeaderValue>) {
    // What is answered depends on who asks, and may be another thing at once.
    let private = HeaderValue::from_static("private, no-cache");
    (
        cross_origin(options.cors_origins.clone()),
        SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, private),
    )
}

/// Lets scripts of other sites call the API (<https://fetch.spec.whatwg.org>, CORS). Cookies are
/// never let through.
fn cross_origin(origins: Option<Vec<HeaderValue>>) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(origins.map_or_else(AllowOrigin::any, AllowOrigin::list))
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            IF_NONE_MATCH,
            HeaderName::from_static("idempotency-key"),
            REQUEST_ID,
        ])
        .expose_headers([ETAG, LOCATION, REQUEST_ID])
        .max_age(Duration::from_secs(3600))
}

/// A page's size: 1 to 100, 20 unless given.
fn page_size(limit: Option<usize>) -> Result<usize, Problem> {
    match limit.unwrap_or(20) {
        limit @ 1..=100 => Ok(limit),
        _ => Err(Problem::field(
            StatusCode::BAD_REQUEST,
            "limit",
            "must be from 1 to 100",
        )),
    }
}
