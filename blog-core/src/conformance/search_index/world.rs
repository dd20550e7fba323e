use std::sync::Arc;

use super::sample::put;
use crate::conformance::fixture::SearchIndexFixture;
use crate::conformance::runner::{Violation, succeed};
use crate::conformance::world::World;
use crate::domain::Seq;
use crate::ports::{IndexedPost, SearchIndex};

impl<F: SearchIndexFixture> World<'_, F> {
    /// The index with these posts in it, and checkpoint 1.
    pub(super) async fn filled(
        &self,
        posts: Vec<IndexedPost>,
    ) -> Result<Arc<dyn SearchIndex>, Violation> {
        let index = self.open().await?;
        succeed(1, index.apply(put(posts), Seq(1)).await)?;
        Ok(index)
    }

    /// An index with these posts in another, empty place.
    pub(super) async fn filled_elsewhere(
        &self,
        posts: Vec<IndexedPost>,
    ) -> Result<Arc<dyn SearchIndex>, Violation> {
        let index = self.elsewhere().await?;
        succeed(1, index.apply(put(posts), Seq(1)).await)?;
        Ok(index)
    }
}
