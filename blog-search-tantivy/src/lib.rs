//! Full-text search for the blog engine, embedded: [`TantivyIndex`] keeps a
//! [`SearchIndex`](blog_core::ports::SearchIndex) in a directory, or in memory, with Tantivy.
//!
//! Each post has one document for the text that readers see and one for the text that editors see,
//! or one document for both where they are the same. A scope becomes one bit per document, and
//! everything that is counted, scored, completed or suggested is looked up under those bits.
//!
//! ```no_run
//! use blog_search_tantivy::TantivyIndex;
//!
//! let index = TantivyIndex::open("data/search")?;
//! # Ok::<(), blog_core::Error>(())
//! ```
//!
//! The directory can be deleted while nothing uses it: the index then has no checkpoint, and is to
//! be filled again. One process at a time writes; others may read.

mod config;
mod error;
mod facets;
mod generation;
mod highlight;
mod index;
mod query;
mod related;
mod replacement;
mod schema;
mod suggest;
mod text;
mod view;

pub use config::TantivyConfig;
pub use index::TantivyIndex;
