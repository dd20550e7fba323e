use axum::extract::{Path, State};
use axum::response::Response;
use blog_core::domain::PostId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::PostBody;
use super::posts::{answer, post_id};
use crate::auth::RequestActor;
use crate::preconditions::KnownTags;
use crate::problem::{Problem, Problems};
use crate::router::AppState;

const TAG: &str = "Posts";

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(lock))
        .routes(routes!(unlock))
}

/// Locks a post: until it is unlocked, only whoever did this edits it.
#[utoipa::path(
    post, path = "/api/posts/{id}/lock", tag = TAG,
    params(("id" = PostId, Path, description = "The post")),
    responses((status = OK, body = PostBody), Problems),
)]
async fn lock(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = state.blog.collab().lock(&actor, post_id(&id)?).await?;
    answer(&state, &actor, &KnownTags::default(), &view).await
}

/// Takes the lock off a post.
#[utoipa::path(
    post, path = "/api/posts/{id}/unlock", tag = TAG,
    params(("id" = PostId, Path, description = "The post")),
    responses((status = OK, body = PostBody), Problems),
)]
async fn unlock(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = state.blog.collab().unlock(&actor, post_id(&id)?).await?;
    answer(&state, &actor, &KnownTags::default(), &view).await
}
