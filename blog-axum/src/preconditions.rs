//! Conditional requests (RFC 9110, section 13) by a post's revision.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa::IntoParams;

use crate::problem::Problem;

/// The header with which a change of state may name the revision that it is meant for.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(
    dead_code,
    reason = "describes a header, which is read where it is needed"
)]
pub(crate) struct IfMatch {
    /// The ETag of the revision that is meant; 412 if the post has another by now
    #[param(rename = "If-Match")]
    if_match: Option<String>,
}

/// The revision that `If-Match` names, in strong or weak form; `*` names none.
pub(crate) fn expected_revision(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let revision = opaque(text).trim_matches('"').parse();
    revision.map(Some).map_err(|_| {
        let message = "must be the ETag of the post, such as \"3\"";
        Problem::field(StatusCode::BAD_REQUEST, "If-Match", message)
    })
}

/// Fails unless the post still has the revision that `If-Match` names, if it names one.
pub(crate) fn check_revision(expected: Option<u64>, revision: u64) -> Result<(), Problem> {
    match expected {
        Some(expected) if expected != revision => {
            let message = format!("the post has revision {revision} by now");
            Err(Problem::new(StatusCode::PRECONDITION_FAILED, message))
        }
        _ => Ok(()),
    }
}

/// The ETags of what the client has already: `If-None-Match`.
#[derive(Debug, Default)]
pub(crate) struct KnownTags(Vec<HeaderValue>);

impl From<&HeaderMap> for KnownTags {
    fn from(headers: &HeaderMap) -> Self {
        Self(headers.get_all(IF_NONE_MATCH).iter().cloned().collect())
    }
}

impl<S: Sync> FromRequestParts<S> for KnownTags {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::from(&parts.headers))
    }
}

impl KnownTags {
    /// Whether the client has what bears this tag.
    pub(crate) fn have(&self, tag: &str) -> bool {
        self.0.iter().any(|value| {
            let mut known = value.to_str().unwrap_or_default().split(',').map(str::trim);
            known.any(|known| known == "*" || opaque(known) == opaque(tag))
        })
    }
}

/// Adds the ETag, or answers 304 if the client has what bears it already.
pub(crate) fn tagged(known: &KnownTags, tag: &str, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(ETAG, tag);
    }
    if known.have(tag) {
        headers.remove(CONTENT_TYPE);
        headers.remove(CONTENT_LENGTH);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
    }
    response
}

/// A tag without the mark of a weak one: the comparison of RFC 9110, section 8.8.3.2.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}
