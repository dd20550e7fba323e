use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{AuthorId, AuthorProfile, Locale, Post, PostId, Scope, Seq, Version};
use crate::error::Result;

/// Full-text search. It holds nothing that storage does not: it can be deleted at any time.
///
/// # Promises
///
/// 1. When [`apply`](SearchIndex::apply) returns, its changes are searchable, they and the
///    checkpoint survive a crash together, and applying them again changes nothing.
/// 2. A post's published text and its head text are told apart: a scope selects one of them for
///    each post, and nothing else of the post has an influence on results, counts, facets,
///    suggestions or completions. Each post counts once.
/// 3. Words are matched exactly or by stem. Only a word that no visible document has is widened by
///    typo (distance 1; 2 from 8 letters), and `suggestion` then says what was meant.
/// 4. [`replace`](SearchIndex::replace) swaps the whole content while the old one still answers.
/// 5. Filters narrow what is found; `total` and facets count the posts of all pages. Hits come in
///    the order asked for, and equal ones in one that does not change, so that pages of the same
///    content neither repeat nor skip. No text is a wrong query.
#[async_trait]
pub trait SearchIndex: Send + Sync + std::fmt::Debug {
    /// Makes these changes, and sets the checkpoint.
    async fn apply(&self, changes: Vec<IndexChange>, checkpoint: Seq) -> Result<()>;

    /// The checkpoint of the last change; `None` when the index is new or was lost, so that it
    /// must be rebuilt.
    async fn checkpoint(&self) -> Result<Option<Seq>>;

    /// Empties a side copy that [`extend_replacement`](SearchIndex::extend_replacement) fills.
    async fn begin_replacement(&self) -> Result<()>;

    /// Adds posts to the side copy.
    async fn extend_replacement(&self, posts: Vec<IndexedPost>) -> Result<()>;

    /// Puts the side copy in place of the index, with this checkpoint.
    async fn replace(&self, checkpoint: Seq) -> Result<()>;

    /// Posts that match, best first.
    async fn search(&self, scope: &Scope, query: &SearchQuery) -> Result<SearchPage>;

    /// Words and titles that begin like `prefix`, most useful first.
    async fn complete(&self, scope: &Scope, prefix: &str, limit: usize) -> Result<Vec<String>>;

    /// Posts that are about the same, closest first.
    async fn related(&self, scope: &Scope, post: PostId, limit: usize) -> Result<Vec<PostId>>;

    /// Ids of all posts in the index, in order, after `after`; for checks.
    async fn ids(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>>;
}

/// What happens to a post in the index.
#[derive(Debug, Clone)]
pub enum IndexChange {
    /// It is there, like this.
    Put(Box<IndexedPost>),
    /// It is gone.
    Remove(PostId),
}

/// All that the index needs to know of a post.
#[derive(Debug, Clone)]
pub struct IndexedPost {
    /// Its state.
    pub post: Post,
    /// What readers see, if they see it.
    pub published: Option<Version>,
    /// What editors see.
    pub head: Version,
    /// Profiles of its author and coauthors.
    pub authors: Vec<AuthorProfile>,
}

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SearchQuery {
    /// Words, `"phrases"` and `prefix*`; empty finds everything. Where a post has all of them, none
    /// is found that has only some.
    pub text: String,
    /// Only with this tag.
    pub tag: Option<String>,
    /// Only in this category or below it.
    pub category: Option<String>,
    /// Only by this author.
    pub author: Option<AuthorId>,
    /// Only in this locale.
    pub locale: Option<Locale>,
    /// Only from this time on.
    pub from: Option<DateTime<Utc>>,
    /// Only before this time.
    pub to: Option<DateTime<Utc>>,
    /// The order.
    pub sort: SearchSort,
    /// How many hits to leave out.
    pub offset: usize,
    /// At most so many hits.
    pub limit: usize,
}

/// The order of hits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SearchSort {
    /// Best match first.
    #[default]
    Relevance,
    /// Latest first.
    Date,
    /// Most popular first.
    Popularity,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchPage {
    /// This page's hits, best first.
    pub hits: Vec<SearchHit>,
    /// Number of posts that match, on all pages.
    pub total: usize,
    /// How they spread.
    pub facets: Facets,
    /// The query that was probably meant, where a word was widened.
    pub suggestion: Option<String>,
}

/// One post that matches.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// Which.
    pub post: PostId,
    /// How well it matches; comparable within one answer only.
    pub score: f32,
    /// Where it matches.
    pub highlights: Highlights,
}

/// Where a post matches, as HTML: text escaped, matches in `<mark>`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Highlights {
    /// The whole title.
    pub title: String,
    /// Pieces of the body.
    pub body: Vec<String>,
}

/// How the posts that match spread over some fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facets {
    /// By tag.
    pub tags: Vec<Facet>,
    /// By category.
    pub categories: Vec<Facet>,
    /// By author's id.
    pub authors: Vec<Facet>,
    /// By year of [`Post::ordered_at`].
    pub years: Vec<Facet>,
}

/// A value and how many of the posts have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facet {
    /// What the filter takes.
    pub value: String,
    /// How many posts.
    pub count: u64,
}
