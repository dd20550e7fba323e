use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use blog_core::domain::{Content, Locale, PostId, Seo};
use blog_core::services::ai::{Report, Translate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::model::{PostBody, post_body};
use super::events::AnswerEvents;
use super::generate::TokensBody;
use super::subject::subject;
use super::{TAG, events, money};
use crate::auth::RequestActor;
use crate::extract::JsonBody;
use crate::problem::{Problem, Problems};
use crate::router::AppState;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Translate)]
pub(super) struct TranslateBody {
    /// Markdown of at most 100,000 bytes, with a front matter or without; this or `post`
    text: Option<String>,
    /// A post's id; this or `text`
    post: Option<PostId>,
    /// The language
    to: Locale,
    /// Whether a post's translation is kept as a draft
    #[serde(default)]
    save_as_draft: bool,
}

/// A text in another language.
#[derive(Serialize, ToSchema)]
#[schema(as = Translated)]
pub(super) struct TranslatedBody {
    /// `model:` and the name of the model
    engine: String,
    language: Locale,
    content: TranslatedContentBody,
    usage: TokensBody,
    /// In the currency of the prices; null where the model has no price
    cost: Option<f64>,
    /// What was done to the text before anybody saw it, and what stays in its language
    reports: Vec<Report>,
    /// The draft, where one was wanted
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<PostBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TranslatedContent)]
struct TranslatedContentBody {
    /// Of a post
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// Of a post that has one
    #[serde(skip_serializing_if = "Option::is_none")]
    excerpt: Option<String>,
    /// Markdown, with what stood above the text
    body: String,
    /// Of a post that tells search engines something of its own
    #[serde(skip_serializing_if = "Option::is_none")]
    seo: Option<TranslatedSeoBody>,
}

/// What search engines are told of a post, in another language.
#[derive(Serialize, ToSchema)]
#[schema(as = TranslatedSeo)]
struct TranslatedSeoBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl From<Content> for TranslatedContentBody {
    fn from(content: Content) -> Self {
        let Seo {
            title, description, ..
        } = content.seo;
        let has_seo = title.is_some() || description.is_some();
        Self {
            seo: has_seo.then_some(TranslatedSeoBody { title, description }),
            title: Some(content.title).filter(|title| !title.is_empty()),
            excerpt: content.excerpt,
            body: content.body,
        }
    }
}

/// Lets a model translate a text or a post. Markdown, code, addresses, HTML and the fields of a front matter
/// but its title and description stay as they are.
#[utoipa::path(
    post, path = "/ai/translate", tag = TAG,
    request_body = TranslateBody,
    responses(
        (status = OK, content((TranslatedBody = "application/json"), (AnswerEvents = "text/event-stream"))),
        Problems,
    ),
)]
pub(super) async fn translate(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    headers: HeaderMap,
    JsonBody(body): JsonBody<TranslateBody>,
) -> Result<Response, Problem> {
    let wanted = Translate {
        subject: subject(body.text, body.post)?,
        to: body.to,
        save_as_draft: body.save_as_draft,
    };
    let blog = state.blog.clone();
    let work = async move {
        let translated = blog.ai().translate(&actor, &wanted).await?;
        let post = match &translated.post {
            Some(view) => Some(post_body(&blog, &actor, view).await?),
            None => None,
        };
        Ok(TranslatedBody {
            engine: translated.engine.to_string(),
            language: translated.language,
            content: translated.content.into(),
            usage: TokensBody::from(translated.usage),
            cost: translated.cost_micros.map(money),
            reports: translated.reports,
            post,
        })
    };
    events::found(&state, &headers, work).await
}
