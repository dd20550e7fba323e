//! What a host can choose.

use std::path::PathBuf;

/// How a [`TantivyIndex`](crate::TantivyIndex) works.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TantivyConfig {
    /// Where it is kept; `None` keeps it in memory.
    pub dir: Option<PathBuf>,
    /// How many searches run at the same time; others wait.
    pub parallel_searches: usize,
    /// Bytes that changes may take before they are written; at least 15 MB.
    pub writer_memory: usize,
    /// The same while the whole index is being replaced.
    pub replacement_memory: usize,
}

impl TantivyConfig {
    /// In this directory.
    #[must_use]
    pub fn in_dir(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: Some(dir.into()),
            ..Self::in_memory()
        }
    }

    /// In memory.
    #[must_use]
    pub const fn in_memory() -> Self {
        Self {
            dir: None,
            parallel_searches: 2,
            writer_memory: 15_000_000,
            replacement_memory: 40_000_000,
        }
    }
}
