//! What the API answers.

use std::collections::HashMap;

use blog_core::domain::{
    Actor, AuthorId, Collaboration, Content, Locale, Post, PostId, Seo, Slug, Status,
};
use blog_core::ports::{PostCard, PostView};
use blog_core::render::reading_minutes;
use blog_core::{Blog, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An author.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Author)]
pub(super) struct AuthorBody {
    #[schema(value_type = String)]
    id: AuthorId,
    name: String,
}

/// A post without body and HTML.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PostSummary {
    id: PostId,
    slug: Slug,
    locale: Locale,
    status: Status,
    title: String,
    excerpt: String,
    tags: Vec<String>,
    category: Option<String>,
    cover: Option<String>,
    seo: Seo,
    #[schema(value_type = Object)]
    custom: Map<String, Value>,
    author: AuthorBody,
    coauthors: Vec<AuthorBody>,
    version: u32,
    published_version: Option<u32>,
    pub(super) revision: u64,
    collaboration: Collaboration,
    /// Whether a language model has had a part in this version or in one before it.
    ai_generated: bool,
    word_count: u32,
    reading_minutes: u32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>,
    scheduled_at: Option<DateTime<Utc>>,
}

/// A post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Post)]
pub(super) struct PostBody {
    #[serde(flatten)]
    pub(super) summary: PostSummary,
    body: String,
    html: String,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page)]
pub(super) struct PageBody<T> {
    pub(super) items: Vec<T>,
    /// The cursor of the next page; null on the last.
    pub(super) next: Option<String>,
}

pub(super) async fn post_body(blog: &Blog, actor: &Actor, view: &PostView) -> Result<PostBody> {
    let html = blog.render(&view.version).html.clone();
    let body = view.version.content.body.clone();
    let mut summaries = summaries(blog, actor, vec![view.into()]).await?;
    let summary = summaries
        .pop()
        .ok_or_else(|| blog_core::Error::not_found("post"))?;
    Ok(PostBody {
        summary,
        body,
        html,
    })
}

/// Gives these authors their names; for a name that is not known, the id stands.
pub(super) async fn authors_by_id(
    blog: &Blog,
    ids: &[AuthorId],
) -> Result<impl Fn(AuthorId) -> AuthorBody + use<>> {
    let profiles = blog.taxonomy().profiles(ids).await?;
    let names: HashMap<_, _> = profiles
        .into_iter()
        .map(|profile| (profile.id, profile.name))
        .collect();
    Ok(move |id: AuthorId| AuthorBody {
        name: names.get(&id).cloned().unwrap_or_else(|| id.clone()),
        id,
    })
}

pub(super) async fn summaries(
    blog: &Blog,
    actor: &Actor,
    cards: Vec<PostCard>,
) -> Result<Vec<PostSummary>> {
    let mut ids: Vec<AuthorId> = cards
        .iter()
        .flat_map(|card| {
            card.post
                .coauthors
                .iter()
                .chain([&card.post.author])
                .cloned()
        })
        .collect();
    ids.sort();
    ids.dedup();
    let author = authors_by_id(blog, &ids).await?;
    let scope = blog.scope(actor);
    let summary = |card: PostCard| {
        let is_editor = scope.sees_head_of(&card.post);
        let collaboration = if is_editor {
            blog.collab().state(&card.post)
        } else {
            Collaboration::Idle
        };
        summary(is_editor, collaboration, card, &author)
    };
    Ok(cards.into_iter().map(summary).collect())
}

/// Readers learn of the last change that they could see, and of no session of editors.
fn summary(
    editor: bool,
    collaboration: Collaboration,
    card: PostCard,
    author: &impl Fn(AuthorId) -> AuthorBody,
) -> PostSummary {
    let PostCard {
        post,
        number,
        content,
        summary,
    } = card;
    let Content {
        title,
        excerpt,
        tags,
        category,
        cover,
        seo,
        custom,
        body: _,
    } = content;
    let ai_generated = post.is_ai_generated(number);
    let Post {
        author: first,
        coauthors,
        ..
    } = post;
    PostSummary {
        id: post.id,
        slug: post.slug,
        locale: post.locale,
        status: post.status,
        title,
        excerpt: excerpt.unwrap_or(summary.excerpt),
        tags,
        category,
        cover,
        seo,
        custom,
        author: author(first),
        coauthors: coauthors.into_iter().map(author).collect(),
        version: number,
        published_version: post.published,
        revision: if editor {
            post.revision
        } else {
            post.public_revision
        },
        collaboration,
        ai_generated,
        word_count: summary.word_count,
        reading_minutes: reading_minutes(summary.word_count),
        created_at: post.created_at,
        updated_at: match post.public_updated_at {
            Some(at) if !editor => at,
            _ => post.updated_at,
        },
        published_at: post.published_at,
        scheduled_at: post.scheduled_at.filter(|_| editor),
    }
}
