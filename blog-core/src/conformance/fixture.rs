use std::future::Future;
use std::sync::Arc;

use crate::domain::{Actor, AuthorId};
use crate::memory::ScriptedReply;
use crate::ports::{
    Admission, Cache, CollabStore, Embedder, LanguageModel, Presence, RateLimiter, SearchIndex,
    Storage, Transport, UsageStore,
};

/// What the author of a backend supplies.
///
/// The hooks from [`crash`](Self::crash) to [`forget`](Self::forget) are each needed by some ports;
/// one that a case needs and does not find fails the case.
pub trait Fixture: Send + Sync + 'static {
    /// Shown in every failure.
    const NAME: &'static str;
    /// The port that is implemented, as `dyn Storage`.
    type Port: ?Sized + Send + Sync + 'static;
    /// One isolated home for data: a schema, a folder, a server, a prefix.
    type Place: Clone + Send + Sync + 'static;

    /// Makes an empty place that shares nothing with any other.
    fn place(&self) -> impl Future<Output = Setup<Self::Place>> + Send;

    /// Opens it. Opened again, it is a second node.
    fn open(&self, place: &Self::Place) -> impl Future<Output = Setup<Arc<Self::Port>>> + Send;

    /// Ends everything that has it open, as a power cut would.
    fn crash(&self, place: &Self::Place) -> impl Future<Output = Setup<()>> + Send {
        without_hook("crash", place)
    }

    /// Takes it away from its nodes, as a server that has been stopped.
    fn interrupt(&self, place: &Self::Place) -> impl Future<Output = Setup<()>> + Send {
        without_hook("interrupt", place)
    }

    /// Brings it back from an interruption.
    fn restore(&self, place: &Self::Place) -> impl Future<Output = Setup<()>> + Send {
        without_hook("restore", place)
    }

    /// Makes it deaf, as a server that hangs: connections stay, and nothing is answered.
    fn freeze(&self, place: &Self::Place) -> impl Future<Output = Setup<()>> + Send {
        without_hook("freeze", place)
    }

    /// Ends a freeze.
    fn thaw(&self, place: &Self::Place) -> impl Future<Output = Setup<()>> + Send {
        without_hook("thaw", place)
    }

    /// Empties it beneath its nodes, as a cache that has been flushed.
    fn forget(&self, place: &Self::Place) -> impl Future<Output = Setup<()>> + Send {
        without_hook("forget", place)
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

fn without_hook<P>(hook: &str, _place: &P) -> impl Future<Output = Setup<()>> + Send + use<P> {
    std::future::ready(Err(SetupError::Unsupported(format!("no {hook} hook"))))
}

/// A fixture of a storage.
pub trait StorageFixture: Fixture<Port = dyn Storage> {}
impl<F: Fixture<Port = dyn Storage>> StorageFixture for F {}

/// A fixture of a search index.
pub trait SearchIndexFixture: Fixture<Port = dyn SearchIndex> {}
impl<F: Fixture<Port = dyn SearchIndex>> SearchIndexFixture for F {}

/// A fixture of a store of live documents.
pub trait CollabStoreFixture: Fixture<Port = dyn CollabStore> {}
impl<F: Fixture<Port = dyn CollabStore>> CollabStoreFixture for F {}

/// A fixture of a cache.
pub trait CacheFixture: Fixture<Port = dyn Cache> {}
impl<F: Fixture<Port = dyn Cache>> CacheFixture for F {}

/// A fixture of a transport.
pub trait TransportFixture: Fixture<Port = dyn Transport> {}
impl<F: Fixture<Port = dyn Transport>> TransportFixture for F {}

/// A fixture of what knows who is in which room.
pub trait PresenceFixture: Fixture<Port = dyn Presence> {}
impl<F: Fixture<Port = dyn Presence>> PresenceFixture for F {}

/// A fixture of what knows who may still be in rooms.
pub trait AdmissionFixture: Fixture<Port = dyn Admission> {
    /// From here on a user is this actor, and may be in rooms.
    fn change(&self, place: &Self::Place, user: Actor) -> impl Future<Output = Setup<()>> + Send;

    /// From here on a user may be in no room.
    fn dismiss(
        &self,
        place: &Self::Place,
        user: &AuthorId,
    ) -> impl Future<Output = Setup<()>> + Send;
}

/// A fixture of a rate limiter.
pub trait RateLimiterFixture: Fixture<Port = dyn RateLimiter> {}
impl<F: Fixture<Port = dyn RateLimiter>> RateLimiterFixture for F {}

/// A fixture of a store of what models have cost.
pub trait UsageStoreFixture: Fixture<Port = dyn UsageStore> {}
impl<F: Fixture<Port = dyn UsageStore>> UsageStoreFixture for F {}

/// A fixture of an embedder.
pub trait EmbedderFixture: Fixture<Port = dyn Embedder> {}
impl<F: Fixture<Port = dyn Embedder>> EmbedderFixture for F {}

/// A fixture of a language model: a server that replies what it is told to, and the model that asks it.
pub trait LanguageModelFixture: Fixture<Port = dyn LanguageModel> {
    /// The key that the model brings its server, if it brings one. The server repeats it in what it says of
    /// errors, as some do.
    fn key(&self) -> Option<&str> {
        None
    }

    /// Has the next requests answered so, in this order, in place of what was said before.
    fn script(
        &self,
        place: &Self::Place,
        replies: Vec<ScriptedReply>,
    ) -> impl Future<Output = Setup<()>> + Send;

    /// How many requests the server has taken whose answer has neither ended nor been given up.
    fn open_calls(&self, place: &Self::Place) -> impl Future<Output = Setup<usize>> + Send;
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
