use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode};
use blog_core::Blog;
use tower_http::compression::CompressionLayer;

#[cfg(feature = "admin")]
use crate::admin;
use crate::envelope::EnvelopeLayer;
use crate::options::RouterOptions;
use crate::prepared::Prepared;
use crate::problem::Problem;
use crate::{api, collaborate, docs, health, hocuspocus, site};

/// What every handler has. It is cloned for each request, several times.
pub(crate) type AppState = Arc<App>;

/// A blog, and what is served of it.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) blog: Blog,
    pub(crate) options: RouterOptions,
    pub(crate) prepared: Prepared,
}

/// The blog as a router, to serve or to nest.
pub fn router(blog: Blog, options: RouterOptions) -> Router {
    let state = Arc::new(App {
        blog,
        options,
        prepared: Prepared::default(),
    });
    let options = &state.options;
    // The first is the outermost.
    let within = |timeout, build| (EnvelopeLayer { timeout, build }, CompressionLayer::new());
    let envelope = |build| within(options.timeout, build);
    let build = build(options);
    let mut router = Router::new();
    let (api_routes, ai_routes, document) = api::routers();
    if options.api && options.docs {
        router = router.merge(docs::router(document, options));
    }
    if options.health {
        router = router.merge(health::router());
    }
    if options.hub.is_some() {
        router = router
            .merge(collaborate::router())
            .merge(hocuspocus::router());
    }
    router = if options.site {
        router.merge(site::router(&state))
    } else {
        router.fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "no such page") })
    };
    router = router.layer(envelope(None));
    #[cfg(feature = "admin")]
    if build.is_some() {
        router = router.merge(admin::router(&state).layer(envelope(build.clone())));
    }
    if options.api {
        // One stack: each `layer` of a router is a box more, and a clone of it for every request.
        router = router
            .merge(api_routes.layer((envelope(build.clone()), api::layers(options))))
            .merge(ai_routes.layer((within(options.ai_timeout, build), api::layers(options))));
    }
    router.with_state(state)
}

/// The build of the admin pages, if they are served.
#[cfg(feature = "admin")]
pub(crate) fn build(options: &RouterOptions) -> Option<HeaderValue> {
    (options.admin && options.api).then(admin::assets::build_header)
}

#[cfg(not(feature = "admin"))]
pub(crate) const fn build(_: &RouterOptions) -> Option<HeaderValue> {
    None
}
