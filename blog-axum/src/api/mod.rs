//! The JSON API.

mod model;
mod posts;
mod search;
mod taxonomy;
mod versions;

use axum::Router;
use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use crate::problem::Problem;
use crate::router::AppState;

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .merge(posts::router())
        .merge(versions::router())
        .merge(taxonomy::router())
        .merge(search::router())
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

/// A time (RFC 3339), or a day, which begins at midnight UTC.
fn point_in_time(field: &str, text: Option<&str>) -> Result<Option<DateTime<Utc>>, Problem> {
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

fn locale(text: Option<&str>) -> Result<Option<blog_core::domain::Locale>, Problem> {
    let locale = text.map(blog_core::domain::Locale::parse).transpose();
    locale.map_err(|error| Problem::field(StatusCode::BAD_REQUEST, "locale", error.to_string()))
}
