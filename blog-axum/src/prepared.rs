//! Answers that every reader gets alike, kept as the bytes that are sent.

use std::sync::Arc;

use axum::body::Bytes;
use blog_core::domain::PostId;
use blog_core::ports::PostView;

/// Bytes of answers that are kept.
const KEPT: u64 = 32 << 20;

/// A post as readers see it: which, as of which of its changes, and which version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Shown {
    post: PostId,
    revision: u64,
    version: u32,
}

impl From<&PostView> for Shown {
    fn from(view: &PostView) -> Self {
        Self {
            post: view.post.id,
            revision: view.post.public_revision,
            version: view.version.number,
        }
    }
}

/// Posts as JSON.
#[derive(Debug, Clone)]
pub(crate) struct Prepared(Arc<moka::sync::Cache<Shown, Bytes>>);

impl Default for Prepared {
    fn default() -> Self {
        let kept = moka::sync::Cache::builder()
            .weigher(|_, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX))
            .max_capacity(KEPT);
        Self(Arc::new(kept.build()))
    }
}

impl Prepared {
    pub(crate) fn get(&self, shown: Shown) -> Option<Bytes> {
        self.0.get(&shown)
    }

    pub(crate) fn keep(&self, shown: Shown, answer: Bytes) {
        self.0.insert(shown, answer);
    }
}
