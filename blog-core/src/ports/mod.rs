//! The traits that this crate owns and adapters implement.
//!
//! | port | what it is for | implemented by |
//! |---|---|---|
//! | [`Storage`] | posts, versions, events, audit: the truth | [`memory`](crate::memory), SQLite, PostgreSQL |
//! | [`SearchIndex`] | full-text search, always rebuildable from storage | [`memory`](crate::memory), Tantivy |
//! | [`CollabStore`] | the logs of live documents | [`memory`](crate::memory), SQLite, PostgreSQL |
//! | [`Cache`] | what nodes keep for each other | [`memory`](crate::memory), Redis |
//! | [`Transport`] | messages between nodes | [`memory`](crate::memory), Redis |
//! | [`Presence`] | who is in which room | [`memory`](crate::memory), Redis |
//! | [`Admission`] | who may still be in rooms | [`memory`](crate::memory); hosts |
//! | [`RateLimiter`] | how often is too often | [`memory`](crate::memory), Redis |
//! | [`LanguageModel`], [`Embedder`] | models that write and compare | [`memory`](crate::memory) |
//! | [`UsageStore`] | what models have cost, and may | [`memory`](crate::memory), SQLite, PostgreSQL |
//! | [`Clock`], [`Ids`] | time and identity | this module, [`memory`](crate::memory) |

mod admission;
mod cache;
mod changes;
mod clock;
mod collab_store;
mod embedder;
mod language_model;
mod live_documents;
mod model_identity;
pub mod payment;
mod presence;
mod rate_limiter;
mod search_index;
mod storage;
mod transport;
mod usage_store;

pub use admission::Admission;
pub use cache::Cache;
pub use changes::{Changes, Checkpoint, Committed, IdempotencyRecord, Lease, PostWrite, Redirect};
pub use clock::{Clock, Ids, RandomIds, SystemClock};
pub use collab_store::{
    Append, CollabStore, Entry, Log, Snapshot, Start, StoredDocument, VersionStep,
};
pub use embedder::Embedder;
pub use language_model::{
    AnswerFormat, Completion, CompletionEvent, CompletionRequest, CompletionStream, LanguageModel,
    Message, Speaker, StopReason, TokenUsage,
};
pub use live_documents::LiveDocuments;
pub use model_identity::ModelIdentity;
pub use presence::{Presence, Present};
pub use rate_limiter::{Decision, Quota, RateLimiter};
pub use search_index::{
    Facet, Facets, Highlights, IndexChange, IndexedPost, SearchHit, SearchIndex, SearchPage,
    SearchQuery, SearchSort,
};
pub use storage::{
    AuditQuery, AuthorCount, DeadLetter, Order, PageKey, PostCard, PostKey, PostQuery, PostView,
    Storage, TermCount, VersionHeader, View,
};
pub use transport::{Delivery, Subscription, Transport};
pub use usage_store::{
    Account, Amount, CallOutcome, ModelCall, ModelUsage, Reservation, Settlement, UsageStore,
    UsageTotal, day_of_call,
};
