use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use blog_core::domain::PostId;
use blog_core::services::ai::{LinkSuggestion, Suggest, SuggestionKind, Suggestions, Topic};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::events::AnswerEvents;
use super::look::Answer;
use super::subject::subject;
use super::{TAG, events};
use crate::auth::RequestActor;
use crate::extract::JsonBody;
use crate::options::RouterOptions;
use crate::problem::{Problem, Problems};
use crate::router::AppState;
use crate::site::address;

/// Suggestions of each kind, unless given.
const COUNT: usize = 5;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Suggest)]
pub(super) struct SuggestBody {
    /// Markdown; this or `post`
    text: Option<String>,
    /// A post's id; this or `text`
    post: Option<PostId>,
    /// What is wanted; all of it unless given
    #[serde(default)]
    kinds: Vec<SuggestionKind>,
    /// At most so many of each: 1 to 20, 5 unless given
    count: Option<usize>,
    /// Whether this program answers where the model fails
    #[serde(default)]
    fall_back: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Suggestions)]
pub(super) struct SuggestionsBody {
    titles: Vec<String>,
    topics: Vec<Topic>,
    links: Vec<LinkBody>,
    tags: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LinkSuggestion)]
struct LinkBody {
    post: PostId,
    title: String,
    /// The post's page, as a path of this host
    url: String,
    /// Words of the text that could become the link, as they stand there; null where none names the post
    anchor: Option<String>,
}

impl SuggestionsBody {
    fn of(options: &RouterOptions, found: Suggestions) -> Self {
        let links = found.links.into_iter();
        Self {
            titles: found.titles,
            topics: found.topics,
            links: links.map(|link| LinkBody::of(options, link)).collect(),
            tags: found.tags,
        }
    }
}

impl LinkBody {
    fn of(options: &RouterOptions, link: LinkSuggestion) -> Self {
        let post = link.post.post;
        Self {
            post: post.id,
            title: link.post.content.title,
            url: address::post(options.prefix(), post.slug.as_str()),
            anchor: link.anchor,
        }
    }
}

/// Suggests what a text could have: titles, links to published posts about the same, and tags that the blog
/// has; and what the blog could write about next.
#[utoipa::path(
    post, path = "/ai/suggest", tag = TAG,
    request_body = SuggestBody,
    responses(
        (status = OK, content((Answer<SuggestionsBody> = "application/json"), (AnswerEvents = "text/event-stream"))),
        Problems,
    ),
)]
pub(super) async fn suggest(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    headers: HeaderMap,
    JsonBody(body): JsonBody<SuggestBody>,
) -> Result<Response, Problem> {
    let wanted = Suggest {
        subject: subject(body.text, body.post)?,
        kinds: body.kinds,
        count: body.count.unwrap_or(COUNT),
        fall_back: body.fall_back,
    };
    let asked = state.clone();
    let work = async move {
        let found = asked.blog.ai().suggest(&actor, &wanted).await?;
        Ok(Answer::of(found, |found| {
            SuggestionsBody::of(&asked.options, found)
        }))
    };
    events::found(&state, &headers, work).await
}
