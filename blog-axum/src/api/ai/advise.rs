use axum::Json;
use axum::extract::State;
use blog_core::domain::PostId;
use blog_core::services::ai::{Moderation, PictureText};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TAG;
use super::look::Answer;
use super::subject::subject;
use crate::auth::RequestActor;
use crate::extract::JsonBody;
use crate::problem::{Problem, Problems};
use crate::router::AppState;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DescribePictures)]
pub(super) struct AltTextBody {
    /// Markdown; this or `post`
    text: Option<String>,
    /// A post's id; this or `text`
    post: Option<PostId>,
    /// The address of one of its pictures, as it stands there; all of them unless given
    image: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PictureTexts)]
pub(super) struct PictureTextsBody {
    images: Vec<PictureText>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Moderate)]
pub(super) struct ModerateBody {
    /// A comment of at most 10,000 characters
    text: String,
}

/// Proposes what pictures say to those who do not see them. A model does not see them either: it is told the
/// words around each, its file's name, and the text and title that it has.
#[utoipa::path(
    post, path = "/ai/alt-text", tag = TAG,
    request_body = AltTextBody,
    responses((status = OK, body = Answer<PictureTextsBody>), Problems),
)]
pub(super) async fn alt_text(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    JsonBody(body): JsonBody<AltTextBody>,
) -> Result<Json<Answer<PictureTextsBody>>, Problem> {
    let subject = subject(body.text, body.post)?;
    let ai = state.blog.ai();
    let found = ai.alt_text(&actor, &subject, body.image.as_deref()).await?;
    Ok(Json(Answer::of(found, |images| PictureTextsBody {
        images,
    })))
}

/// Says what a comment is. It is advice for those who decide; nothing follows from it.
#[utoipa::path(
    post, path = "/ai/moderate", tag = TAG,
    request_body = ModerateBody,
    responses((status = OK, body = Answer<Moderation>), Problems),
)]
pub(super) async fn moderate(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    JsonBody(body): JsonBody<ModerateBody>,
) -> Result<Json<Answer<Moderation>>, Problem> {
    let found = state.blog.ai().moderate(&actor, &body.text).await?;
    Ok(Json(Answer::of(found, |moderation| moderation)))
}
