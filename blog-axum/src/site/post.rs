//! The page of one post, and former addresses that lead to it.

use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use blog_core::domain::Actor;
use blog_core::ports::{PostView, View};
use blog_core::services::Lookup;
use blog_core::{Error, ErrorKind};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde_json::json;

use super::answers::{self, no_such_page};
use super::disclosure::Source;
use super::entry::{Entry, entries};
use super::{address, common};
use crate::problem::Problem;
use crate::router::AppState;

/// Shorter posts need no table of contents.
const HEADINGS_FOR_CONTENTS: usize = 3;

pub(super) async fn page(
    State(state): State<AppState>,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    let found = state
        .blog
        .posts()
        .by_slug(&Actor::anonymous(), &slug, None, View::Reader)
        .await;
    match found {
        Ok(Lookup::Found(view)) => page_of(&state, &view, false).await,
        Ok(Lookup::Moved(post)) => Ok(moved(&state, post.slug.as_str())),
        Err(error) => missing(&state, error),
    }
}

/// The page of a post as one of its versions says it; `is_preview` if readers may not be shown that.
pub(crate) async fn page_of(
    state: &AppState,
    view: &PostView,
    is_preview: bool,
) -> Result<Response, Problem> {
    let rendered = state.blog.render(&view.version);
    let toc = match rendered.toc.as_slice() {
        toc if toc.len() >= HEADINGS_FOR_CONTENTS => toc,
        _ => &[],
    };
    let entries = entries(&state.blog, &state.options, vec![view.into()]).await?;
    let post = entries.first().ok_or_else(|| Error::not_found("post"))?;
    let source = Source::shown(state, view);
    let values = context! {
        is_preview,
        ai => source.map(Source::name),
        locale => &post.locale,
        html => &rendered.html,
        toc => Value::from(Serde(toc)),
        structured_data => Value::from(Serde(&structured_data(state, post, source))),
        post => Value::from(Serde(post)),
        ..common(state)
    };
    answers::page(state, StatusCode::OK, "post.html", values)
}

/// The post for search engines: <https://schema.org/BlogPosting>.
fn structured_data(state: &AppState, post: &Entry, source: Option<Source>) -> serde_json::Value {
    let author = |link: &super::entry::Link| {
        let url = format!("{}{}", state.options.origin(), link.href);
        json!({"@type": "Person", "name": link.name, "url": url})
    };
    let mut data = json!({
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "headline": post.seo.title.as_ref().unwrap_or(&post.title),
        "description": post.seo.description.as_ref().unwrap_or(&post.excerpt),
        "url": post.address,
        "mainEntityOfPage": post.seo.canonical_url.as_ref().unwrap_or(&post.address),
        "datePublished": post.published,
        "dateModified": post.updated,
        "inLanguage": post.locale,
        "wordCount": post.words,
        "keywords": post.tags.iter().map(|tag| &tag.name).collect::<Vec<_>>(),
        "author": post.authors.iter().map(author).collect::<Vec<_>>(),
        "publisher": {"@type": "Organization", "name": state.options.title},
    });
    if let Some(cover) = &post.cover {
        data["image"] = json!(cover);
    }
    if let Some(category) = &post.category {
        data["articleSection"] = json!(category.name);
    }
    if let Some(source) = source {
        data["digitalSourceType"] = json!(source.address());
    }
    data
}

/// Where no route leads: a former address of a post redirects to it.
pub(super) async fn fallback(State(state): State<AppState>, uri: Uri) -> Result<Response, Problem> {
    let path = percent_encoding::percent_decode_str(uri.path()).decode_utf8_lossy();
    let alias = state
        .blog
        .posts()
        .by_alias(&Actor::anonymous(), &path)
        .await;
    match alias {
        Ok(post) => Ok(moved(&state, post.slug.as_str())),
        Err(error) => missing(&state, error),
    }
}

fn moved(state: &AppState, slug: &str) -> Response {
    Redirect::permanent(&address::post(state.options.prefix(), slug)).into_response()
}

fn missing(state: &AppState, error: Error) -> Result<Response, Problem> {
    match error.kind() {
        ErrorKind::NotFound => Ok(no_such_page(state)),
        _ => Err(error.into()),
    }
}
