use std::collections::HashMap;

use blog_core::domain::{AuthorId, Seo};
use blog_core::ports::{Highlights, PostCard};
use blog_core::render::reading_minutes;
use blog_core::{Blog, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::address;
use crate::options::RouterOptions;

/// A post as the templates know it.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) excerpt: String,
    pub(super) locale: String,
    /// Path, with the prefix.
    pub(super) href: String,
    /// Absolute address.
    pub(super) address: String,
    pub(super) tags: Vec<Link>,
    pub(super) category: Option<Link>,
    pub(super) authors: Vec<Link>,
    /// Absolute address of a picture.
    pub(super) cover: Option<String>,
    pub(super) seo: Seo,
    pub(super) published: String,
    pub(super) updated: String,
    pub(super) date: String,
    pub(super) minutes: u32,
    pub(super) words: u32,
    /// Title and body as HTML in which matches are marked, in a list of search results.
    pub(super) marked: Option<Marked>,
}

/// A name that leads somewhere.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Link {
    pub(super) name: String,
    pub(super) href: String,
}

/// Where a search found something.
#[derive(Debug, Serialize)]
pub(super) struct Marked {
    title: String,
    body: String,
}

impl From<Highlights> for Marked {
    fn from(highlights: Highlights) -> Self {
        Self {
            title: highlights.title,
            body: highlights.body.join(" … "),
        }
    }
}

/// These posts as the templates know them, in the same order.
pub(super) async fn entries(
    blog: &Blog,
    options: &RouterOptions,
    cards: Vec<PostCard>,
) -> Result<Vec<Entry>> {
    let ids: Vec<_> = cards.iter().flat_map(authors_of).cloned().collect();
    let names = names(blog, &ids).await?;
    Ok(cards
        .into_iter()
        .map(|card| entry(options, &names, card))
        .collect())
}

/// The names of these authors.
pub(super) async fn names(blog: &Blog, ids: &[AuthorId]) -> Result<HashMap<AuthorId, String>> {
    let profiles = blog.taxonomy().profiles(ids).await?;
    Ok(profiles
        .into_iter()
        .map(|profile| (profile.id, profile.name))
        .collect())
}

/// A time as the machine-readable parts of pages and feeds have it (RFC 3339).
pub(super) fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn authors_of(card: &PostCard) -> impl Iterator<Item = &AuthorId> {
    std::iter::once(&card.post.author).chain(&card.post.coauthors)
}

fn entry(options: &RouterOptions, names: &HashMap<AuthorId, String>, card: PostCard) -> Entry {
    let prefix = options.prefix();
    let author = |id: &AuthorId| Link {
        name: names.get(id).unwrap_or(id).clone(),
        href: address::author(prefix, id),
    };
    let authors = authors_of(&card).map(author).collect();
    let PostCard {
        post,
        content,
        summary,
        ..
    } = card;
    let tag = |tag: String| Link {
        href: address::tag(prefix, &tag),
        name: tag,
    };
    let category = |path: String| Link {
        href: address::category(prefix, &path),
        name: path,
    };
    let time = post.ordered_at();
    let href = address::post(prefix, post.slug.as_str());
    Entry {
        id: post.id.to_string(),
        title: content.title,
        excerpt: content.excerpt.unwrap_or(summary.excerpt),
        locale: post.locale.to_string(),
        address: format!("{}{href}", options.origin()),
        href,
        tags: content.tags.into_iter().map(tag).collect(),
        category: content.category.map(category),
        authors,
        cover: content
            .cover
            .and_then(|cover| address::absolute(options.address(), &cover)),
        seo: content.seo,
        published: timestamp(time),
        updated: timestamp(post.public_updated_at.unwrap_or(post.updated_at)),
        date: time.format("%-d %B %Y").to_string(),
        minutes: reading_minutes(summary.word_count),
        words: summary.word_count,
        marked: None,
    }
}
