//! The conformance kit: one suite for each port, that every backend of it passes.
//!
//! A backend supplies a [`Fixture`] and one line in `tests/conformance.rs`, a test target with
//! `harness = false`:
//!
//! ```text
//! blog_core::storage_conformance!(Acme);
//! ```
//!
//! | port | line | hooks that its cases need |
//! |---|---|---|
//! | [`Storage`](crate::ports::Storage) | `storage_conformance!` | `crash` |
//! | [`SearchIndex`](crate::ports::SearchIndex) | `search_index_conformance!` | `crash` |
//! | [`CollabStore`](crate::ports::CollabStore) | `collab_store_conformance!` | `crash` |
//! | [`Cache`](crate::ports::Cache) | `cache_conformance!` | `interrupt`, `restore`, `freeze`, `thaw`, `forget` |
//! | [`Transport`](crate::ports::Transport) | `transport_conformance!` | `interrupt`, `restore`, `freeze`, `thaw` |
//! | [`Presence`](crate::ports::Presence) | `presence_conformance!` | `interrupt`, `restore`, `freeze`, `thaw`, `forget` |
//! | [`Admission`](crate::ports::Admission) | `admission_conformance!` | `interrupt`, `restore`, and those of [`AdmissionFixture`] |
//! | [`RateLimiter`](crate::ports::RateLimiter) | `rate_limiter_conformance!` | `interrupt`, `restore`, `freeze`, `thaw` |
//! | [`UsageStore`](crate::ports::UsageStore) | `usage_store_conformance!` | `crash` |
//! | [`LanguageModel`](crate::ports::LanguageModel) | `language_model_conformance!` | those of [`LanguageModelFixture`] |
//! | [`Embedder`](crate::ports::Embedder) | `embedder_conformance!` | `interrupt`, `restore` |
//!
//! Every case appears as a test of its own. It names the promise of the port that it proves. A
//! fixture that cannot provide what a case needs fails it; a case may be left out only by a
//! [`Waiver`] with a reason, and then still runs, and fails once it passes.
//!
//! The last case of the storage suite runs random scripts against the backend and
//! [`MemoryStorage`](crate::memory::MemoryStorage) side by side. The environment variable
//! `BLOG_CONFORMANCE_SCRIPTS` says how many (32 without it); they are the same in every run. Of one
//! that is answered differently, the shortest form is printed.

mod admission;
mod cache;
mod collab_store;
mod embedder;
mod fixture;
mod language_model;
mod presence;
mod rate_limiter;
mod runner;
mod samples;
mod scripts;
mod search_index;
mod storage;
mod transport;
mod usage_store;
mod waiting;
mod world;

pub use admission::cases as admission_cases;
pub use cache::cases as cache_cases;
pub use collab_store::cases as collab_store_cases;
pub use embedder::cases as embedder_cases;
pub use fixture::{
    AdmissionFixture, CacheFixture, CollabStoreFixture, EmbedderFixture, Fixture,
    LanguageModelFixture, PresenceFixture, RateLimiterFixture, SearchIndexFixture, Setup,
    SetupError, StorageFixture, TransportFixture, UsageStoreFixture, Waiver,
};
pub use language_model::cases as language_model_cases;
pub use presence::cases as presence_cases;
pub use rate_limiter::cases as rate_limiter_cases;
pub use runner::{Case, Violation, run};
pub use search_index::cases as search_index_cases;
pub use storage::cases as storage_cases;
pub use transport::cases as transport_cases;
pub use usage_store::cases as usage_store_cases;

/// Runs the whole storage suite against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! storage_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run($fixture, $crate::conformance::storage_cases())
        }
    };
}

/// Runs the whole search index suite against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! search_index_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run($fixture, $crate::conformance::search_index_cases())
        }
    };
}

/// Runs the whole suite of stores of live documents against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! collab_store_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run($fixture, $crate::conformance::collab_store_cases())
        }
    };
}

/// Runs the whole cache suite against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! cache_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run($fixture, $crate::conformance::cache_cases())
        }
    };
}

/// Runs the whole transport suite against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! transport_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run($fixture, $crate::conformance::transport_cases())
        }
    };
}

/// Runs the whole suite of who is in which room against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! presence_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run($fixture, $crate::conformance::presence_cases())
        }
    };
}

/// Runs the whole suite of who may still be in rooms against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! admission_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run($fixture, $crate::conformance::admission_cases())
        }
    };
}

/// Runs the whole rate limiter suite against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! rate_limiter_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run($fixture, $crate::conformance::rate_limiter_cases())
        }
    };
}

/// Runs the whole suite of stores of what models have cost against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! usage_store_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run($fixture, $crate::conformance::usage_store_cases())
        }
    };
}

/// Runs the whole suite of language models against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! language_model_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run($fixture, $crate::conformance::language_model_cases())
        }
    };
}

/// Runs the whole suite of embedders against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! embedder_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run($fixture, $crate::conformance::embedder_cases())
        }
    };
}
