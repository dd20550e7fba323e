use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use blog_core::domain::AuthorId;
use blog_core::ports::{Facets, Highlights, SearchQuery, SearchSort};
use serde::{Deserialize, Serialize};

use super::model::{PageBody, PostSummary, summaries};
use super::page_size;
use super::posts::post_id;
use crate::auth::RequestActor;
use crate::cursor::CursorBinding;
use crate::extract::{Parameters, locale, point_in_time};
use crate::problem::Problem;
use crate::router::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/search", get(search))
        .route("/search/complete", get(complete))
        .route("/posts/{id}/related", get(related))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchParameters {
    #[serde(default)]
    q: String,
    tag: Option<String>,
    category: Option<String>,
    author: Option<AuthorId>,
    locale: Option<String>,
    from: Option<String>,
    to: Option<String>,
    #[serde(default)]
    sort: SearchSort,
    limit: Option<usize>,
    cursor: Option<String>,
}

#[derive(Serialize)]
struct SearchBody {
    hits: Vec<HitBody>,
    total: usize,
    facets: Facets,
    suggestion: Option<String>,
    next: Option<String>,
}

#[derive(Serialize)]
struct HitBody {
    post: PostSummary,
    score: f32,
    highlights: Highlights,
}

async fn search(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Parameters(wanted): Parameters<SearchParameters>,
) -> Result<Json<SearchBody>, Problem> {
    let mut query = SearchQuery {
        text: wanted.q,
        tag: wanted.tag,
        category: wanted.category,
        author: wanted.author,
        locale: locale(wanted.locale.as_deref())?,
        from: point_in_time("from", wanted.from.as_deref())?,
        to: point_in_time("to", wanted.to.as_deref())?,
        sort: wanted.sort,
        ..SearchQuery::default()
    };
    let binding = CursorBinding::of(&("search", &query, state.blog.scope(&actor)));
    let offset = wanted
        .cursor
        .map(|cursor| binding.read::<usize>(&cursor))
        .transpose()?;
    query.offset = offset.unwrap_or(0);
    query.limit = page_size(wanted.limit)?;
    let found = state.blog.search().search(&actor, &query).await?;
    let mut cards = Vec::with_capacity(found.hits.len());
    let mut matches = Vec::with_capacity(found.hits.len());
    for hit in found.hits {
        cards.push(hit.post);
        matches.push((hit.score, hit.highlights));
    }
    let posts = summaries(&state.blog, &actor, cards).await?;
    let hits = posts
        .into_iter()
        .zip(matches)
        .map(|(post, (score, highlights))| HitBody {
            post,
            score,
            highlights,
        });
    Ok(Json(SearchBody {
        hits: hits.collect(),
        total: found.total,
        facets: found.facets,
        suggestion: found.suggestion,
        next: found.next.map(|offset| binding.write(&offset)),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompleteParameters {
    q: String,
    limit: Option<usize>,
}

async fn complete(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Parameters(wanted): Parameters<CompleteParameters>,
) -> Result<Json<PageBody<String>>, Problem> {
    if wanted.q.trim().is_empty() {
        return Err(Problem::field(
            StatusCode::BAD_REQUEST,
            "q",
            "must not be empty",
        ));
    }
    let limit = page_size(wanted.limit)?;
    let items = state
        .blog
        .search()
        .complete(&actor, &wanted.q, limit)
        .await?;
    Ok(Json(PageBody { items, next: None }))
}

async fn related(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
) -> Result<Json<PageBody<PostSummary>>, Problem> {
    let posts = state
        .blog
        .search()
        .related(&actor, post_id(&id)?, 5)
        .await?;
    Ok(Json(PageBody {
        items: summaries(&state.blog, &actor, posts).await?,
        next: None,
    }))
}
