use std::sync::Arc;

use super::sample::put;
use crate::conformance::fixture::{SearchIndexFixture, Setup};
use crate::conformance::runner::{Violation, succeed};
use crate::domain::Seq;
use crate::ports::{IndexedPost, SearchIndex};

/// A place that a case works in.
pub(super) struct World<'a, F: SearchIndexFixture> {
    fixture: &'a F,
    place: F::Place,
}

impl<'a, F: SearchIndexFixture> World<'a, F> {
    pub(super) async fn new(fixture: &'a F) -> Setup<Self> {
        let place = fixture.place().await?;
        Ok(Self { fixture, place })
    }

    pub(super) async fn open(&self) -> Setup<Arc<dyn SearchIndex>> {
        self.fixture.open(&self.place).await
    }

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
    pub(super) async fn elsewhere(
        &self,
        posts: Vec<IndexedPost>,
    ) -> Result<Arc<dyn SearchIndex>, Violation> {
        let index = self.fixture.open(&self.fixture.place().await?).await?;
        succeed(1, index.apply(put(posts), Seq(1)).await)?;
        Ok(index)
    }

    /// Cuts the power.
    pub(super) async fn crash(&self) -> Setup<()> {
        self.fixture.crash(&self.place).await
    }

    /// Leaves nothing behind.
    pub(super) async fn remove(self) -> Setup<()> {
        self.fixture.remove(self.place).await
    }
}
