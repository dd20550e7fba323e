use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use blog_core::Error;
use blog_core::domain::{Actor, AuthorId, Content, Locale, PostId, Scope, Seo, Status, Transition};
use blog_core::ports::{Order, PageKey, PostQuery, PostView, View};
use blog_core::services::{IdempotencyKey, Lookup, NewPost, PostEdit};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{PageBody, PostBody, PostSummary, post_body, summaries};
use super::page_size;
use crate::auth::RequestActor;
use crate::cursor::CursorBinding;
use crate::extract::{JsonBody, JsonWithBytes, Parameters, locale, point_in_time};
use crate::preconditions::{IfMatch, KnownTags, check_revision, expected_revision, tagged};
use crate::prepared::Shown;
use crate::problem::{EditConflictBody, Problem, Problems};
use crate::router::AppState;

const TAG: &str = "Posts";

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(by_slug))
        .routes(routes!(read, save, delete))
        .routes(routes!(publish))
        .routes(routes!(unpublish))
        .routes(routes!(submit))
        .routes(routes!(schedule))
        .routes(routes!(archive))
        .routes(routes!(trash))
        .routes(routes!(untrash))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPost)]
struct NewPostBody {
    title: String,
    body: String,
    slug: Option<String>,
    locale: Option<Locale>,
    excerpt: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    category: Option<String>,
    cover: Option<String>,
    #[serde(default)]
    seo: Seo,
    #[serde(default)]
    #[schema(value_type = Object)]
    custom: Map<String, Value>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    coauthors: Vec<AuthorId>,
}

/// Writes a new draft.
#[utoipa::path(
    post, path = "/api/posts", tag = TAG,
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeated request with the same key answers with the first one's post, for 24 hours")),
    request_body = NewPostBody,
    responses((status = CREATED, body = PostBody), Problems),
)]
async fn create(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    headers: HeaderMap,
    JsonWithBytes { value: new, bytes }: JsonWithBytes<NewPostBody>,
) -> Result<Response, Problem> {
    let new = NewPost {
        content: Content {
            title: new.title,
            body: new.body,
            excerpt: new.excerpt,
            tags: new.tags,
            category: new.category,
            cover: new.cover,
            seo: new.seo,
            custom: new.custom,
        },
        slug: new.slug,
        locale: new.locale,
        coauthors: new.coauthors,
        idempotency_key: idempotency_key(&headers, &bytes)?,
        provenance: None,
        translation_of: None,
    };
    let view = state.blog.posts().create(&actor, new).await?;
    let location = format!("{}/api/posts/{}", state.options.prefix(), view.post.id);
    let mut response = answer(&state, &actor, &KnownTags::default(), &view).await?;
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

fn idempotency_key(headers: &HeaderMap, body: &[u8]) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(value) = headers.get(HeaderName::from_static("idempotency-key")) else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) => Ok(Some(IdempotencyKey {
            key: key.to_owned(),
            request_hash: *blake3::hash(body).as_bytes(),
        })),
        _ => Err(Problem::field(
            StatusCode::BAD_REQUEST,
            "Idempotency-Key",
            "must have 1 to 255 visible ASCII characters",
        )),
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParameters {
    /// `published` unless given
    status: Option<Status>,
    tag: Option<String>,
    /// In this category or below it
    category: Option<String>,
    /// The author's id
    #[param(value_type = Option<String>)]
    author: Option<AuthorId>,
    locale: Option<String>,
    /// From this time or day on
    from: Option<String>,
    /// Before this time or day
    to: Option<String>,
    #[serde(default)]
    #[param(inline)]
    sort: Order,
    /// 1 to 100, 20 unless given
    limit: Option<usize>,
    /// `next` of the page before
    cursor: Option<String>,
}

