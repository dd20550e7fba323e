use serde::{Deserialize, Serialize};

/// Where a post stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Status {
    /// Being written.
    Draft,
    /// Waiting for an editor.
    InReview,
    /// Becomes published at its `scheduled_at`.
    Scheduled,
    /// Readers see its published version.
    Published,
    /// Taken out of sight, and kept.
    Archived,
    /// Thrown away; the only state from which a post can be deleted for good.
    Trashed,
}

/// A change of status that somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// Hand a draft to the editors.
    Submit,
    /// Publish at a later time.
    Schedule,
    /// Show the head version to readers.
    Publish,
    /// Take back to draft.
    Unpublish,
    /// Take out of sight.
    Archive,
    /// Throw away.
    Trash,
    /// Take out of the trash, as a draft.
    Untrash,
}

impl Transition {
    /// Every transition.
    pub const ALL: [Self; 7] = [
        Self::Submit,
        Self::Schedule,
        Self::Publish,
        Self::Unpublish,
        Self::Archive,
        Self::Trash,
        Self::Untrash,
    ];
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::InReview,
        Self::Scheduled,
        Self::Published,
        Self::Archived,
        Self::Trashed,
    ];

    /// The status after `transition`, or `None` where it is not allowed. This is the whole table.
    #[must_use]
    pub const fn after(self, transition: Transition) -> Option<Self> {
        use Status::{Archived, Draft, InReview, Published, Scheduled, Trashed};
        match (self, transition) {
            (Draft, Transition::Submit) => Some(InReview),
            (Draft | InReview | Scheduled, Transition::Schedule) => Some(Scheduled),
            (Draft | InReview | Scheduled | Published | Archived, Transition::Publish) => {
                Some(Published)
            }
            (InReview | Scheduled | Published | Archived, Transition::Unpublish)
            | (Trashed, Transition::Untrash) => Some(Draft),
            (Draft | InReview | Scheduled | Published, Transition::Archive) => Some(Archived),
            (Draft | InReview | Scheduled | Published | Archived, Transition::Trash) => {
                Some(Trashed)
            }
            _ => None,
        }
    }

    /// The name used in JSON, queries and storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in_review",
            Self::Scheduled => "scheduled",
            Self::Published => "published",
            Self::Archived => "archived",
            Self::Trashed => "trashed",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}
