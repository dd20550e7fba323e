//! What stands around every handler: the request gets an id and a time limit, the answer headers of
//! its own, and a panic becomes a problem.
//!
//! It is one layer instead of one for each of them, because each costs every request a few clones
//! and allocations, and an answer that is remembered costs little more than that.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use futures::future::BoxFuture;
use tower::{Layer, Service};
use tracing::Instrument;

use crate::problem::Problem;

/// The header that names a request: the client's own name for it, or else ours.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header that tells the admin pages which build of them the server has: one that is older reloads.
const BUILD: HeaderName = HeaderName::from_static("x-blog-build");

/// Puts handlers into an [`Envelope`].
#[derive(Debug, Clone)]
pub(crate) struct EnvelopeLayer {
    pub(crate) timeout: Duration,
    /// What [`BUILD`] says, if anything.
    pub(crate) build: Option<HeaderValue>,
}

impl<S> Layer<S> for EnvelopeLayer {
    type Service = Envelope<S>;

    fn layer(&self, inner: S) -> Envelope<S> {
        Envelope {
            inner,
            layer: self.clone(),
        }
    }
}

/// A handler, and what stands around it.
#[derive(Debug, Clone)]
pub(crate) struct Envelope<S> {
    inner: S,
    layer: EnvelopeLayer,
}

impl<S> Service<Request> for Envelope<S>
where
    S: Service<Request, Error = Infallible, Future: Send + 'static>,
    S::Response: IntoResponse,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let id = request.headers_mut().entry(REQUEST_ID);
        let id = id.or_insert_with(new_id).clone();
        let span = tracing::debug_span!(
            "request",
            id = ?id,
            method = %request.method(),
            path = request.uri().path()
        );
        let answer = tokio::time::timeout(self.layer.timeout, self.inner.call(request));
        let answer = AssertUnwindSafe(answer).catch_unwind();
        let build = self.layer.build.clone();
        let enveloped = async move {
            let mut response = match answer.await {
                Ok(Ok(Ok(response))) => response.into_response(),
                Ok(Err(_elapsed)) => {
                    let message = "the request took too long";
                    Problem::new(StatusCode::SERVICE_UNAVAILABLE, message).into_response()
                }
                Err(panic) => broken(&*panic),
            };
            tracing::debug!(status = response.status().as_u16(), "answered");
            add_headers(response.headers_mut(), id);
            if let Some(build) = build {
                response.headers_mut().insert(BUILD, build);
            }
            Ok(response)
        };
        enveloped.instrument(span).boxed()
    }
}

fn broken(panic: &(dyn std::any::Any + Send)) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or_default();
    tracing::error!(message, "a handler panicked");
    let message = "something went wrong on our side";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, message).into_response()
}

/// Names the request, and keeps a browser from what the answer is not meant for, unless the handler
/// has said otherwise.
fn add_headers(headers: &mut HeaderMap, id: HeaderValue) {
    headers.reserve(4);
    headers.insert(REQUEST_ID, id);
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (X_FRAME_OPTIONS, "DENY"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}

/// A name that no other request of any node has: one that this process has made up, and a number.
fn new_id() -> HeaderValue {
    static PROCESS: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let random = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), ());
        format!("{random:016x}")
    });
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    HeaderValue::try_from(format!("{}-{number:x}", *PROCESS))
        .unwrap_or(HeaderValue::from_static("unnamed"))
}
