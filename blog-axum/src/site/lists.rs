//! Pages that list posts: the newest, those with a tag, in a category, by an author.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use blog_core::domain::{Actor, AuthorProfile};
use blog_core::ports::{PageKey, PostQuery};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Deserialize;

use super::answers::{no_such_page, page};
use super::entry::{Link, entries};
use super::{address, common};
use crate::cursor::CursorBinding;
use crate::extract::Parameters;
use crate::problem::Problem;
use crate::router::AppState;

#[derive(Deserialize)]
pub(super) struct PageParameters {
    cursor: Option<String>,
}

/// A list and what stands above it.
#[derive(Default)]
struct List {
    query: PostQuery,
    /// The path of its first page, with the prefix.
    path: String,
    heading: Option<String>,
    /// The categories above a category.
    above: Vec<Link>,
    author: Option<AuthorProfile>,
}

pub(super) async fn home(
    State(state): State<AppState>,
    Parameters(wanted): Parameters<PageParameters>,
) -> Result<Response, Problem> {
    let list = List {
        path: state.options.home().to_owned(),
        ..List::default()
    };
    answer(&state, list, wanted).await
}

pub(super) async fn tag(
    State(state): State<AppState>,
    Path(tag): Path<String>,
    Parameters(wanted): Parameters<PageParameters>,
) -> Result<Response, Problem> {
    let mut query = PostQuery::default();
    query.tag = Some(tag.clone());
    let list = List {
        query,
        path: address::tag(state.options.prefix(), &tag),
        heading: Some(tag),
        ..List::default()
    };
    answer(&state, list, wanted).await
}

pub(super) async fn category(
    State(state): State<AppState>,
    Path(path): Path<String>,
    Parameters(wanted): Parameters<PageParameters>,
) -> Result<Response, Problem> {
    let prefix = state.options.prefix();
    let mut query = PostQuery::default();
    query.category = Some(path.clone());
    let above = path.match_indices('/').map(|(end, _)| &path[..end]);
    let above = above.map(|path| Link {
        name: last_part(path).to_owned(),
        href: address::category(prefix, path),
    });
    let list = List {
        query,
        path: address::category(prefix, &path),
        above: above.collect(),
        heading: Some(last_part(&path).to_owned()),
        author: None,
    };
    answer(&state, list, wanted).await
}

pub(super) async fn author(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Parameters(wanted): Parameters<PageParameters>,
) -> Result<Response, Problem> {
    let profiles = state
        .blog
        .taxonomy()
        .profiles(std::slice::from_ref(&id))
        .await?;
    let author = profiles.into_iter().next();
    let mut query = PostQuery::default();
    query.author = Some(id.clone());
    let list = List {
        query,
        path: address::author(state.options.prefix(), &id),
        heading: Some(author.as_ref().map_or(id, |author| author.name.clone())),
        above: vec![],
        author,
    };
    answer(&state, list, wanted).await
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

async fn answer(state: &AppState, list: List, wanted: PageParameters) -> Result<Response, Problem> {
    let List {
        mut query,
        path,
        heading,
        above,
        author,
    } = list;
    let binding = CursorBinding::of(&("site", &query));
    let cursor = wanted.cursor.map(|cursor| binding.read::<PageKey>(&cursor));
    query.after = cursor.transpose()?;
    let found = state.blog.posts().list(&Actor::anonymous(), &query).await?;
    if found.items.is_empty() && (heading.is_some() || query.after.is_some()) {
        return Ok(no_such_page(state));
    }
    let next = found
        .next
        .map(|key| format!("{path}?cursor={}", binding.write(&key)));
    let posts = entries(&state.blog, &state.options, found.items).await?;
    let values = context! {
        heading, next, path,
        is_first => query.after.is_none(),
        above => Value::from(Serde(&above)),
        author => Value::from(Serde(&author)),
        posts => Value::from(Serde(&posts)),
        ..common(state)
    };
    page(state, StatusCode::OK, "list.html", values)
}
