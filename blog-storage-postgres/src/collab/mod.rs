//! Live documents.

mod append;
mod compact;
mod group;
mod read;
mod store;

pub use store::PostgresCollabStore;
