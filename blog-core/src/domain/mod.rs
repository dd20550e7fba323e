//! Pure types and rules: no clock, no I/O, nothing asynchronous.

mod accepted_edit;
mod actor;
mod authorship;
mod content;
mod diff;
mod event;
mod ids;
mod json_schema;
mod locale;
mod merge;
mod policy;
mod post;
mod provenance;
mod slug;
mod status;
mod validation;
mod version;

pub use accepted_edit::AcceptedEdit;
pub use actor::{Actor, ActorKind, AuthorId, AuthorProfile, Origin, Role};
pub use authorship::{Authorship, Piece};
pub(crate) use content::sorted;
pub use content::{Content, ContentHash, Seo};
pub use diff::{Diff, Hunk, Line, LineKind, Word, diff};
pub use event::{AuditEntry, Event, EventKind, NewEvent, Outcome};
pub use ids::{PostId, Seq};
pub use json_schema::Mismatch;
pub(crate) use json_schema::{fits, strange_keyword};
pub use locale::{Locale, LocaleError};
pub use merge::{TextConflict, merge_map, merge_set, merge_text, merge_value};
pub use policy::{Permission, Policy, RolePolicy, Scope, Visibility};
pub use post::{Collaboration, Post};
pub use provenance::{ASSISTANT, Provenance};
pub use slug::{Slug, SlugError};
pub use status::{Status, Transition};
pub use validation::Limits;
pub use version::{Contributor, LogPosition, Passage, Version, VersionKind};
