use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{Changes, Committed, IdempotencyRecord, Lease};
use crate::domain::{
    AuditEntry, AuthorId, AuthorProfile, Content, Contributor, Event, Locale, Post, PostId,
    Provenance, Scope, Seq, Status, Version, VersionKind,
};
use crate::error::Result;
use crate::render::Summary;
use crate::tables::Fields;

/// Posts, versions, events and audit: the truth.
///
/// # Promises
///
/// 1. **One write.** [`commit`](Storage::commit) applies everything in its [`Changes`] or nothing.
///    It checks revisions, the uniqueness of slugs in their locale and of post ids, that versions
///    and redirects name a post that exists after the commit, the lease and the idempotency key.
///    When it returns, the data survives a power cut. Its errors: `Conflict(Revision)` also for an
///    update of a post that is gone, `Conflict(Taken("slug"))`, `Conflict(Taken("id"))`,
///    `Conflict(Taken("alias"))` for a path that leads to another post,
///    `Conflict(Taken("idempotency_key"))`, `Conflict(Lease)`, `NotFound`, `Invalid`,
///    `Unavailable`. After an error nothing of it is stored; after `Unavailable` from a lost
///    connection the commit may have happened as a whole.
/// 2. **The log has no holes.** [`events`](Storage::events) gives the events of all commits in one
///    order, the same for every reader, numbered 1, 2, 3 …; it never gives an event while one
///    with a smaller number may still appear.
/// 3. **Pages go by key.** A list continues strictly after the given key; a row that is there
///    throughout a walk is seen once, whatever else is written meanwhile, unless it is itself
///    moved by a change of the fields that the list is ordered by.
/// 4. **A shared database stays the host's.** The blog's tables are told apart by a prefix or a
///    schema; nothing else is touched.
/// 5. **One failed commit undoes no other**, however many are written together.
/// 6. **A read sees every commit that had returned** before the read began, through whichever
///    handle it was made.
/// 7. **What must be atomic travels in the commit**: idempotency key, lease, checkpoint. Times are
///    arguments; the storage has no clock.
/// 8. **Nothing outside the scope is shown**, counted or hinted at. What the scope hides is absent.
/// 9. **Texts come back byte for byte.**
#[async_trait]
pub trait Storage: Send + Sync + std::fmt::Debug {
    /// Writes all changes or none (promises 1, 5, 7).
    async fn commit(&self, changes: Changes) -> Result<Committed>;

    /// One post as `view` shows it, or `None` if there is none or the scope hides it.
    async fn post(&self, scope: &Scope, key: &PostKey, view: View) -> Result<Option<PostView>>;

    /// The post that a former slug or an alias leads to, if the scope shows it. A present slug is
    /// no redirect.
    async fn redirect(&self, scope: &Scope, key: &PostKey) -> Result<Option<Post>>;

    /// At most `query.limit` posts in the query's order, bodies left out.
    async fn posts(&self, scope: &Scope, query: &PostQuery) -> Result<Vec<PostCard>>;

    /// Those of these posts that the scope shows, in the order of `ids`, bodies left out: each as
    /// its head for who sees that, else as it is published.
    async fn cards(&self, scope: &Scope, ids: &[PostId]) -> Result<Vec<PostCard>>;

    /// One version. Only who sees the head sees versions other than the published one.
    async fn version(&self, scope: &Scope, post: PostId, number: u32) -> Result<Option<Version>>;

    /// At most `limit` versions with a number below `before`, newest first, for who sees the head.
    async fn versions(
        &self,
        scope: &Scope,
        post: PostId,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<VersionHeader>>;

    /// Tags with the number of visible posts that have them, most first, then by name.
    async fn tags(&self, scope: &Scope) -> Result<Vec<TermCount>>;

    /// Categories with the number of visible posts directly in them, by path.
    async fn categories(&self, scope: &Scope) -> Result<Vec<TermCount>>;

    /// Authors with the number of visible posts they wrote or co-wrote, by name then id; those
    /// without any are left out.
    async fn authors(&self, scope: &Scope) -> Result<Vec<AuthorCount>>;

    /// Profiles of these ids; ids without a profile are left out.
    async fn profiles(&self, ids: &[AuthorId]) -> Result<Vec<AuthorProfile>>;

    /// At most `limit` events after `after`, in order (promise 2).
    async fn events(&self, after: Seq, limit: usize) -> Result<Vec<Event>>;

    /// Number of the last event; 0 without any.
    async fn last_event(&self) -> Result<Seq>;

    /// Number of the oldest event still kept; 0 without any. A consumer behind it rebuilds.
    async fn first_event(&self) -> Result<Seq>;

    /// Rises when another process may have written events. `None`: this storage cannot tell, and
    /// the log has to be read from time to time.
    fn notices(&self) -> Option<watch::Receiver<u64>> {
        None
    }

    /// The audit trail, newest first.
    async fn audit(&self, query: &AuditQuery) -> Result<Vec<(Seq, AuditEntry)>>;

    /// The kept answer to `actor`'s request with this key.
    async fn idempotency(&self, actor: &AuthorId, key: &str) -> Result<Option<IdempotencyRecord>>;

    /// Takes or renews the lease `name` for `holder` until `until`, if it is free, expired at
    /// `now` or already theirs. The token rises when the holder changes.
    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Lease>>;

    /// Gives the lease back, if it is still that holder's with that token.
    async fn release_lease(&self, lease: &Lease) -> Result<()>;

    /// The checkpoint that the consumer's last commit carried; 0 without any.
    async fn checkpoint(&self, consumer: &str) -> Result<Seq>;

    /// Keeps an event that a consumer could not deal with; a second one for the same consumer and
    /// event replaces the first.
    async fn bury(&self, letter: &DeadLetter) -> Result<()>;

    /// All dead letters, oldest event first.
    async fn dead_letters(&self) -> Result<Vec<DeadLetter>>;

    /// Removes a dead letter; nothing happens if there is none.
    async fn unbury(&self, consumer: &str, seq: Seq) -> Result<()>;

    /// Drops events from before `events_before` and idempotency keys from before `keys_before`.
    async fn purge(&self, events_before: DateTime<Utc>, keys_before: DateTime<Utc>) -> Result<()>;

    /// Checks that the storage answers and can be written.
    async fn ping(&self) -> Result<()>;
}

/// How a post is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostKey {
    /// By id.
    Id(PostId),
    /// By slug. Without a locale: in the default locale, then the oldest post.
    Slug {
        /// The locale wanted.
        locale: Option<Locale>,
        /// The locale preferred where none is wanted.
        default_locale: Locale,
        /// The slug, unchecked.
        slug: String,
    },
    /// By a path that was imported as an alias; only redirects have one.
    Path(String),
}

