use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AuthorId, Origin, PostId, Seq};

/// Something that happened, as the log tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the log.
    pub seq: Seq,
    /// When the commit was made.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: EventKind,
    /// To which post.
    pub post: PostId,
    /// The post's revision afterwards.
    pub revision: u64,
    /// Who did it.
    pub actor: AuthorId,
}

/// An event that a commit is to write; the storage numbers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEvent {
    /// What happens.
    pub kind: EventKind,
    /// To which post.
    pub post: PostId,
    /// The post's revision afterwards.
    pub revision: u64,
    /// Who does it.
    pub actor: AuthorId,
}

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What can happen to a post.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum EventKind { $($(#[$doc])* $variant,)* }

        impl EventKind {
            /// The name used in JSON and storage.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The kind of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

event_kinds! {
    /// It came into being.
    PostCreated = "post_created",
    /// It got a new version.
    PostSaved = "post_saved",
    /// An earlier version became the head again.
    PostRestored = "post_restored",
    /// Its slug or its coauthors changed, or its source says late that a language model had a part in it.
    PostRenamed = "post_renamed",
    /// It went to the editors.
    PostSubmitted = "post_submitted",
    /// It is to be published later.
    PostScheduled = "post_scheduled",
    /// Readers see it, or a newer version of it.
    PostPublished = "post_published",
    /// It became a draft again.
    PostUnpublished = "post_unpublished",
    /// It was taken out of sight.
    PostArchived = "post_archived",
    /// It was thrown away.
    PostTrashed = "post_trashed",
    /// It was taken out of the trash.
    PostUntrashed = "post_untrashed",
    /// Somebody has locked it for all others.
    PostLocked = "post_locked",
    /// It is no longer locked.
    PostUnlocked = "post_unlocked",
    /// It is gone for good.
    PostDeleted = "post_deleted",
}

/// A line of the audit trail: who did what, when, from where, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: AuthorId,
    /// What was done, such as `post_published`, or the permission that was refused, such as
    /// `publish`.
    pub action: String,
    /// To which post.
    pub post: Option<PostId>,
    /// What came of it.
    pub outcome: Outcome,
    /// From where.
    pub origin: Origin,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
}
