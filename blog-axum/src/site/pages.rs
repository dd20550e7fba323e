use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use blog_core::domain::Actor;
use blog_core::ports::{Highlights, PageKey, PostCard, PostQuery, PostView, SearchQuery, View};
use blog_core::render::reading_minutes;
use blog_core::services::Lookup;
use blog_core::{Error, ErrorKind, Result};
use chrono::SecondsFormat;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};

use crate::cursor::CursorBinding;
use crate::extract::Parameters;
use crate::problem::Problem;
use crate::router::AppState;

/// A post as the templates know it.
#[derive(Serialize)]
struct Entry {
    id: String,
    slug: String,
    address: String,
    title: String,
    excerpt: String,
    tags: Vec<String>,
    author: String,
    time: String,
    date: String,
    updated: String,
    minutes: u32,
    marked_title: Option<String>,
    marked_body: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct PageParameters {
    after: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SearchParameters {
    #[serde(default)]
    q: String,
    after: Option<String>,
}

pub(super) async fn home(
    State(state): State<AppState>,
    Parameters(wanted): Parameters<PageParameters>,
) -> Result<Response, Problem> {
    list(&state, PostQuery::default(), None, "/", wanted.after).await
}

pub(super) async fn tag(
    State(state): State<AppState>,
    Path(tag): Path<String>,
    uri: Uri,
    Parameters(wanted): Parameters<PageParameters>,
) -> Result<Response, Problem> {
    let mut query = PostQuery::default();
    query.tag = Some(tag.clone());
    list(&state, query, Some(tag), uri.path(), wanted.after).await
}

async fn list(
    state: &AppState,
    mut query: PostQuery,
    heading: Option<String>,
    path: &str,
    after: Option<String>,
) -> Result<Response, Problem> {
    let binding = CursorBinding::of(&("site", &query));
    query.after = after
        .map(|cursor| binding.read::<PageKey>(&cursor))
        .transpose()?;
    let page = state.blog.posts().list(&Actor::anonymous(), &query).await?;
    if heading.is_some() && page.items.is_empty() {
        return Ok(message(
            state,
            StatusCode::NOT_FOUND,
            "There is no such page.",
        ));
    }
    let prefix = state.options.prefix();
    let next = page
        .next
        .map(|key| format!("{prefix}{path}?after={}", binding.write(&key)));
    let posts = entries(
        state,
        page.items.into_iter().map(|card| (card, None)).collect(),
    )
    .await?;
    let values = context! { heading, posts => Value::from(Serde(&posts)), next, ..common(state) };
    Ok(state.templates.page(StatusCode::OK, "list.html", values))
}

pub(super) async fn search(
    State(state): State<AppState>,
    Parameters(wanted): Parameters<SearchParameters>,
) -> Result<Response, Problem> {
    let mut query = SearchQuery {
        text: wanted.q.clone(),
        limit: 20,
        ..SearchQuery::default()
    };
    let binding = CursorBinding::of(&("site search", &query));
    let offset = wanted
        .after
        .map(|cursor| binding.read::<usize>(&cursor))
        .transpose()?;
    query.offset = offset.unwrap_or(0);
    let found = state
        .blog
        .search()
        .search(&Actor::anonymous(), &query)
        .await?;
    let cards = found
        .hits
        .into_iter()
        .map(|hit| (hit.post, Some(hit.highlights)));
    let posts = entries(&state, cards.collect()).await?;
    let heading = format!("{} found", found.total);
    let next = found.next.map(|offset| {
        let text: String = url::form_urlencoded::byte_serialize(wanted.q.as_bytes()).collect();
        let after = binding.write(&offset);
        format!("{}/search?q={text}&after={after}", state.options.prefix())
    });
    let (query, suggestion) = (wanted.q, found.suggestion);
    let values = context! { heading, posts => Value::from(Serde(&posts)), next, query, suggestion, ..common(&state) };
    Ok(state.templates.page(StatusCode::OK, "list.html", values))
}

pub(super) async fn post(
    State(state): State<AppState>,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    let found = state
        .blog
        .posts()
        .by_slug(&Actor::anonymous(), &slug, None, View::Reader)
        .await;
    match found {
        Ok(Lookup::Found(view)) => page_of(&state, view).await,
        Ok(Lookup::Moved(post)) => Ok(moved(&state, post.slug.as_str())),
        Err(error) => missing(&state, error),
    }
}

async fn page_of(state: &AppState, view: PostView) -> Result<Response, Problem> {
    let rendered = state.blog.render(&view.version);
    let locale = view.post.locale.to_string();
    let toc = if rendered.toc.len() >= 3 {
        rendered.toc.clone()
    } else {
        vec![]
    };
    let post = entries(state, vec![(card(view), None)]).await?.pop();
    let html = &rendered.html;
    let values = context! {
    post => Value::from(Serde(&post)), html, toc => Value::from(Serde(&toc)), locale, ..common(state) };
    Ok(state.templates.page(StatusCode::OK, "post.html", values))
}

pub(super) async fn feed(State(state): State<AppState>) -> Result<Response, Problem> {
    let query = PostQuery::default();
    let page = state.blog.posts().list(&Actor::anonymous(), &query).await?;
    let posts = entries(
        &state,
        page.items.into_iter().map(|card| (card, None)).collect(),
    )
    .await?;
    let latest = posts.iter().map(|post| post.updated.clone()).max();
    let updated = latest.unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned());
    Ok(state.templates.feed(
        "feed.xml",
        context! { posts => Value::from(Serde(&posts)), updated, ..common(&state) },
    ))
}

/// Where no route leads: a former address of a post redirects to it.
pub(crate) async fn fallback(State(state): State<AppState>, uri: Uri) -> Response {
    let alias = state
        .blog
        .posts()
        .by_alias(&Actor::anonymous(), uri.path())
        .await;
    match alias {
        Ok(post) => moved(&state, post.slug.as_str()),
        Err(error) => missing(&state, error).unwrap_or_else(IntoResponse::into_response),
    }
}

fn moved(state: &AppState, slug: &str) -> Response {
    Redirect::permanent(&format!("{}/posts/{slug}", state.options.prefix())).into_response()
}

fn missing(state: &AppState, error: Error) -> Result<Response, Problem> {
    match error.kind() {
        ErrorKind::NotFound => Ok(message(
            state,
            StatusCode::NOT_FOUND,
            "There is no such page.",
        )),
        _ => Err(error.into()),
    }
}

fn message(state: &AppState, status: StatusCode, heading: &str) -> Response {
    state.templates.page(
        status,
        "message.html",
        context! { heading, ..common(state) },
    )
}

fn common(state: &AppState) -> Value {
    context! {
        locale => state.blog.default_locale().as_str(),
        site => context! {
            title => &state.options.title,
            prefix => state.options.prefix(),
            address => state.options.address(),
        },
    }
}

fn card(view: PostView) -> PostCard {
    PostCard {
        post: view.post,
        number: view.version.number,
        content: view.version.content,
        summary: view.version.summary,
    }
}

async fn entries(
    state: &AppState,
    cards: Vec<(PostCard, Option<Highlights>)>,
) -> Result<Vec<Entry>> {
    let ids: Vec<_> = cards
        .iter()
        .map(|(card, _)| card.post.author.clone())
        .collect();
    let profiles = state.blog.taxonomy().profiles(&ids).await?;
    let entry = |(card, marks): (PostCard, Option<Highlights>)| {
        let PostCard {
            post,
            content,
            summary,
            ..
        } = card;
        let author = profiles.iter().find(|profile| profile.id == post.author);
        let time = post.ordered_at();
        let updated = post.public_updated_at.unwrap_or(post.updated_at);
        let (marked_title, marked_body) = match marks {
            Some(marks) => (Some(marks.title), Some(marks.body.join(" … "))),
            None => (None, None),
        };
        Entry {
            id: post.id.to_string(),
            address: format!("{}/posts/{}", state.options.address(), post.slug),
            slug: post.slug.to_string(),
            title: content.title,
            excerpt: content.excerpt.unwrap_or(summary.excerpt),
            tags: content.tags,
            author: author.map_or(post.author, |profile| profile.name.clone()),
            time: time.to_rfc3339_opts(SecondsFormat::Secs, true),
            date: time.format("%-d %B %Y").to_string(),
            updated: updated.to_rfc3339_opts(SecondsFormat::Secs, true),
            minutes: reading_minutes(summary.word_count),
            marked_title,
            marked_body: marked_body.filter(|body| !body.is_empty()),
        }
    };
    Ok(cards.into_iter().map(entry).collect())
}
