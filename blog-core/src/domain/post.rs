use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AuthorId, Locale, PostId, Slug, Status};

/// A post's identity and state. What it says is in its versions: `head` is the editors' pointer
/// into them and `published` the readers'.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// For ever the same.
    pub id: PostId,
    /// Unique among the posts of its locale.
    pub slug: Slug,
    /// The language it is written in.
    pub locale: Locale,
    /// The post that this one translates.
    pub translation_of: Option<PostId>,
    /// Who wrote it first.
    pub author: AuthorId,
    /// Who else may edit it.
    pub coauthors: Vec<AuthorId>,
    /// Where it stands.
    pub status: Status,
    /// Number of the newest version.
    pub head: u32,
    /// Number of the version that readers are served; kept only while the post is published.
    pub published: Option<u32>,
    /// Rises by one with every commit that touches the post; starts at 1.
    pub revision: u64,
    /// `revision` at the last change that readers could see.
    pub public_revision: u64,
    /// Time of the last change that readers could see.
    pub public_updated_at: Option<DateTime<Utc>>,
    /// When it is to be published.
    pub scheduled_at: Option<DateTime<Utc>>,
    /// When it was first published, or the date it was imported with.
    pub published_at: Option<DateTime<Utc>>,
    /// When it came into being.
    pub created_at: DateTime<Utc>,
    /// When anything of it last changed.
    pub updated_at: DateTime<Utc>,
    /// Who alone may edit it, if it is locked.
    pub locked_by: Option<AuthorId>,
    /// Whether a language model has had a part in the head or in a version before it, also if none of its
    /// words are left.
    pub ai_generated: bool,
    /// The same of the version that readers are served.
    #[serde(default)]
    pub published_ai_generated: bool,
}

/// Whether a post is being edited live.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Collaboration {
    /// Nobody edits it live.
    #[default]
    Idle,
    /// A session is open.
    Active,
    /// Only the holder of the lock may edit.
    Locked,
}

impl Post {
    /// Whether readers see it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.status == Status::Published && self.published.is_some()
    }

    /// Whether a language model has had a part in `version`, which is the head or what readers are served.
    #[must_use]
    pub fn is_ai_generated(&self, version: u32) -> bool {
        if self.published == Some(version) {
            self.published_ai_generated
        } else {
            self.ai_generated
        }
    }

    /// Whether `author` wrote it or part of it.
    #[must_use]
    pub fn belongs_to(&self, author: &AuthorId) -> bool {
        self.author == *author || self.coauthors.contains(author)
    }

    /// Whether somebody has locked it for others than `author`.
    #[must_use]
    pub fn is_locked_for(&self, author: &AuthorId) -> bool {
        let holder = self.locked_by.as_ref();
        holder.is_some_and(|holder| holder != author)
    }

    /// What lists are ordered by: when it was published, else when it was created.
    #[must_use]
    pub fn ordered_at(&self) -> DateTime<Utc> {
        self.published_at.unwrap_or(self.created_at)
    }
}
