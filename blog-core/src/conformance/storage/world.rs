use std::sync::Arc;

use crate::conformance::fixture::{Setup, StorageFixture};
use crate::ports::Storage;

/// A place that a case works in.
pub(in crate::conformance) struct World<'a, F: StorageFixture> {
    fixture: &'a F,
    place: F::Place,
}

impl<'a, F: StorageFixture> World<'a, F> {
    pub(in crate::conformance) async fn new(fixture: &'a F) -> Setup<Self> {
        let place = fixture.place().await?;
        Ok(Self { fixture, place })
    }

    /// The storage, as one more node.
    pub(in crate::conformance) async fn open(&self) -> Setup<Arc<dyn Storage>> {
        self.fixture.open(&self.place).await
    }

    /// A storage in another, empty place.
    pub(in crate::conformance) async fn elsewhere(&self) -> Setup<Arc<dyn Storage>> {
        self.fixture.open(&self.fixture.place().await?).await
    }

    /// Cuts the power.
    pub(in crate::conformance) async fn crash(&self) -> Setup<()> {
        self.fixture.crash(&self.place).await
    }

    /// Leaves nothing behind.
    pub(in crate::conformance) async fn remove(self) -> Setup<()> {
        self.fixture.remove(self.place).await
    }
}
