use axum::Json;
use axum::extract::State;
use blog_core::Error;
use blog_core::analysis::Sentiment;
use blog_core::domain::PostId;
use blog_core::services::ai::{Look, Looked, SeoAdvice, Subject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TAG;
use crate::auth::RequestActor;
use crate::extract::JsonBody;
use crate::problem::{Problem, Problems};
use crate::router::AppState;

/// Sentences of a summary, unless given.
const SENTENCES: usize = 3;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Look)]
pub(super) struct LookBody {
    /// Markdown; this or `post`
    text: Option<String>,
    /// A post's id; this or `text`
    post: Option<PostId>,
    /// Whether this program answers where the model fails
    #[serde(default)]
    fall_back: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Summarize)]
pub(super) struct SummarizeBody {
    /// Markdown; this or `post`
    text: Option<String>,
    /// A post's id; this or `text`
    post: Option<PostId>,
    /// Whether this program answers where the model fails
    #[serde(default)]
    fall_back: bool,
    /// 1 to 20, 3 unless given
    sentences: Option<usize>,
}

impl TryFrom<LookBody> for Look {
    type Error = Error;

    fn try_from(body: LookBody) -> Result<Self, Error> {
        let subject = match (body.text, body.post) {
            (Some(text), None) => Subject::Text(text),
            (None, Some(post)) => Subject::Post(post),
            (None, None) => {
                let message = "must be given, or `post` in its place";
                return Err(Error::invalid_field("text", message));
            }
            (Some(_), Some(_)) => {
                let message = "must not be given beside `text`";
                return Err(Error::invalid_field("post", message));
            }
        };
        Ok(Self {
            subject,
            fall_back: body.fall_back,
        })
    }
}

/// What was found, and by what.
#[derive(Serialize, ToSchema)]
pub(super) struct Answer<T> {
    /// `model:` and the model's name, or `local`
    engine: String,
    #[serde(flatten)]
    found: T,
    /// That the text was too long for the model, which has seen a part of each section
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    shortened: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Summary)]
pub(super) struct SummaryBody {
    summary: String,
}

impl<T> Answer<T> {
    fn of<V>(looked: Looked<V>, found: impl FnOnce(V) -> T) -> Json<Self> {
        Json(Self {
            engine: looked.engine.to_string(),
            found: found(looked.value),
            shortened: looked.is_shortened,
        })
    }
}

/// Says what a text says in a few sentences: a model's, or without one the text's own.
#[utoipa::path(
    post, path = "/ai/summarize", tag = TAG,
    request_body = SummarizeBody,
    responses((status = OK, body = Answer<SummaryBody>), Problems),
)]
pub(super) async fn summarize(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    JsonBody { value: body, .. }: JsonBody<SummarizeBody>,
) -> Result<Json<Answer<SummaryBody>>, Problem> {
    let sentences = body.sentences.unwrap_or(SENTENCES);
    let look = Look::try_from(LookBody {
        text: body.text,
        post: body.post,
        fall_back: body.fall_back,
    })?;
    let found = state.blog.ai().summarize(&actor, &look, sentences).await?;
    Ok(Answer::of(found, |summary| SummaryBody { summary }))
}

/// Says how a text feels, as a whole and by paragraph.
#[utoipa::path(
    post, path = "/ai/sentiment", tag = TAG,
    request_body = LookBody,
    responses((status = OK, body = Answer<Sentiment>), Problems),
)]
pub(super) async fn sentiment(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    JsonBody { value: body, .. }: JsonBody<LookBody>,
) -> Result<Json<Answer<Sentiment>>, Problem> {
    let look = Look::try_from(body)?;
    let found = state.blog.ai().sentiment(&actor, &look).await?;
    Ok(Answer::of(found, |sentiment| sentiment))
}

/// Proposes what a text could say to search engines, and says what they will make of it as it is.
#[utoipa::path(
    post, path = "/ai/seo", tag = TAG,
    request_body = LookBody,
    responses((status = OK, body = Answer<SeoAdvice>), Problems),
)]
pub(super) async fn seo(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    JsonBody { value: body, .. }: JsonBody<LookBody>,
) -> Result<Json<Answer<SeoAdvice>>, Problem> {
    let look = Look::try_from(body)?;
    let found = state.blog.ai().seo(&actor, &look).await?;
    Ok(Answer::of(found, |advice| advice))
}
