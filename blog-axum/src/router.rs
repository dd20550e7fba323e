use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use blog_core::Blog;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
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
    let set = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    router
        .layer(DefaultBodyLimit::max(options.body_bytes))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            options.timeout,
        ))
        .layer(CompressionLayer::new())
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(
            header::REFERRER_POLICY,
            "strict-origin-when-cross-origin",
        ))
        .layer(set(header::X_FRAME_OPTIONS, "DENY"))
        .layer(CatchPanicLayer::new())
        .layer(PropagateRequestIdLayer::new(request_id.clone()))
        .layer(TraceLayer::new_for_http())
        .layer(SetRequestIdLayer::new(request_id, MakeRequestUuid))
        .with_state(state)
}
