//! Live documents.

mod append;
mod compact;
mod known_ends;
mod read;
mod store;

pub(crate) use append::{
    Ends, PackedAppend, append_all, append_alone, append_behind, append_checked,
};
pub(crate) use compact::{PackedSnapshot, compact, note_folded, remove};
pub(crate) use known_ends::KnownEnds;
pub use store::SqliteCollabStore;
