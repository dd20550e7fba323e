use std::sync::Arc;

use super::fixture::{Fixture, Setup};

/// A place that a case works in.
pub(super) struct World<'a, F: Fixture> {
    fixture: &'a F,
    place: F::Place,
}

impl<'a, F: Fixture> World<'a, F> {
    pub(super) async fn new(fixture: &'a F) -> Setup<Self> {
        let place = fixture.place().await?;
        Ok(Self { fixture, place })
    }

    /// The backend, as one more node.
    pub(super) async fn open(&self) -> Setup<Arc<F::Port>> {
        self.fixture.open(&self.place).await
    }

    /// A backend in another, empty place.
    pub(super) async fn elsewhere(&self) -> Setup<Arc<F::Port>> {
        self.fixture.open(&self.fixture.place().await?).await
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
