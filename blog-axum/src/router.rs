use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use blog_core::Blog;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::options::RouterOptions;
use crate::prepared::Prepared;
use crate::problem::Problem;
use crate::{api, docs, health, site};

/// What every handler has.
#[derive(Debug, Clone)]
pub(crate) struct AppState {
    pub(crate) blog: Blog,
    pub(crate) options: Arc<RouterOptions>,
    pub(crate) prepared: Prepared,
}

/// The blog as a router, to serve or to nest.
pub fn router(blog: Blog, options: RouterOptions) -> Router {
    let state = AppState {
        blog,
        options: Arc::new(options),
        prepared: Prepared::default(),
    };
    let options = &state.options;
    let mut router = Router::new();
    if options.api {
        let (routes, document) = api::router(options);
        router = router.nest("/api", routes);
        if options.docs {
            router = router.merge(docs::router(document, options));
        }
    }
    if options.health {
        router = router.merge(health::router());
    }
    router = if options.site {
        router.merge(site::router(&state))
    } else {
        router.fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "no such page") })
    };
    let request_id = HeaderName::from_static("x-request-id");
    // One stack: each layer of a router is a box, and a clone of it for each request. The first is
    // the outermost.
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(request_id.clone(), MakeRequestUuid))
        .layer(TraceLayer::new_for_http())
        .layer(PropagateRequestIdLayer::new(request_id))
        .layer(CatchPanicLayer::new())
        .map_response(with_security_headers)
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            options.timeout,
        ))
        .layer(DefaultBodyLimit::max(options.body_bytes));
    router.layer(layers).with_state(state)
}

/// Adds the headers that keep a browser from what the answer is not meant for, where the handler
/// has not set others.
fn with_security_headers<B>(mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}
