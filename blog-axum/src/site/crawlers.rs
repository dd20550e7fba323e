//! What search engines ask for: <https://www.sitemaps.org/protocol.html> and robots.txt (RFC 9309).

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use blog_core::Result;
use blog_core::domain::Actor;
use blog_core::ports::{Order, PageKey, PostQuery};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};

use super::entry::timestamp;
use super::{address, common};
use crate::cursor::CursorBinding;
use crate::extract::Parameters;
use crate::problem::Problem;
use crate::router::AppState;

/// The protocol's limit for one file.
const ADDRESSES_IN_A_FILE: usize = 50_000;
/// Posts read at once.
const AT_ONCE: usize = 1_000;

#[derive(Debug, Deserialize)]
pub(super) struct SitemapParameters {
    cursor: Option<String>,
}

#[derive(Debug, Serialize)]
struct Address {
    address: String,
    updated: String,
}

/// One file's worth of posts, oldest first, and where the next file begins.
struct Part {
    posts: Vec<Address>,
    next: Option<PageKey>,
}

/// All posts in one file, or the list of files where they are too many for one.
pub(super) async fn sitemap(
    State(state): State<AppState>,
    Parameters(wanted): Parameters<SitemapParameters>,
) -> Result<Response, Problem> {
    let binding = CursorBinding::of(&"sitemap");
    let is_whole = wanted.cursor.is_none();
    // The first of several files begins after nothing.
    let after = wanted.cursor.filter(|cursor| !cursor.is_empty());
    let after = after.map(|cursor| binding.read::<PageKey>(&cursor));
    let mut part = part(&state, after.transpose()?).await?;
    let mut files = Vec::new();
    if is_whole && part.next.is_some() {
        let base = format!("{}/sitemap.xml", state.options.address());
        files.push(format!("{base}?cursor="));
        while let Some(key) = part.next {
            files.push(format!("{base}?cursor={}", binding.write(&key)));
            part = self::part(&state, Some(key)).await?;
        }
    }
    let values = context! {
        files, is_whole,
        posts => Value::from(Serde(&part.posts)),
        ..common(&state)
    };
    let mut xml = state.options.templates.render("sitemap.xml", values)?;
    xml.retain(super::feeds::allowed_in_xml);
    let headers = [
        (CONTENT_TYPE, "application/xml; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    Ok((headers, xml).into_response())
}

async fn part(state: &AppState, after: Option<PageKey>) -> Result<Part> {
    let mut query = PostQuery::default();
    (query.order, query.limit, query.after) = (Order::Oldest, AT_ONCE, after);
    let mut posts = Vec::new();
    loop {
        let page = state.blog.posts().list(&Actor::anonymous(), &query).await?;
        posts.extend(page.items.into_iter().map(|card| {
            let href = address::post(state.options.prefix(), card.post.slug.as_str());
            let updated = card.post.public_updated_at.unwrap_or(card.post.updated_at);
            Address {
                address: format!("{}{href}", state.options.origin()),
                updated: timestamp(updated),
            }
        }));
        query.after = page.next;
        if query.after.is_none() || posts.len() >= ADDRESSES_IN_A_FILE {
            let next = query.after;
            return Ok(Part { posts, next });
        }
    }
}

pub(super) async fn robots(State(state): State<AppState>) -> impl IntoResponse {
    let (prefix, site) = (state.options.prefix(), state.options.address());
    format!(
        "User-agent: *\nDisallow: {prefix}/api/\nDisallow: {prefix}/search\n\n\
         Sitemap: {site}/sitemap.xml\n"
    )
}
