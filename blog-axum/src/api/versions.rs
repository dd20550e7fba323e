use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use blog_core::domain::{AuthorId, Content, Diff, VersionKind};
use blog_core::ports::VersionHeader;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::model::PageBody;
use super::page_size;
use super::posts::{answer, checked, post_id};
use crate::auth::RequestActor;
use crate::cursor::CursorBinding;
use crate::extract::Parameters;
use crate::problem::Problem;
use crate::router::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/posts/{id}/versions", get(history))
        .route("/posts/{id}/versions/{number}", get(one))
        .route("/posts/{id}/versions/{old}/diff/{new}", get(diff))
        .route("/posts/{id}/versions/{number}/restore", post(restore))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryParameters {
    limit: Option<usize>,
    cursor: Option<String>,
}

async fn history(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
    Parameters(wanted): Parameters<HistoryParameters>,
) -> Result<Json<PageBody<VersionHeader>>, Problem> {
    let id = post_id(&id)?;
    let binding = CursorBinding::of(&("versions", id));
    let before = wanted
        .cursor
        .map(|cursor| binding.read::<u32>(&cursor))
        .transpose()?;
    let limit = page_size(wanted.limit)?;
    let page = state
        .blog
        .versions()
        .history(&actor, id, before, limit)
        .await?;
    let next = page.next.map(|number| binding.write(&number));
    Ok(Json(PageBody {
        items: page.items,
        next,
    }))
}

#[derive(Serialize)]
struct VersionBody {
    number: u32,
    author: AuthorId,
    kind: VersionKind,
    message: Option<String>,
    created_at: DateTime<Utc>,
    content_hash: String,
    #[serde(flatten)]
    content: Content,
}

async fn one(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path((id, number)): Path<(String, u32)>,
) -> Result<Json<VersionBody>, Problem> {
    let version = state
        .blog
        .versions()
        .get(&actor, post_id(&id)?, number)
        .await?;
    Ok(Json(VersionBody {
        number: version.number,
        author: version.author,
        kind: version.kind,
        message: version.message,
        created_at: version.created_at,
        content_hash: version.content_hash.to_string(),
        content: version.content,
    }))
}

async fn diff(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path((id, old, new)): Path<(String, u32, u32)>,
) -> Result<Json<Diff>, Problem> {
    Ok(Json(
        state
            .blog
            .versions()
            .diff(&actor, post_id(&id)?, old, new)
            .await?,
    ))
}

async fn restore(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path((id, number)): Path<(String, u32)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = post_id(&id)?;
    let expected = checked(&state, &actor, id, &headers).await?;
    let view = state
        .blog
        .versions()
        .restore(&actor, id, number, expected)
        .await?;
    answer(&state, &actor, &HeaderMap::new(), view).await
}
