use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use blog_core::Error;
use blog_core::analysis::Sentiment;
use blog_core::domain::PostId;
use blog_core::services::ai::{Look, Looked, Report, SeoAdvice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::events::AnswerEvents;
use super::subject::subject;
use super::{TAG, events};
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
        Ok(Self {
            subject: subject(body.text, body.post)?,
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
    /// What was done to what the model said before anybody saw it, if anything was
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reports: Vec<Report>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Summary)]
pub(super) struct SummaryBody {
    summary: String,
}

impl<T> Answer<T> {
    pub(super) fn of<V>(looked: Looked<V>, found: impl FnOnce(V) -> T) -> Self {
        Self {
            engine: looked.engine.to_string(),
            found: found(looked.value),
            shortened: looked.is_shortened,
            reports: looked.reports,
        }
    }
}

/// Says what a text says in a few sentences: a model's, or without one the text's own.
#[utoipa::path(
    post, path = "/ai/summarize", tag = TAG,
    request_body = SummarizeBody,
    responses(
        (status = OK, content((Answer<SummaryBody> = "application/json"), (AnswerEvents = "text/event-stream"))),
        Problems,
    ),
)]
pub(super) async fn summarize(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    headers: HeaderMap,
    JsonBody(body): JsonBody<SummarizeBody>,
) -> Result<Response, Problem> {
    let sentences = body.sentences.unwrap_or(SENTENCES);
    let look = Look::try_from(LookBody {
        text: body.text,
        post: body.post,
        fall_back: body.fall_back,
    })?;
    let blog = state.blog.clone();
    let work = async move {
        let found = blog.ai().summarize(&actor, &look, sentences).await?;
        Ok(Answer::of(found, |summary| SummaryBody { summary }))
    };
    events::found(&state, &headers, work).await
}

/// Says how a text feels, as a whole and by paragraph.
#[utoipa::path(
    post, path = "/ai/sentiment", tag = TAG,
    request_body = LookBody,
    responses(
        (status = OK, content((Answer<Sentiment> = "application/json"), (AnswerEvents = "text/event-stream"))),
        Problems,
    ),
)]
pub(super) async fn sentiment(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    headers: HeaderMap,
    JsonBody(body): JsonBody<LookBody>,
) -> Result<Response, Problem> {
    let look = Look::try_from(body)?;
    let blog = state.blog.clone();
    let work = async move {
        let found = blog.ai().sentiment(&actor, &look).await?;
        Ok(Answer::of(found, |sentiment| sentiment))
    };
    events::found(&state, &headers, work).await
}

/// Proposes what a text could say to search engines, and says what they will make of it as it is; with the
/// language that it is in, what it is about, and how hard it is to read, all of which needs no model.
#[utoipa::path(
    post, path = "/ai/seo", tag = TAG,
    request_body = LookBody,
    responses(
        (status = OK, content((Answer<SeoAdvice> = "application/json"), (AnswerEvents = "text/event-stream"))),
        Problems,
    ),
)]
pub(super) async fn seo(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    headers: HeaderMap,
    JsonBody(body): JsonBody<LookBody>,
) -> Result<Response, Problem> {
    let look = Look::try_from(body)?;
    let blog = state.blog.clone();
    let work = async move {
        let found = blog.ai().seo(&actor, &look).await?;
        Ok(Answer::of(found, |advice| advice))
    };
    events::found(&state, &headers, work).await
}
