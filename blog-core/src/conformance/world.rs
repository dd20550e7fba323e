use std::sync::Arc;

use super::fixture::{AdmissionFixture, Fixture, LanguageModelFixture, Setup};
use crate::domain::{Actor, AuthorId};
use crate::memory::ScriptedReply;

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

    /// Takes the backend away.
    pub(super) async fn interrupt(&self) -> Setup<()> {
        self.fixture.interrupt(&self.place).await
    }

    /// Brings the backend back.
    pub(super) async fn restore(&self) -> Setup<()> {
        self.fixture.restore(&self.place).await
    }

    /// Makes the backend deaf.
    pub(super) async fn freeze(&self) -> Setup<()> {
        self.fixture.freeze(&self.place).await
    }

    /// Lets the backend hear again.
    pub(super) async fn thaw(&self) -> Setup<()> {
        self.fixture.thaw(&self.place).await
    }

    /// Empties the backend.
    pub(super) async fn forget(&self) -> Setup<()> {
        self.fixture.forget(&self.place).await
    }

    /// Leaves nothing behind.
    pub(super) async fn remove(self) -> Setup<()> {
        self.fixture.remove(self.place).await
    }
}

impl<F: AdmissionFixture> World<'_, F> {
    /// Has a user be this actor.
    pub(super) async fn change(&self, user: Actor) -> Setup<()> {
        self.fixture.change(&self.place, user).await
    }

    /// Has a user be in no room.
    pub(super) async fn dismiss(&self, user: &AuthorId) -> Setup<()> {
        self.fixture.dismiss(&self.place, user).await
    }
}

impl<F: LanguageModelFixture> World<'_, F> {
    /// The key that must not be seen.
    pub(super) fn key(&self) -> Option<&str> {
        self.fixture.key()
    }

    /// Has the next requests answered so.
    pub(super) async fn script(
        &self,
        replies: impl IntoIterator<Item = ScriptedReply> + Send,
    ) -> Setup<()> {
        let replies = replies.into_iter().collect();
        self.fixture.script(&self.place, replies).await
    }

    /// How many requests are being answered.
    pub(super) async fn open_calls(&self) -> Setup<usize> {
        self.fixture.open_calls(&self.place).await
    }
}
