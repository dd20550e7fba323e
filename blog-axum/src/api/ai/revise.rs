use axum::Json;
use axum::extract::State;
use blog_core::Error;
use blog_core::domain::PostId;
use blog_core::services::ai::{Goal, Report, Revised, Revision, Rewrite, Shorten};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::generate::TokensBody;
use super::subject::subject_or_body;
use super::{TAG, money, receipt};
use crate::auth::RequestActor;
use crate::extract::JsonBody;
use crate::problem::{Problem, Problems};
use crate::router::AppState;

/// What is left of a text that is shortened, unless given.
const SHARE: f64 = 0.5;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Rewrite)]
pub(super) struct RewriteBody {
    /// Markdown of at most 100,000 bytes; this or `post`, or both for what the post's body says by now
    text: Option<String>,
    /// A post's id; beside `text` for whoever may edit it
    post: Option<PostId>,
    /// What is wanted of the wording: at most 2,000 characters
    instruction: Option<String>,
    /// The text's own unless given; a name that is not known is answered with those that are
    style: Option<String>,
    /// The text's own unless given
    tone: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Shorten)]
pub(super) struct ShortenBody {
    /// Markdown of at most 100,000 bytes; this or `post`, or both for what the post's body says by now
    text: Option<String>,
    /// A post's id; beside `text` for whoever may edit it
    post: Option<PostId>,
    /// So many words: from a tenth to nine tenths of those that the paragraphs have
    to: Option<u32>,
    /// The share of the words that is to be left: 0.1 to 0.9, and 0.5 unless this or `to` is given
    share: Option<f64>,
}

/// Paragraphs that a model would word in another way. Nothing is changed by it.
#[derive(Serialize, ToSchema)]
#[schema(as = Revised)]
pub(super) struct RevisedBody {
    /// `model:` and the name of the model
    engine: String,
    /// Those that it would change, in order
    paragraphs: Vec<Revision>,
    usage: TokensBody,
    /// In the currency of the prices; null where the model has no price
    cost: Option<f64>,
    /// What was done to the paragraphs before anybody saw them, and those that stay as they are
    reports: Vec<Report>,
    /// Of a post: what says, for a day, where words come from that are accepted
    /// (`POST /api/posts/{id}/assistant/accepted`)
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
}

impl From<Revised> for RevisedBody {
    fn from(revised: Revised) -> Self {
        Self {
            engine: revised.engine.to_string(),
            paragraphs: revised.paragraphs,
            usage: revised.usage.into(),
            cost: revised.cost_micros.map(money),
            reports: revised.reports,
            receipt: revised.receipt.as_ref().map(receipt::written),
        }
    }
}

/// Lets a model word paragraphs anew, each to be taken or left. Code, addresses and HTML in them stay.
#[utoipa::path(
    post, path = "/ai/rewrite", tag = TAG,
    request_body = RewriteBody,
    responses((status = OK, body = RevisedBody), Problems),
)]
pub(super) async fn rewrite(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    JsonBody(body): JsonBody<RewriteBody>,
) -> Result<Json<RevisedBody>, Problem> {
    let wanted = Rewrite {
        subject: subject_or_body(body.text, body.post)?,
        instruction: body.instruction,
        style: body.style,
        tone: body.tone,
    };
    let revised = state.blog.ai().rewrite(&actor, &wanted).await?;
    Ok(Json(revised.into()))
}

/// Lets a model shorten paragraphs, each to be taken or left. An empty one is to be left out.
#[utoipa::path(
    post, path = "/ai/shorten", tag = TAG,
    request_body = ShortenBody,
    responses((status = OK, body = RevisedBody), Problems),
)]
pub(super) async fn shorten(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    JsonBody(body): JsonBody<ShortenBody>,
) -> Result<Json<RevisedBody>, Problem> {
    let goal = match (body.to, body.share) {
        (Some(words), None) => Goal::Words(words),
        (None, share) => Goal::Share(share.unwrap_or(SHARE)),
        (Some(_), Some(_)) => {
            let message = "must not be given beside `to`";
            return Err(Error::invalid_field("share", message).into());
        }
    };
    let wanted = Shorten {
        subject: subject_or_body(body.text, body.post)?,
        goal,
    };
    let revised = state.blog.ai().shorten(&actor, &wanted).await?;
    Ok(Json(revised.into()))
}
