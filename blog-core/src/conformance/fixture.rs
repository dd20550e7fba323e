use std::future::Future;
use std::sync::Arc;

use crate::ports::{SearchIndex, Storage};

/// What the author of a storage backend supplies.
pub trait StorageFixture: Send + Sync + 'static {
    /// Shown in every failure.
    const NAME: &'static str;
    /// One isolated home for data: a schema, a file, a prefix.
    type Place: Clone + Send + Sync + 'static;

    /// Makes an empty place that shares nothing with any other.
    fn place(&self) -> impl Future<Output = Setup<Self::Place>> + Send;

    /// Opens it. Opened again, it is a second node.
    fn open(&self, place: &Self::Place) -> impl Future<Output = Setup<Arc<dyn Storage>>> + Send;

    /// Ends everything that has it open, as a power cut would.
    fn crash(&self, place: &Self::Place) -> impl Future<Output = Setup<()>> + Send {
        let _ = place;
        async { Err(SetupError::Unsupported("no crash hook".to_owned())) }
    }

    /// Removes it. Called for passed cases only, so that a failed one's place can be looked at.
    fn remove(&self, place: Self::Place) -> impl Future<Output = Setup<()>> + Send {
        let _ = place;
        async { Ok(()) }
    }

    /// Cases that this backend does not meet, and why.
    fn waivers(&self) -> &'static [Waiver] {
        &[]
    }
}

/// What the author of a search index supplies.
pub trait SearchIndexFixture: Send + Sync + 'static {
    /// Shown in every failure.
    const NAME: &'static str;
    /// One isolated home for an index: a folder, a prefix.
    type Place: Clone + Send + Sync + 'static;

    /// Makes an empty place that shares nothing with any other.
    fn place(&self) -> impl Future<Output = Setup<Self::Place>> + Send;

    /// Opens it.
    fn open(&self, place: &Self::Place)
    -> impl Future<Output = Setup<Arc<dyn SearchIndex>>> + Send;

    /// Ends everything that has it open, as a power cut would.
    fn crash(&self, place: &Self::Place) -> impl Future<Output = Setup<()>> + Send {
        let _ = place;
        async { Err(SetupError::Unsupported("no crash hook".to_owned())) }
    }

    /// Removes it. Called for passed cases only, so that a failed one's place can be looked at.
    fn remove(&self, place: Self::Place) -> impl Future<Output = Setup<()>> + Send {
        let _ = place;
        async { Ok(()) }
    }

    /// Cases that this index does not meet, and why.
    fn waivers(&self) -> &'static [Waiver] {
        &[]
    }
}

/// A case that a backend cannot meet. It still runs, and fails the suite once it passes.
#[derive(Debug, Clone, Copy)]
pub struct Waiver {
    /// The case's name.
    pub case: &'static str,
    /// Why it cannot be met.
    pub reason: &'static str,
}

/// Why a fixture could not provide something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// It should have been possible.
    #[error("broken: {0}")]
    Broken(String),
    /// This fixture cannot.
    #[error("unsupported: {0}")]
    Unsupported(String),
}

/// What a fixture answers.
pub type Setup<T> = Result<T, SetupError>;
