//! What all pages have in common.

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use blog_core::{Error, Result};
use minijinja::value::merge_maps;
use minijinja::{Value, context};

use super::assets::BUILD;
use crate::options::RouterOptions;
use crate::problem::{Problem, ProblemDetail};
use crate::router::AppState;
use crate::site::common;

/// Turns an error into a page, and keeps to the browser that asked what it was answered.
pub(super) async fn for_browsers(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    if let Some(ProblemDetail(heading)) = response.extensions().get() {
        let status = response.status();
        let page = page(&state, status, "admin/message.html", context! { heading });
        response = page.unwrap_or_else(|_| status.into_response());
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Without any, browsers would not say where a form comes from.
    let referrer = HeaderValue::from_static("same-origin");
    headers.insert(REFERRER_POLICY, referrer);
    response
}

pub(super) fn page(
    state: &AppState,
    status: StatusCode,
    template: &str,
    values: Value,
) -> Result<Response, Problem> {
    let nonce = nonce()?;
    let policy = policy(&nonce, &state.options);
    let own = context! { nonce, build => BUILD.as_str() };
    let values = merge_maps([values, own, common(state)]);
    let html = state.options.templates.render(template, values)?;
    Ok((status, [(CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response())
}

/// To another page, by GET.
pub(super) fn see(address: &str) -> Result<Response, Problem> {
    let address = HeaderValue::try_from(address)
        .map_err(|error| Error::internal("an address is broken").with_source(error))?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response())
}

/// Nothing but what this site serves, and pictures of those whom the host has named. The editor makes styles of
/// its own, which the nonce lets through.
/// To browsers from 2022 on `'self'` means the site's WebSockets as well
/// (<https://github.com/w3c/webappsec-csp/issues/7>).
fn policy(nonce: &str, options: &RouterOptions) -> String {
    let mut pictures = vec!["'self'".to_owned(), "data:".to_owned()];
    pictures.extend(options.preview_origins());
    let pictures = pictures.join(" ");
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; \
         connect-src 'self'; img-src {pictures}; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

/// What nobody can guess: 128 bits, as <https://www.w3.org/TR/CSP3/#security-nonces> has it.
fn nonce() -> Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| Error::internal("the system has no random numbers").with_source(error))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(random)))
}
