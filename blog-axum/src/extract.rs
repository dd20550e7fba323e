use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use blog_core::domain::Locale;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::router::AppState;

/// A request's body as JSON.
pub(crate) struct JsonBody<T>(pub(crate) T);

/// The same, with the bytes it came in. They keep the connection's whole buffer, so that nobody should have them
/// who makes the request wait for long.
pub(crate) struct JsonWithBytes<T> {
    pub(crate) value: T,
    pub(crate) bytes: Bytes,
}

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let body = JsonWithBytes::from_request(request, state).await?;
        Ok(Self(body.value))
    }
}

impl<T: DeserializeOwned> FromRequest<AppState> for JsonWithBytes<T> {
    type Rejection = Problem;

    async fn from_request(mut request: Request, state: &AppState) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let message = "the body must be application/json";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        DefaultBodyLimit::max(state.options.body_bytes).apply(&mut request);
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
        Ok(Self {
            value: read(&bytes)?,
            bytes,
        })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    media_type.is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    })
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refused(&path, &error.into_inner())
    })?;
    json.end().map_err(|error| refused(WHOLE, &error))?;
    Ok(value)
}

/// The path of a body as a whole, as `serde_path_to_error` writes it.
const WHOLE: &str = ".";

fn refused(path: &str, error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    if error.is_data() {
        // Of a missing field, serde tells the name between back-ticks, and not the path.
        let named = message.split('`').nth(1).unwrap_or("body");
        let field = if path == WHOLE { named } else { path };
        return Problem::field(StatusCode::UNPROCESSABLE_ENTITY, field, &message);
    }
    let what = if message.starts_with("recursion limit") {
        "is nested too deeply"
    } else {
        "is not JSON"
    };
    let detail = format!("the body {what}: {message}");
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

/// The parameters of an address; unknown ones are errors.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| {
                let message = rejection.body_text();
                let field = message.split('`').nth(1).unwrap_or("query").to_owned();
                Problem::field(StatusCode::BAD_REQUEST, &field, message)
            })
    }
}

/// A time (RFC 3339), or a day, which begins at midnight UTC.
pub(crate) fn point_in_time(
    field: &str,
    text: Option<&str>,
) -> Result<Option<DateTime<Utc>>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc));
    let day = || {
        text.parse::<NaiveDate>()
            .map(|day| day.and_time(NaiveTime::MIN).and_utc())
    };
    time.or_else(|_| day()).map(Some).map_err(|_| {
        let message = "must be a time such as 2026-01-31T12:00:00Z or a day such as 2026-01-31";
        Problem::field(StatusCode::BAD_REQUEST, field, message)
    })
}

/// A language tag.
pub(crate) fn locale(text: Option<&str>) -> Result<Option<Locale>, Problem> {
    let locale = text.map(Locale::parse).transpose();
    locale.map_err(|error| Problem::field(StatusCode::BAD_REQUEST, "locale", error.to_string()))
}
