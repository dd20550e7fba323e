//! The newest posts, whole, for feed readers: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use blog_core::domain::Actor;
use blog_core::ports::{PostQuery, View};
use blog_core::render::Rendered;
use blog_core::{ErrorKind, Result};
use chrono::DateTime;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;
use serde_json::json;

use super::common;
use super::entry::{Entry, entries};
use crate::problem::Problem;
use crate::router::AppState;

/// A feed is asked for again and again; five minutes later is soon enough.
const FRESH: &str = "public, max-age=300";

/// A post with its whole text.
#[derive(Debug, Serialize)]
struct Item {
    #[serde(flatten)]
    post: Entry,
    html: String,
    /// The time as RSS has it (RFC 2822).
    published_rfc2822: String,
}

pub(super) async fn atom(State(state): State<AppState>) -> Result<Response, Problem> {
    xml(&state, "feed.xml", "application/atom+xml; charset=utf-8").await
}

pub(super) async fn rss(State(state): State<AppState>) -> Result<Response, Problem> {
    xml(&state, "rss.xml", "application/rss+xml; charset=utf-8").await
}

async fn xml(
    state: &AppState,
    template: &str,
    media_type: &'static str,
) -> Result<Response, Problem> {
    let items = newest(state).await?;
    let updated = items.iter().map(|item| item.post.updated.as_str()).max();
    let values = context! {
        posts => Value::from(Serde(&items)),
        updated => updated.unwrap_or("1970-01-01T00:00:00Z"),
        ..common(state)
    };
    let mut xml = state.options.templates.render(template, values)?;
    xml.retain(allowed_in_xml);
    Ok(([(CONTENT_TYPE, media_type), (CACHE_CONTROL, FRESH)], xml).into_response())
}

pub(super) async fn json(State(state): State<AppState>) -> Result<Response, Problem> {
    let options = &state.options;
    let item = |item: Item| {
        let mut json = json!({
            "id": format!("urn:uuid:{}", item.post.id),
            "url": item.post.address,
            "title": item.post.title,
            "content_html": item.html,
            "summary": item.post.excerpt,
            "date_published": item.post.published,
            "date_modified": item.post.updated,
            "language": item.post.locale,
            "tags": item.post.tags.into_iter().map(|tag| tag.name).collect::<Vec<_>>(),
            "authors": item.post.authors.into_iter().map(|author| json!({
                "name": author.name,
                "url": format!("{}{}", options.origin(), author.href),
            })).collect::<Vec<_>>(),
        });
        if let Some(cover) = item.post.cover {
            json["image"] = json!(cover);
        }
        json
    };
    let items = newest(&state).await?.into_iter().map(item);
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": options.title,
        "description": options.description,
        "home_page_url": format!("{}{}", options.origin(), options.home()),
        "feed_url": format!("{}/feed.json", options.address()),
        "language": state.blog.default_locale(),
        "items": items.collect::<Vec<_>>(),
    });
    let headers = [
        (CONTENT_TYPE, "application/feed+json; charset=utf-8"),
        (CACHE_CONTROL, FRESH),
    ];
    Ok((headers, feed.to_string()).into_response())
}

async fn newest(state: &AppState) -> Result<Vec<Item>, Problem> {
    let (anonymous, query) = (Actor::anonymous(), PostQuery::default());
    let page = state.blog.posts().list(&anonymous, &query).await?;
    let mut cards = Vec::with_capacity(page.items.len());
    let mut texts: Vec<Arc<Rendered>> = Vec::with_capacity(page.items.len());
    for card in page.items {
        let posts = state.blog.posts();
        match posts.get(&anonymous, card.post.id, View::Reader).await {
            Ok(view) => {
                texts.push(state.blog.render(&view.version));
                cards.push((&*view).into());
            }
            // Taken back since the list was read.
            Err(error) if *error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    let posts = entries(&state.blog, &state.options, cards).await?;
    let item = |(post, text): (Entry, Arc<Rendered>)| Item {
        published_rfc2822: DateTime::parse_from_rfc3339(&post.published)
            .map(|time| time.to_rfc2822())
            .unwrap_or_default(),
        html: text.html.clone(),
        post,
    };
    Ok(posts.into_iter().zip(texts).map(item).collect())
}

/// The characters of XML 1.0, section 2.2.
pub(super) const fn allowed_in_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
