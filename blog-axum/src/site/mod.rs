//! The public site: what anonymous readers see, rendered on the server, complete without scripts.

mod pages;
mod templates;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;

pub(crate) use pages::fallback;
pub(crate) use templates::Templates;

use crate::router::AppState;

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/", get(pages::home))
        .route("/posts/{slug}", get(pages::post))
        .route("/tags/{tag}", get(pages::tag))
        .route("/search", get(pages::search))
        .route("/feed.xml", get(pages::feed))
        .route("/site.css", get(style))
}

async fn style() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, include_str!("../../templates/site.css"))
}
