use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use blog_core::domain::{
    Actor, AuthorId, Content, Contributor, Diff, Piece, PostId, Provenance, Version, VersionKind,
};
use blog_core::ports::VersionHeader;
use blog_core::render::word_count;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{AuthorBody, PageBody, PostBody, authors_by_id};
use super::page_size;
use super::posts::{answer, checked, post_id};
use crate::auth::RequestActor;
use crate::cursor::CursorBinding;
use crate::extract::{JsonBody, Parameters};
use crate::preconditions::{IfMatch, KnownTags};
use crate::problem::{Problem, Problems};
use crate::router::AppState;

const TAG: &str = "Versions";

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(history, name))
        .routes(routes!(one))
        .routes(routes!(diff))
        .routes(routes!(authorship))
        .routes(routes!(restore))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HistoryParameters {
    /// 1 to 100, 20 unless given
    limit: Option<usize>,
    /// `next` of the page before
    cursor: Option<String>,
}

/// Some of a post's versions.
#[derive(Serialize, ToSchema)]
#[schema(as = History)]
pub(crate) struct HistoryBody {
    #[serde(flatten)]
    page: PageBody<VersionHeader>,
    /// All who are named in it.
    authors: Vec<AuthorBody>,
}

/// Lists a post's versions, newest first.
#[utoipa::path(
    get, path = "/api/posts/{id}/versions", tag = TAG,
    params(("id" = PostId, Path, description = "The post"), HistoryParameters),
    responses((status = OK, body = HistoryBody), Problems),
)]
async fn history(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
    Parameters(wanted): Parameters<HistoryParameters>,
) -> Result<Json<HistoryBody>, Problem> {
    let id = post_id(&id)?;
    let before = wanted
        .cursor
        .map(|cursor| binding(id).read::<u32>(&cursor))
        .transpose()?;
    let limit = page_size(wanted.limit)?;
    listed(&state, &actor, id, before, limit).await.map(Json)
}

/// A cursor leads on in one post's versions.
fn binding(post: PostId) -> CursorBinding {
    CursorBinding::of(&("versions", post))
}

/// At most `limit` versions below the number `before`, newest first.
pub(crate) async fn listed(
    state: &AppState,
    actor: &Actor,
    post: PostId,
    before: Option<u32>,
    limit: usize,
) -> Result<HistoryBody, Problem> {
    let versions = state.blog.versions();
    let page = versions.history(actor, post, before, limit).await?;
    let next = page.next.map(|number| binding(post).write(&number));
    let contributors = page.items.iter().flat_map(|version| &version.contributors);
    let contributors = contributors.map(|contributor| &contributor.author);
    let authors = page.items.iter().map(|version| &version.author);
    let provenances = page.items.iter().filter_map(|it| it.provenance.as_ref());
    let requesters = provenances.map(|provenance| &provenance.requester);
    let named = authors.chain(contributors).chain(requesters);
    let ids: BTreeSet<AuthorId> = named.cloned().collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let author = authors_by_id(&state.blog, &ids).await?;
    Ok(HistoryBody {
        page: PageBody {
            items: page.items,
            next,
        },
        authors: ids.into_iter().map(author).collect(),
    })
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VersionName)]
struct NameBody {
    message: String,
}

/// Keeps what a post says now, with what is being written live, as a version with a name.
#[utoipa::path(
    post, path = "/api/posts/{id}/versions", tag = TAG,
    params(("id" = PostId, Path, description = "The post"), IfMatch),
    request_body = NameBody,
    responses((status = CREATED, body = PostBody), Problems),
)]
async fn name(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(NameBody { message }): JsonBody<NameBody>,
) -> Result<Response, Problem> {
    let id = post_id(&id)?;
    let expected = checked(&state, &actor, id, &headers).await?;
    let versions = state.blog.versions();
    let view = versions.name(&actor, id, &message, expected).await?;
    let answer = answer(&state, &actor, &KnownTags::default(), &view).await?;
    Ok((StatusCode::CREATED, answer).into_response())
}

/// A version with what the post said then.
#[derive(Serialize, ToSchema)]
#[schema(as = Version)]
pub(crate) struct VersionBody {
    number: u32,
    #[schema(value_type = String)]
    author: AuthorId,
    kind: VersionKind,
    message: Option<String>,
    created_at: DateTime<Utc>,
    contributors: Vec<Contributor>,
    /// For kind ai, where it comes from; for those who see the history.
    provenance: Option<Provenance>,
    content_hash: String,
    #[serde(flatten)]
    content: Content,
}