/// Lists posts.
#[utoipa::path(
    get, path = "/api/posts", tag = TAG,
    params(ListParameters),
    responses((status = OK, body = PageBody<PostSummary>), Problems),
)]
async fn list(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Parameters(wanted): Parameters<ListParameters>,
) -> Result<Json<PageBody<PostSummary>>, Problem> {
    let mut query = PostQuery::default();
    query.status = wanted.status.unwrap_or(Status::Published);
    query.tag = wanted.tag;
    query.category = wanted.category;
    query.author = wanted.author;
    query.locale = locale(wanted.locale.as_deref())?;
    query.from = point_in_time("from", wanted.from.as_deref())?;
    query.to = point_in_time("to", wanted.to.as_deref())?;
    query.order = wanted.sort;
    let binding = CursorBinding::of(&("posts", &query, state.blog.scope(&actor)));
    query.after = wanted
        .cursor
        .map(|cursor| binding.read::<PageKey>(&cursor))
        .transpose()?;
    query.limit = page_size(wanted.limit)?;
    let page = state.blog.posts().list(&actor, &query).await?;
    let items = summaries(&state.blog, &actor, page.items).await?;
    Ok(Json(PageBody {
        items,
        next: page.next.map(|key| binding.write(&key)),
    }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReadParameters {
    view: Option<ViewParameter>,
    locale: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ViewParameter {
    Head,
}

impl ReadParameters {
    const fn view(&self) -> View {
        match self.view {
            Some(ViewParameter::Head) => View::Head,
            None => View::Reader,
        }
    }
}

/// Reads a post.
#[utoipa::path(
    get, path = "/api/posts/{id}", tag = TAG,
    params(("id" = PostId, Path, description = "The post"), ReadParameters),
    responses((status = OK, body = PostBody), (status = NOT_MODIFIED), Problems),
)]
async fn read(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
    Parameters(wanted): Parameters<ReadParameters>,
    known: KnownTags,
) -> Result<Response, Problem> {
    let view = state
        .blog
        .posts()
        .get(&actor, post_id(&id)?, wanted.view())
        .await?;
    show(&state, &actor, &known, view).await
}

/// Reads a post by its slug.
#[utoipa::path(
    get, path = "/api/posts/by-slug/{slug}", tag = TAG,
    params(("slug" = String, Path, description = "Its slug"), ReadParameters),
    responses((status = OK, body = PostBody), (status = NOT_MODIFIED), (status = PERMANENT_REDIRECT, description = "It has another slug by now"), Problems),
)]
async fn by_slug(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(slug): Path<String>,
    Parameters(wanted): Parameters<ReadParameters>,
    known: KnownTags,
) -> Result<Response, Problem> {
    let locale = locale(wanted.locale.as_deref())?;
    match state
        .blog
        .posts()
        .by_slug(&actor, &slug, locale, wanted.view())
        .await?
    {
        Lookup::Found(view) => show(&state, &actor, &known, view).await,
        Lookup::Moved(post) => {
            let target = format!("{}/api/posts/by-slug/{}", state.options.prefix(), post.slug);
            Ok(axum::response::Redirect::permanent(&target).into_response())
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PostEdit)]
struct EditBody {
    title: Option<String>,
    body: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    excerpt: Option<Option<String>>,
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    category: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    cover: Option<Option<String>>,
    seo: Option<Seo>,
    #[schema(value_type = Option<Object>)]
    custom: Option<Map<String, Value>>,
    slug: Option<String>,
    #[schema(value_type = Option<Vec<String>>)]
    coauthors: Option<Vec<AuthorId>>,
    message: Option<String>,
}

/// Tells `null`, which takes a field away, from a field that is not there.
fn given<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(field).map(Some)
}

/// Saves an edit, merged with what others have saved since.
#[utoipa::path(
    patch, path = "/api/posts/{id}", tag = TAG,
    params(("id" = PostId, Path, description = "The post"), ("If-Match" = String, Header, description = "The ETag of the revision that was edited")),
    request_body = EditBody,
    responses((status = OK, body = PostBody), (status = CONFLICT, body = EditConflictBody, content_type = "application/problem+json", description = "Somebody else edited the same place"), Problems),
)]
async fn save(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(edit): JsonBody<EditBody>,
) -> Result<Response, Problem> {
    let base = expected_revision(&headers)?.ok_or_else(|| {
        let message = "send the ETag of the revision that you edited as If-Match";
        Problem::new(StatusCode::PRECONDITION_REQUIRED, message)
    })?;
    let edit = PostEdit {
        title: edit.title,
        body: edit.body,
        excerpt: edit.excerpt,
        tags: edit.tags,
        category: edit.category,
        cover: edit.cover,
        seo: edit.seo,
        custom: edit.custom,
        slug: edit.slug,
        coauthors: edit.coauthors,
        message: edit.message,
    };
    let view = state
        .blog
        .posts()
        .save(&actor, post_id(&id)?, base, edit)
        .await?;
    answer(&state, &actor, &KnownTags::default(), &view).await
}

