//! Conditional requests (RFC 9110, section 13) by a post's revision.

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
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

/// Adds the ETag, or answers 304 if the client has what bears it already.
pub(crate) fn tagged(request: &HeaderMap, tag: &str, answer: impl IntoResponse) -> Response {
    let known = request.get_all(IF_NONE_MATCH).iter().any(|value| {
        let mut known = value.to_str().unwrap_or_default().split(',').map(str::trim);
        known.any(|known| known == "*" || opaque(known) == opaque(tag))
    });
    let mut response = answer.into_response();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}

/// A tag without the mark of a weak one: the comparison of RFC 9110, section 8.8.3.2.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}
