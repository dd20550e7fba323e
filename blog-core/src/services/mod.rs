//! The use cases. Each takes the actor first, asks the policy, validates, and makes one commit.

mod access;
pub mod ai;
mod audit;
mod authorship;
mod check;
mod collab;
mod dead_letters;
mod import;
mod page;
mod posts;
mod save;
mod search;
mod taxonomy;
mod transitions;
mod versions;

pub use audit::Audit;
pub use check::{CheckReport, Finding};
pub use collab::{Access, ByModel, Collab, Fold};
pub use dead_letters::DeadLetters;
pub use import::{Import, ImportOutcome, ImportedPost};
pub use page::Page;
pub use posts::{IdempotencyKey, Lookup, NewPost, Posts, Prepared};
pub use save::{EditConflict, FieldConflict, PostEdit};
pub use search::{FoundPost, SearchResults, SearchService};
pub use taxonomy::Taxonomy;
pub use versions::Versions;
