//! Answers that every reader gets alike, kept as the bytes that are sent.

use axum::body::Bytes;
use blog_core::domain::PostId;
use blog_core::ports::PostView;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// Bytes of answers that are kept.
const KEPT: u64 = 32 << 20;
/// About how many that will be.
const ANSWERS: usize = 4096;

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
#[derive(Debug)]
pub(crate) struct Prepared(Cache<Shown, Bytes, Length>);

#[derive(Debug, Clone)]
struct Length;

impl Weighter<Shown, Bytes> for Length {
    fn weight(&self, _: &Shown, answer: &Bytes) -> u64 {
        answer.len() as u64
    }
}

impl Default for Prepared {
    fn default() -> Self {
        Self(Cache::with_weighter(ANSWERS, KEPT, Length))
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
