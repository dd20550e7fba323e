use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use blog_core::domain::{Actor, Content, Locale};
use blog_core::ports::TokenUsage;
use blog_core::services::ai::{GeneratePost, Generated, Report, Source};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::model::{PostBody, post_body};
use super::events::PostEvents;
use super::{TAG, events, money};
use crate::auth::RequestActor;
use crate::extract::JsonBody;
use crate::problem::{Problem, Problems};
use crate::router::AppState;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GeneratePost)]
pub(super) struct WantedBody {
    /// What it is about
    topic: String,
    /// `article` unless given; a name that is not known is answered with those that are
    style: Option<String>,
    /// `neutral` unless given
    tone: Option<String>,
    /// `medium` unless given
    length: Option<String>,
    /// Whom it is for
    audience: Option<String>,
    /// The blog's language unless given
    language: Option<Locale>,
    #[serde(default)]
    keywords: Vec<String>,
    /// What it is to draw from, at most ten
    #[serde(default)]
    sources: Vec<SourceBody>,
    /// Whether an outline is made first
    #[serde(default)]
    outline: bool,
    /// Whether it is kept as a draft
    #[serde(default)]
    save_as_draft: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Source)]
struct SourceBody {
    /// At most 20,000 characters
    text: String,
    /// Where it is from; nothing is read there
    url: Option<String>,
}

impl From<WantedBody> for GeneratePost {
    fn from(wanted: WantedBody) -> Self {
        let source = |SourceBody { text, url }| Source { text, url };
        Self {
            topic: wanted.topic,
            style: wanted.style,
            tone: wanted.tone,
            length: wanted.length,
            audience: wanted.audience,
            language: wanted.language,
            keywords: wanted.keywords,
            sources: wanted.sources.into_iter().map(source).collect(),
            outline: wanted.outline,
            save_as_draft: wanted.save_as_draft,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = GeneratedPost)]
pub(super) struct GeneratedBody {
    /// `model:` and the name of the model that wrote it
    engine: String,
    content: ContentBody,
    usage: TokensBody,
    /// In the currency of the prices; null where the model has no price
    cost: Option<f64>,
    /// What was done to the text before anybody saw it
    reports: Vec<Report>,
    /// The draft, where one was wanted
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<PostBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = GeneratedContent)]
struct ContentBody {
    title: String,
    /// Markdown
    body: String,
    excerpt: Option<String>,
    tags: Vec<String>,
    category: Option<String>,
    seo: SeoBody,
}

#[derive(Serialize, ToSchema)]
#[schema(as = GeneratedSeo)]
struct SeoBody {
    title: Option<String>,
    description: Option<String>,
    keywords: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
pub(in super::super) struct TokensBody {
    input: u64,
    /// Those of them that the vendor had in its own cache
    cached_input: u64,
    output: u64,
}

/// Lets a model write a post.
#[utoipa::path(
    post, path = "/ai/generate-content", tag = TAG,
    request_body = WantedBody,
    responses(
        (status = OK, content((GeneratedBody = "application/json"), (PostEvents = "text/event-stream"))),
        Problems,
    ),
)]
pub(super) async fn generate(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    headers: HeaderMap,
    JsonBody(wanted): JsonBody<WantedBody>,
) -> Result<Response, Problem> {
    let wanted = GeneratePost::from(wanted);
    if events::wants_events(&headers) {
        let written = state.blog.ai().generate_stream(&actor, wanted).await?;
        return events::written(state, actor, written).await;
    }
    let generated = state.blog.ai().generate(&actor, wanted).await?;
    let body = generated_body(&state, &actor, generated).await?;
    Ok(Json(body).into_response())
}

pub(super) async fn generated_body(
    state: &AppState,
    actor: &Actor,
    generated: Generated,
) -> Result<GeneratedBody, Problem> {
    let engine = generated.engine().to_string();
    let post = match &generated.post {
        Some(view) => Some(post_body(&state.blog, actor, view).await?),
        None => None,
    };
    Ok(GeneratedBody {
        engine,
        content: generated.content.into(),
        usage: generated.usage.into(),
        cost: generated.provenance.cost_micros.map(money),
        reports: generated.reports,
        post,
    })
}

impl From<TokenUsage> for TokensBody {
    fn from(usage: TokenUsage) -> Self {
        Self {
            input: usage.input,
            cached_input: usage.cached_input,
            output: usage.output,
        }
    }
}

impl From<Content> for ContentBody {
    fn from(content: Content) -> Self {
        Self {
            title: content.title,
            body: content.body,
            excerpt: content.excerpt,
            tags: content.tags,
            category: content.category,
            seo: SeoBody {
                title: content.seo.title,
                description: content.seo.description,
                keywords: content.seo.keywords,
            },
        }
    }
}
