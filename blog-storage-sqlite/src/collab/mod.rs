//! Live documents.

mod append;
mod compact;
mod read;
mod store;

pub(crate) use append::{Ends, PackedAppend, append_all, append_alone, append_checked};
pub(crate) use compact::{PackedSnapshot, compact, note_folded, remove};
pub use store::SqliteCollabStore;