impl From<Version> for VersionBody {
    fn from(version: Version) -> Self {
        Self {
            number: version.number,
            author: version.author,
            kind: version.kind,
            message: version.message,
            created_at: version.created_at,
            contributors: version.contributors,
            provenance: version.provenance,
            content_hash: version.content_hash.to_string(),
            content: version.content,
        }
    }
}

/// Reads one version.
#[utoipa::path(
    get, path = "/api/posts/{id}/versions/{number}", tag = TAG,
    params(("id" = PostId, Path, description = "The post"), ("number" = u32, Path, description = "The version")),
    responses((status = OK, body = VersionBody), Problems),
)]
async fn one(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path((id, number)): Path<(String, u32)>,
) -> Result<Json<VersionBody>, Problem> {
    let versions = state.blog.versions();
    let version = versions.get(&actor, post_id(&id)?, number).await?;
    Ok(Json(version.into()))
}

/// Compares two versions.
#[utoipa::path(
    get, path = "/api/posts/{id}/versions/{old}/diff/{new}", tag = TAG,
    params(("id" = PostId, Path, description = "The post"), ("old" = u32, Path, description = "One version"), ("new" = u32, Path, description = "Another")),
    responses((status = OK, body = Diff), Problems),
)]
async fn diff(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path((id, old, new)): Path<(String, u32, u32)>,
) -> Result<Json<Diff>, Problem> {
    Ok(Json(
        state
            .blog
            .versions()
            .diff(&actor, post_id(&id)?, old, new)
            .await?,
    ))
}

#[derive(Serialize, ToSchema)]
#[schema(as = Authorship)]
struct AuthorshipBody {
    /// Whoever wrote most of it first.
    authors: Vec<AuthorWords>,
    /// Together they are the body.
    pieces: Vec<PieceBody>,
}

#[derive(Serialize, ToSchema)]
struct AuthorWords {
    #[serde(flatten)]
    author: AuthorBody,
    /// How many of the words are theirs (UAX #29).
    words: u32,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Piece)]
struct PieceBody {
    text: String,
    #[schema(value_type = String)]
    author: AuthorId,
    /// The version that brought it.
    version: u32,
}

/// Says who wrote which words of a version's body, through merges, restores and live sessions.
#[utoipa::path(
    get, path = "/api/posts/{id}/versions/{number}/authorship", tag = TAG,
    params(("id" = PostId, Path, description = "The post"), ("number" = u32, Path, description = "The version")),
    responses((status = OK, body = AuthorshipBody), Problems),
)]
async fn authorship(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path((id, number)): Path<(String, u32)>,
) -> Result<Json<AuthorshipBody>, Problem> {
    let versions = state.blog.versions();
    let (version, authorship) = versions.authorship(&actor, post_id(&id)?, number).await?;
    let mut words = BTreeMap::new();
    let mut pieces = Vec::with_capacity(authorship.pieces().len());
    for Piece {
        bytes,
        author,
        version: brought_by,
    } in authorship.pieces()
    {
        let text = version.content.body.get(bytes.clone()).unwrap_or_default();
        *words.entry(author.clone()).or_default() += word_count(text);
        pieces.push(PieceBody {
            text: text.to_owned(),
            author: author.clone(),
            version: *brought_by,
        });
    }
    let ids: Vec<_> = words.keys().cloned().collect();
    let author = authors_by_id(&state.blog, &ids).await?;
    let mut authors: Vec<_> = words
        .into_iter()
        .map(|(id, words)| AuthorWords {
            author: author(id),
            words,
        })
        .collect();
    authors.sort_by_key(|author| Reverse(author.words));
    Ok(Json(AuthorshipBody { authors, pieces }))
}

/// Makes an earlier version the head again, as a new version.
#[utoipa::path(
    post, path = "/api/posts/{id}/versions/{number}/restore", tag = TAG,
    params(("id" = PostId, Path, description = "The post"), ("number" = u32, Path, description = "The version"), IfMatch),
    responses((status = OK, body = PostBody), Problems),
)]
async fn restore(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path((id, number)): Path<(String, u32)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = post_id(&id)?;
    let expected = checked(&state, &actor, id, &headers).await?;
    let view = state
        .blog
        .versions()
        .restore(&actor, id, number, expected)
        .await?;
    answer(&state, &actor, &KnownTags::default(), &view).await
}
