//! Every port in memory: the oracle that backends are compared with, and a blog for tests.

mod admission;
mod cache;
mod clock;
mod collab_store;
mod hashing_embedder;
mod presence;
mod rate_limiter;
mod scripted_model;
mod search_index;
mod storage;
mod transport;
mod usage_store;

pub use admission::MemoryAdmission;
pub use cache::MemoryCache;
pub use clock::ManualClock;
pub use collab_store::MemoryCollabStore;
pub use hashing_embedder::HashingEmbedder;
pub use presence::MemoryPresence;
pub use rate_limiter::MemoryRateLimiter;
pub use scripted_model::{ScriptedModel, ScriptedReply};
pub use search_index::MemoryIndex;
pub use storage::MemoryStorage;
pub use transport::MemoryTransport;
pub use usage_store::MemoryUsageStore;
