use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use blog_core::domain::{AuthorId, PostId};
use blog_core::ports::{Facets, Highlights, SearchQuery, SearchSort};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{PageBody, PostSummary, summaries};
use super::page_size;
use super::posts::post_id;
use crate::auth::RequestActor;
use crate::cursor::CursorBinding;
use crate::extract::{Parameters, locale, point_in_time};
use crate::problem::{Problem, Problems};
use crate::router::AppState;

const TAG: &str = "Search";

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(search))
        .routes(routes!(complete))
        .routes(routes!(related))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchParameters {
    /// Words, `"phrases"` and `prefix*`; empty finds everything
    #[serde(default)]
    q: String,
    tag: Option<String>,
    category: Option<String>,
    #[param(value_type = Option<String>)]
    author: Option<AuthorId>,
    locale: Option<String>,
    /// From this time or day on
    from: Option<String>,
    /// Before this time or day
    to: Option<String>,
    #[serde(default)]
    #[param(inline)]
    sort: SearchSort,
    /// 1 to 100, 20 unless given
    limit: Option<usize>,
    /// `next` of the page before
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SearchResults)]
struct SearchBody {
    hits: Vec<HitBody>,
    total: usize,
    facets: Facets,
    suggestion: Option<String>,
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Hit)]
struct HitBody {
    post: PostSummary,
    score: f32,
    highlights: Highlights,
}

/// Finds posts.
#[utoipa::path(
    get, path = "/api/search", tag = TAG,
    params(SearchParameters),
    responses((status = OK, body = SearchBody), Problems),
)]
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

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CompleteParameters {
    q: String,
    limit: Option<usize>,
}

/// Completes what is being typed.
#[utoipa::path(
    get, path = "/api/search/complete", tag = TAG,
    params(CompleteParameters),
    responses((status = OK, body = PageBody<String>), Problems),
)]
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

/// Lists posts that are about the same.
#[utoipa::path(
    get, path = "/api/posts/{id}/related", tag = TAG,
    params(("id" = PostId, Path, description = "The post")),
    responses((status = OK, body = PageBody<PostSummary>), Problems),
)]
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
