use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{
    AuditEntry, AuthorId, AuthorProfile, Locale, NewEvent, Post, PostId, Seq, Version,
};

/// Everything that one commit writes: all of it or none.
///
/// Extended by later fields without breaking a caller: start from [`Changes::at`]. They can be
/// serialized, for storages that keep a log of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Changes {
    /// The time of the commit; also that of its events.
    pub at: DateTime<Utc>,
    /// Posts that come, change or go.
    pub posts: Vec<PostWrite>,
    /// New versions. Their posts are in `posts`.
    pub versions: Vec<Version>,
    /// Former addresses that now lead to a post.
    pub redirects: Vec<Redirect>,
    /// Profiles to write where there is none of that id yet.
    pub authors: Vec<AuthorProfile>,
    /// What happened, in order.
    pub events: Vec<NewEvent>,
    /// Who did it.
    pub audit: Vec<AuditEntry>,
    /// The answer to keep for a repeated request.
    pub idempotency: Option<IdempotencyRecord>,
    /// A lease that must still be held.
    pub lease: Option<Lease>,
    /// How far a consumer has come, with this commit's effect.
    pub checkpoint: Option<Checkpoint>,
}

impl Changes {
    /// Nothing yet, at this time.
    #[must_use]
    pub const fn at(at: DateTime<Utc>) -> Self {
        Self {
            at,
            posts: vec![],
            versions: vec![],
            redirects: vec![],
            authors: vec![],
            events: vec![],
            audit: vec![],
            idempotency: None,
            lease: None,
            checkpoint: None,
        }
    }

    /// The entries of the audit trail, if they are all that is to be written.
    #[must_use]
    pub fn only_audit(&self) -> Option<&[AuditEntry]> {
        let Self {
            at: _,
            posts,
            versions,
            redirects,
            authors,
            events,
            audit,
            idempotency,
            lease,
            checkpoint,
        } = self;
        let is_only_audit = !audit.is_empty()
            && posts.is_empty()
            && versions.is_empty()
            && redirects.is_empty()
            && authors.is_empty()
            && events.is_empty()
            && idempotency.is_none()
            && lease.is_none()
            && checkpoint.is_none();
        is_only_audit.then_some(audit)
    }

    /// Whether a version or a redirect names a post that these changes delete: then they are
    /// refused as not found.
    #[must_use]
    pub fn name_what_they_delete(&self) -> bool {
        let versions = self.versions.iter().map(|version| version.post);
        let redirects = self.redirects.iter().map(|redirect| match redirect {
            Redirect::Slug { post, .. } | Redirect::Path { post, .. } => *post,
        });
        versions.chain(redirects).any(|named| {
            self.posts
                .iter()
                .any(|write| matches!(write, PostWrite::Delete { id, .. } if *id == named))
        })
    }
}

/// What happens to a post's own row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum PostWrite {
    /// It comes into being, with `revision` 1.
    Create(Post),
    /// It becomes this. The stored revision must be one less than the new one.
    Update(Post),
    /// It goes for good, with its versions and redirects. The stored revision must be `expected`.
    Delete {
        /// Which.
        id: PostId,
        /// Its revision.
        expected: u64,
    },
}

/// A former address of a post: a slug that was public, or an imported alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Redirect {
    /// A former slug. A post that has it as its present slug goes before.
    Slug {
        /// The locale in which it was the slug.
        locale: Locale,
        /// The slug.
        slug: String,
        /// Where it leads.
        post: PostId,
    },
    /// A path below the site's root, without slashes at its ends. It leads to the same post until
    /// that is deleted.
    Path {
        /// The path, such as `2015/05/15/Rust-1.0.html`.
        path: String,
        /// Where it leads.
        post: PostId,
    },
}

/// The answer to a request that may be repeated, kept for 24 hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyRecord {
    /// Whose key.
    pub actor: AuthorId,
    /// The key.
    pub key: String,
    /// Hash of the request: the same key with another hash is invalid.
    pub request_hash: [u8; 32],
    /// The answer: the post that the request made.
    pub post: PostId,
    /// When it was answered.
    pub at: DateTime<Utc>,
}

/// The right to act alone for a while. `token` rises with each new holder (fencing).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// What it is for.
    pub name: String,
    /// Who holds it.
    pub holder: String,
    /// Rises with each change of holder.
    pub token: u64,
    /// Until when, unless renewed.
    pub expires_at: DateTime<Utc>,
}

/// How far a consumer has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The consumer's name.
    pub consumer: String,
    /// The last event it has dealt with.
    pub seq: Seq,
}

/// What a commit got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// Number of the commit's last event; the log's end if it had none.
    pub seq: Seq,
}
