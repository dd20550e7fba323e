use axum::Json;
use axum::extract::State;
use blog_core::ports::{AuthorCount, TermCount};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::PageBody;
use crate::auth::RequestActor;
use crate::problem::{Problem, Problems};
use crate::router::AppState;

const TAG: &str = "Tags, categories, authors";

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(tags))
        .routes(routes!(categories))
        .routes(routes!(authors))
}

/// Lists tags with the number of their posts, most first.
#[utoipa::path(
    get, path = "/api/tags", tag = TAG,
    responses((status = OK, body = PageBody<TermCount>), Problems),
)]
async fn tags(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
) -> Result<Json<PageBody<TermCount>>, Problem> {
    whole(state.blog.taxonomy().tags(&actor).await?)
}

/// Lists categories with the number of posts directly in them, by path.
#[utoipa::path(
    get, path = "/api/categories", tag = TAG,
    responses((status = OK, body = PageBody<TermCount>), Problems),
)]
async fn categories(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
) -> Result<Json<PageBody<TermCount>>, Problem> {
    whole(state.blog.taxonomy().categories(&actor).await?)
}

/// Lists authors with the number of their posts, by name.
#[utoipa::path(
    get, path = "/api/authors", tag = TAG,
    responses((status = OK, body = PageBody<AuthorCount>), Problems),
)]
async fn authors(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
) -> Result<Json<PageBody<AuthorCount>>, Problem> {
    whole(state.blog.taxonomy().authors(&actor).await?)
}

fn whole<T>(items: Vec<T>) -> Result<Json<PageBody<T>>, Problem> {
    Ok(Json(PageBody { items, next: None }))
}