/// Deletes a post in the trash for good.
#[utoipa::path(
    delete, path = "/api/posts/{id}", tag = TAG,
    params(("id" = PostId, Path, description = "The post"), IfMatch),
    responses((status = NO_CONTENT), Problems),
)]
async fn delete(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let id = post_id(&id)?;
    let expected = checked(&state, &actor, id, &headers).await?;
    state.blog.posts().delete(&actor, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

macro_rules! transitions {
    ($($(#[doc = $doc:literal])* $path:literal $handler:ident => $transition:ident,)*) => {
        $($(#[doc = $doc])*
        #[utoipa::path(
            post, path = $path, tag = TAG,
            params(("id" = PostId, Path, description = "The post"), IfMatch),
            responses((status = OK, body = PostBody), Problems),
        )]
        async fn $handler(
            State(state): State<AppState>,
            RequestActor(actor): RequestActor,
            Path(id): Path<String>,
            headers: HeaderMap,
        ) -> Result<Response, Problem> {
            change_status(&state, &actor, &id, &headers, Transition::$transition).await
        })*
    };
}

transitions! {
    /// Shows the head to readers.
    "/api/posts/{id}/publish" publish => Publish,
    /// Makes a post a draft again.
    "/api/posts/{id}/unpublish" unpublish => Unpublish,
    /// Hands a draft to the editors.
    "/api/posts/{id}/submit" submit => Submit,
    /// Takes a post out of sight.
    "/api/posts/{id}/archive" archive => Archive,
    /// Throws a post away.
    "/api/posts/{id}/trash" trash => Trash,
    /// Takes a post out of the trash.
    "/api/posts/{id}/untrash" untrash => Untrash,
}

async fn change_status(
    state: &AppState,
    actor: &Actor,
    id: &str,
    headers: &HeaderMap,
    transition: Transition,
) -> Result<Response, Problem> {
    let id = post_id(id)?;
    let expected = checked(state, actor, id, headers).await?;
    let view = state
        .blog
        .posts()
        .change_status(actor, id, transition, expected)
        .await?;
    answer(state, actor, &KnownTags::default(), &view).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Schedule)]
struct ScheduleBody {
    at: DateTime<Utc>,
}

/// Has a post published later.
#[utoipa::path(
    post, path = "/api/posts/{id}/schedule", tag = TAG,
    params(("id" = PostId, Path, description = "The post"), IfMatch),
    request_body = ScheduleBody,
    responses((status = OK, body = PostBody), Problems),
)]
async fn schedule(
    State(state): State<AppState>,
    RequestActor(actor): RequestActor,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(ScheduleBody { at }): JsonBody<ScheduleBody>,
) -> Result<Response, Problem> {
    let id = post_id(&id)?;
    let expected = checked(&state, &actor, id, &headers).await?;
    let view = state
        .blog
        .posts()
        .schedule(&actor, id, at, expected)
        .await?;
    answer(&state, &actor, &KnownTags::default(), &view).await
}

/// The revision that `If-Match` names, once it is known to be the post's: 412 otherwise.
pub(super) async fn checked(
    state: &AppState,
    actor: &Actor,
    id: PostId,
    headers: &HeaderMap,
) -> Result<Option<u64>, Problem> {
    let expected = expected_revision(headers)?;
    if expected.is_some()
        && let Ok(view) = state.blog.posts().get(actor, id, View::Head).await
    {
        check_revision(expected, view.post.revision)?;
    }
    Ok(expected)
}

/// Answers a read: to readers with the bytes that others got before.
async fn show(
    state: &AppState,
    actor: &Actor,
    known: &KnownTags,
    view: Arc<PostView>,
) -> Result<Response, Problem> {
    if state.blog.scope(actor) != Scope::public() {
        return Box::pin(answer(state, actor, known, &view)).await;
    }
    let shown = Shown::from(&*view);
    let tag = format!("\"{}\"", view.post.public_revision);
    if known.have(&tag) {
        return Ok(tagged(known, &tag, ()));
    }
    let bytes = match state.prepared.get(shown) {
        Some(bytes) => bytes,
        None => {
            let body = Box::pin(post_body(&state.blog, actor, &view)).await?;
            let json = serde_json::to_vec(&body);
            let bytes = Bytes::from(json.map_err(|error| Error::internal(error.to_string()))?);
            state.prepared.keep(shown, bytes.clone());
            bytes
        }
    };
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok(tagged(known, &tag, (json, bytes)))
}

pub(super) async fn answer(
    state: &AppState,
    actor: &Actor,
    known: &KnownTags,
    view: &PostView,
) -> Result<Response, Problem> {
    let body = post_body(&state.blog, actor, view).await?;
    let tag = format!("\"{}\"", body.summary.revision);
    Ok(tagged(known, &tag, Json(body)))
}

/// An id that cannot be read names no post.
pub(crate) fn post_id(text: &str) -> Result<PostId, Problem> {
    text.parse()
        .map_err(|_| Problem::new(StatusCode::NOT_FOUND, "no such post"))
}
