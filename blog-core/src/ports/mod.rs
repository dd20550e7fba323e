//! The traits that this crate owns and adapters implement.
//!
//! | port | what it is for | implemented by |
//! |---|---|---|
//! | [`Storage`] | posts, versions, events, audit: the truth | [`memory`](crate::memory), SQLite |
//! | [`SearchIndex`] | full-text search, always rebuildable from storage | [`memory`](crate::memory), Tantivy |
//! | [`Clock`], [`Ids`] | time and identity | this module, [`memory`](crate::memory) |

mod changes;
mod clock;
mod search_index;
mod storage;

pub use changes::{Changes, Checkpoint, Committed, IdempotencyRecord, Lease, PostWrite, Redirect};
pub use clock::{Clock, Ids, RandomIds, SystemClock};
pub use search_index::{
    Facet, Facets, Highlights, IndexChange, IndexedPost, SearchHit, SearchIndex, SearchPage,
    SearchQuery, SearchSort,
};
pub use storage::{
    AuditQuery, AuthorCount, DeadLetter, Order, PageKey, PostCard, PostKey, PostQuery, PostView,
    Storage, TermCount, VersionHeader, View,
};
