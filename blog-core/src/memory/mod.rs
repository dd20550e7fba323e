//! Every port in memory: the oracle that backends are compared with, and a blog for tests.

mod clock;
mod search_index;
mod storage;

pub use clock::ManualClock;
pub use search_index::MemoryIndex;
pub use storage::MemoryStorage;
