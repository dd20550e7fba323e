//! A language model that writes in a post's room.

mod model;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use blog_core::domain::PostId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::model::{AcceptedBody, AssistBody, RunBody};
use super::posts::post_id;
use crate::auth::RequestActor;
use crate::extract::JsonBody;
use crate::problem::{Problem, Problems};
use crate::router::AppState;
use crate::websocket::hub;

const TAG: &str = "AI";

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(assist, look, end))
        .routes(routes!(undo))
        .routes(routes!(accepted))
}

/// Lets a language model write in a post's room, beside the people there.
///
/// It is a participant of its own: its awareness state has `assistant: {run, by}` beside `user` and
/// `cursor`. It writes block by block, each of which is guarded; what others write meanwhile stays. At the
/// end, however that comes, what it has written is a version of kind ai. One writes in a post at a time: a
/// second is refused with 409.
#[utoipa::path(
    post, path = "/api/posts/{id}/assistant", tag = TAG,
    params(("id" = PostId, Path, description = "The post")),
    request_body = AssistBody,
    responses(
        (status = ACCEPTED, body = RunBody, headers(("Location" = String))),
        Problems,
    ),
)]
async fn assist(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
    JsonBody(wanted): JsonBody<AssistBody>,
) -> Result<Response, Problem> {
    let post = post_id(&id)?;
    let run = hub(&state)?.assist(&actor, post, wanted.wanted()?).await?;
    let location = format!("{}/api/posts/{post}/assistant", state.options.prefix());
    let body = Json(RunBody::from(run));
    Ok((StatusCode::ACCEPTED, [(LOCATION, location)], body).into_response())
}

/// Says how the last run of an assistant in a post stands, or how it ended; after an hour that is forgotten.
#[utoipa::path(
    get, path = "/api/posts/{id}/assistant", tag = TAG,
    params(("id" = PostId, Path, description = "The post")),
    responses((status = OK, body = RunBody), Problems),
)]
async fn look(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
) -> Result<Json<RunBody>, Problem> {
    let run = hub(&state)?.assistant(&actor, post_id(&id)?).await?;
    Ok(Json(run.into()))
}

/// Ends the assistant that writes in a post. What it has written stays.
#[utoipa::path(
    delete, path = "/api/posts/{id}/assistant", tag = TAG,
    params(("id" = PostId, Path, description = "The post")),
    responses((status = NO_CONTENT), Problems),
)]
async fn end(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    hub(&state)?.end_assistant(&actor, post_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes back all that the last run has written in a post, as one edit. What people wrote in between stays.
#[utoipa::path(
    post, path = "/api/posts/{id}/assistant/undo", tag = TAG,
    params(("id" = PostId, Path, description = "The post")),
    responses((status = NO_CONTENT), Problems),
)]
async fn undo(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    hub(&state)?.undo_assistant(&actor, post_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a version of kind ai of what a post's room has stored, once suggestions of `/ai/rewrite` or
/// `/ai/shorten` were put into it by edits of one's own.
///
/// The version has the suggestions' provenance, and the words that the edits have inserted are the model's, also
/// where another version has them by then. Does nothing where the 50 newest versions tell of these edits.
#[utoipa::path(
    post, path = "/api/posts/{id}/assistant/accepted", tag = TAG,
    params(("id" = PostId, Path, description = "The post")),
    request_body = AcceptedBody,
    responses((status = NO_CONTENT), Problems),
)]
async fn accepted(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<AcceptedBody>,
) -> Result<StatusCode, Problem> {
    let hub = state.options.hub.as_ref().ok_or_else(|| {
        let message = "suggestions are accepted in live documents, and this server has none";
        Problem::new(StatusCode::NOT_FOUND, message)
    })?;
    let post = post_id(&id)?;
    hub.accept_suggestion(&actor, post, body.accepted()?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