/// Which of a post's versions is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// The published version if there is one, else the head for those who may see it.
    Reader,
    /// The head, for those who may see it.
    Head,
}

/// A post and one of its versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PostView {
    /// The post.
    pub post: Post,
    /// The version that the view chose.
    pub version: Version,
}

/// A post and one of its versions without the body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PostCard {
    /// The post.
    pub post: Post,
    /// Number of the version shown.
    pub number: u32,
    /// Its content; `body` is empty.
    pub content: Content,
    /// What was drawn from the body.
    pub summary: Summary,
}

impl From<&PostView> for PostCard {
    fn from(PostView { post, version }: &PostView) -> Self {
        let Fields {
            content, summary, ..
        } = Fields::from(version);
        Self {
            post: post.clone(),
            number: version.number,
            content,
            summary,
        }
    }
}

/// Which posts a list holds, and in which order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PostQuery {
    /// Posts of this status; `Published` shows published versions, any other shows heads.
    pub status: Status,
    /// Posts whose shown version has this tag.
    pub tag: Option<String>,
    /// Posts whose shown version is in this category or below it.
    pub category: Option<String>,
    /// Posts that this author wrote or co-wrote.
    pub author: Option<AuthorId>,
    /// Posts of this locale.
    pub locale: Option<Locale>,
    /// Posts with [`Post::ordered_at`] at or after this time.
    pub from: Option<DateTime<Utc>>,
    /// Posts with [`Post::ordered_at`] before this time.
    pub to: Option<DateTime<Utc>>,
    /// The order.
    pub order: Order,
    /// Strictly after this place in the order.
    pub after: Option<PageKey>,
    /// At most so many.
    pub limit: usize,
}

impl Default for PostQuery {
    /// The twenty newest published posts.
    fn default() -> Self {
        Self {
            status: Status::Published,
            tag: None,
            category: None,
            author: None,
            locale: None,
            from: None,
            to: None,
            order: Order::Newest,
            after: None,
            limit: 20,
        }
    }
}

/// The order of a list. Equal times are ordered by id, in the same direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Order {
    /// [`Post::ordered_at`], latest first.
    #[default]
    Newest,
    /// [`Post::ordered_at`], earliest first.
    Oldest,
    /// Latest change first: `public_updated_at` in a list of published posts, else `updated_at`.
    Updated,
}

/// A place in the order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PageKey {
    /// The time that the list is ordered by.
    pub at: DateTime<Utc>,
    /// The post.
    pub id: PostId,
}

impl Order {
    /// The place of `post` in a list of posts of `status`.
    #[must_use]
    pub fn key(self, status: Status, post: &Post) -> PageKey {
        let at = match self {
            Self::Newest | Self::Oldest => post.ordered_at(),
            Self::Updated if status == Status::Published => {
                post.public_updated_at.unwrap_or(post.updated_at)
            }
            Self::Updated => post.updated_at,
        };
        PageKey { at, id: post.id }
    }
}

/// A version without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionHeader {
    /// Its number.
    pub number: u32,
    /// The post's revision that it made.
    pub revision: u64,
    /// The title it had.
    pub title: String,
    /// Who made it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub author: AuthorId,
    /// How it came about.
    pub kind: VersionKind,
    /// A word on the change.
    pub message: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// For kind collab: who wrote since the version before, whoever wrote most first.
    pub contributors: Vec<Contributor>,
    /// For kind ai: where it comes from.
    pub provenance: Option<Provenance>,
}

impl From<&Version> for VersionHeader {
    fn from(version: &Version) -> Self {
        Self {
            number: version.number,
            revision: version.revision,
            title: version.content.title.clone(),
            author: version.author.clone(),
            kind: version.kind,
            message: version.message.clone(),
            created_at: version.created_at,
            contributors: version.contributors.clone(),
            provenance: version.provenance.clone(),
        }
    }
}

/// A tag or a category, and how many visible posts have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TermCount {
    /// Its name or path.
    pub name: String,
    /// How many posts.
    pub count: u64,
}

/// An author, and how many visible posts are theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuthorCount {
    /// Who.
    #[serde(flatten)]
    pub profile: AuthorProfile,
    /// How many posts.
    pub count: u64,
}

/// Which lines of the audit trail are wanted, newest first.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// Only of this post.
    pub post: Option<PostId>,
    /// Only of this actor.
    pub actor: Option<AuthorId>,
    /// Only with a smaller number.
    pub before: Option<Seq>,
    /// At most so many.
    pub limit: usize,
}

/// An event that a consumer could not deal with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Which consumer.
    pub consumer: String,
    /// Which event.
    pub event: Event,
    /// What it said.
    pub error: String,
    /// When it gave up.
    pub at: DateTime<Utc>,
}
