use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AcceptedEdit, AuthorId, Content, ContentHash, PostId, Provenance};
use crate::render::Summary;

/// An immutable snapshot of a post's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// The post it belongs to.
    pub post: PostId,
    /// 1, 2, 3 … for each post.
    pub number: u32,
    /// The post's revision that this version made: the base of later edits is found by it.
    pub revision: u64,
    /// What it says.
    pub content: Content,
    /// Who made it.
    pub author: AuthorId,
    /// How it came about.
    pub kind: VersionKind,
    /// A word on the change.
    pub message: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// [`Content::hash`] of `content`.
    pub content_hash: ContentHash,
    /// Drawn from the body when the version was made, so that lists need not read bodies.
    pub summary: Summary,
    /// For a version of a live document: how much of its log it contains.
    pub log_position: Option<LogPosition>,
    /// For a version of a live document: who wrote since the version before, whoever wrote most first.
    #[serde(default)]
    pub contributors: Vec<Contributor>,
    /// For a version of a live document: which parts of the body the contributors wrote, in order. `None` where that is
    /// not known: all that is new is then the author's.
    #[serde(default)]
    pub passages: Option<Vec<Passage>>,
    /// For kind restore: number of the version that it says again.
    #[serde(default)]
    pub restored: Option<u32>,
    /// For kind ai: where it comes from.
    #[serde(default)]
    pub provenance: Option<Provenance>,
    /// For kind ai: the edits that it tells of, if a model's words were put into a live document by edits of
    /// somebody's.
    #[serde(default)]
    pub accepted: Vec<AcceptedEdit>,
}

/// How a version came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum VersionKind {
    /// Saved by hand.
    Manual,
    /// Saved by an editor's timer.
    Autosave,
    /// Folded from a live session.
    Collab,
    /// Written with a language model.
    Ai,
    /// Two edits that crossed, merged.
    Merge,
    /// An earlier version again.
    Restore,
    /// Brought in from elsewhere.
    Import,
}

/// Somebody who wrote part of a version in a live session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contributor {
    /// Who.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub author: AuthorId,
    /// How many of its words are theirs and new (UAX #29).
    pub words: u32,
}

/// A part of a body that somebody wrote in a live session. As JSON, three numbers: there are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u32, u32, u32)", into = "(u32, u32, u32)")]
pub struct Passage {
    /// Which of the version's contributors wrote it, counted from 0.
    pub contributor: u32,
    /// The byte that it begins with.
    pub start: u32,
    /// The byte after it.
    pub end: u32,
}

impl Passage {
    /// Its place in the body.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl From<(u32, u32, u32)> for Passage {
    fn from((contributor, start, end): (u32, u32, u32)) -> Self {
        Self {
            contributor,
            start,
            end,
        }
    }
}

impl From<Passage> for (u32, u32, u32) {
    fn from(passage: Passage) -> Self {
        (passage.contributor, passage.start, passage.end)
    }
}

/// A position in a live document's update log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPosition {
    /// Number of the last update contained.
    pub update: u64,
    /// The document's Yjs state vector there.
    pub state_vector: Vec<u8>,
}

impl Version {
    /// A version of `content`, its hash and summary included.
    #[must_use]
    pub fn new(
        post: PostId,
        number: u32,
        revision: u64,
        content: Content,
        author: AuthorId,
        kind: VersionKind,
        created_at: DateTime<Utc>,
    ) -> Self {
        Self {
            post,
            number,
            revision,
            content_hash: content.hash(),
            summary: crate::render::summarize(&content.body),
            content,
            author,
            kind,
            message: None,
            created_at,
            log_position: None,
            contributors: vec![],
            passages: None,
            restored: None,
            provenance: None,
            accepted: vec![],
        }
    }

    /// The excerpt by hand, else the one drawn from the body.
    #[must_use]
    pub fn excerpt(&self) -> &str {
        self.content
            .excerpt
            .as_deref()
            .unwrap_or(&self.summary.excerpt)
    }
}
