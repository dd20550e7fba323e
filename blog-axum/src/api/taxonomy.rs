use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use blog_core::ports::{AuthorCount, TermCount};

use super::model::PageBody;
use crate::auth::RequestActor;
use crate::problem::Problem;
use crate::router::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/tags", get(tags))
        .route("/categories", get(categories))
        .route("/authors", get(authors))
}

async fn tags(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
) -> Result<Json<PageBody<TermCount>>, Problem> {
    whole(state.blog.taxonomy().tags(&actor).await?)
}

async fn categories(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
) -> Result<Json<PageBody<TermCount>>, Problem> {
    whole(state.blog.taxonomy().categories(&actor).await?)
}

async fn authors(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
) -> Result<Json<PageBody<AuthorCount>>, Problem> {
    whole(state.blog.taxonomy().authors(&actor).await?)
}

fn whole<T>(items: Vec<T>) -> Result<Json<PageBody<T>>, Problem> {
    Ok(Json(PageBody { items, next: None }))
}
