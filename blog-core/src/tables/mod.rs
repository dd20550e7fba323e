//! What backends that keep posts and live documents in tables have in common: which rows lists are
//! found by, what of a version stands beside its body, which commits are new posts, which of several
//! posts a key means, how the entries of a log share a row, and which snapshots of it are kept.

mod segment;
mod snapshots;

pub use segment::{pack_entries, unpack_entries};
pub use snapshots::kept_snapshot;

use serde::{Deserialize, Serialize};

use crate::domain::{
    AcceptedEdit, AuthorId, Content, Contributor, Passage, Post, PostId, Provenance, Scope, Version,
};
use crate::ports::{Changes, PostKey, PostWrite, Redirect, View};
use crate::render::Summary;

/// The list of what readers are shown; other lists have the names of statuses.
pub const PUBLIC: &str = "public";

/// A word that posts are listed by. A post has a row for each; lists walk them in order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term<'a> {
    /// `tag`, `category` or `author`; `under` for a category and for each of its ancestors.
    pub kind: &'static str,
    /// The tag, the path, the author's id.
    pub value: &'a str,
    /// [`PUBLIC`] for a term of the published version, else the status of the post whose head it is
    /// a term of.
    pub list: &'static str,
}

/// A post's terms: those of its head, and those of `published`, the version that readers see.
#[must_use]
pub fn terms<'a>(
    post: &'a Post,
    head: &'a Content,
    published: Option<&'a Content>,
) -> Vec<Term<'a>> {
    let mut terms = Vec::new();
    terms_in(&mut terms, post, post.status.as_str(), head);
    if let Some(published) = published {
        terms_in(&mut terms, post, PUBLIC, published);
    }
    terms
}

fn terms_in<'a>(
    terms: &mut Vec<Term<'a>>,
    post: &'a Post,
    list: &'static str,
    content: &'a Content,
) {
    let mut add = |kind, value| terms.push(Term { kind, value, list });
    for tag in &content.tags {
        add("tag", tag);
    }
    if let Some(category) = &content.category {
        add("category", category);
        add("under", category);
        for (end, _) in category.match_indices('/') {
            add("under", &category[..end]);
        }
    }
    add("author", &post.author);
    for (place, coauthor) in post.coauthors.iter().enumerate() {
        if *coauthor != post.author && !post.coauthors[..place].contains(coauthor) {
            add("author", coauthor);
        }
    }
}

/// A commit that brings a new post with its first version, and nothing that has to be looked up:
/// then uniqueness is all there is to check, and the database does it.
#[derive(Debug, Clone, Copy)]
pub struct Creation<'a> {
    /// All of the commit.
    pub changes: &'a Changes,
    /// The post.
    pub post: &'a Post,
    /// Its version.
    pub version: &'a Version,
}

impl<'a> Creation<'a> {
    /// The commit as a creation, if it is one.
    #[must_use]
    pub fn of(changes: &'a Changes) -> Option<Self> {
        let ([PostWrite::Create(post)], [version]) =
            (changes.posts.as_slice(), changes.versions.as_slice())
        else {
            return None;
        };
        let is_own = |redirect: &Redirect| {
            let (Redirect::Slug { post: to, .. } | Redirect::Path { post: to, .. }) = redirect;
            *to == post.id
        };
        let is_plain = version.post == post.id
            && post.head == version.number
            && changes.lease.is_none()
            && changes.idempotency.is_none()
            && changes.checkpoint.is_none()
            && changes.redirects.iter().all(is_own);
        is_plain.then_some(Self {
            changes,
            post,
            version,
        })
    }

    /// What readers see of it at once, if anything.
    #[must_use]
    pub fn published(&self) -> Option<&'a Content> {
        self.post.is_public().then_some(&self.version.content)
    }
}

/// The fields of a post that no query asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// The post that it translates.
    pub translation_of: Option<PostId>,
    /// Who else may edit it.
    pub coauthors: Vec<AuthorId>,
    /// Who alone may edit it.
    #[serde(default)]
    pub locked_by: Option<AuthorId>,
    /// Whether a model has had a part in the head.
    pub ai_generated: bool,
    /// Whether one has had a part in what readers are served.
    #[serde(default)]
    pub published_ai_generated: bool,
}

impl From<&Post> for Rest {
    fn from(post: &Post) -> Self {
        Self {
            translation_of: post.translation_of,
            coauthors: post.coauthors.clone(),
            locked_by: post.locked_by.clone(),
            ai_generated: post.ai_generated,
            published_ai_generated: post.published_ai_generated,
        }
    }
}

/// A version's content without its body, what was drawn from the body, and who wrote it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fields {
    /// Its body is empty.
    pub content: Content,
    /// Drawn from the body.
    pub summary: Summary,
    /// Who wrote it in a live session.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contributors: Vec<Contributor>,
    /// What of its body they wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passages: Option<Vec<Passage>>,
    /// The version that it restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<u32>,
    /// Where it comes from, if a model wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// The edits that it tells of, if somebody has accepted a model's words by them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<AcceptedEdit>,
}

impl From<&Version> for Fields {
    fn from(version: &Version) -> Self {
        let Content {
            title,
            body: _,
            excerpt,
            tags,
            category,
            cover,
            seo,
            custom,
        } = &version.content;
        Self {
            content: Content {
                title: title.clone(),
                body: String::new(),
                excerpt: excerpt.clone(),
                tags: tags.clone(),
                category: category.clone(),
                cover: cover.clone(),
                seo: seo.clone(),
                custom: custom.clone(),
            },
            summary: version.summary.clone(),
            contributors: version.contributors.clone(),
            passages: version.passages.clone(),
            restored: version.restored,
            provenance: version.provenance.clone(),
            accepted: version.accepted.clone(),
        }
    }
}

/// Of the posts found under `key`, the one that is meant, if the scope shows it: in the wanted
/// locale, else in the default one, else the oldest. `T` is what was read with the post.
#[must_use]
pub fn chosen<T>(
    found: impl IntoIterator<Item = (Post, T)>,
    scope: &Scope,
    key: &PostKey,
    view: View,
) -> Option<(Post, T)> {
    let is_meant = |post: &Post| match key {
        PostKey::Slug { locale, slug, .. } => {
            post.slug.as_str() == slug
                && locale.as_ref().is_none_or(|locale| *locale == post.locale)
        }
        PostKey::Id(id) => post.id == *id,
        PostKey::Path(_) => false,
    };
    let is_other = |post: &Post| match key {
        PostKey::Slug { default_locale, .. } => post.locale != *default_locale,
        _ => false,
    };
    let (post, read) = found
        .into_iter()
        .filter(|(post, _)| is_meant(post) && scope.sees(post))
        .min_by_key(|(post, _)| (is_other(post), post.created_at, post.id))?;
    let is_public = view == View::Reader && post.is_public();
    (is_public || scope.sees_head_of(&post)).then_some((post, read))
}
