//! The conformance kit: one suite for each port, that every backend of it passes.
//!
//! A backend supplies a fixture and one line in `tests/conformance.rs`, a test target with
//! `harness = false`:
//!
//! ```text
//! blog_core::storage_conformance!(Acme);
//! ```
//!
//! | port | fixture | line |
//! |---|---|---|
//! | [`Storage`](crate::ports::Storage) | [`StorageFixture`] | `storage_conformance!` |
//! | [`SearchIndex`](crate::ports::SearchIndex) | [`SearchIndexFixture`] | `search_index_conformance!` |
//!
//! Every case appears as a test of its own. It names the promise of the port that it proves. A fixture that cannot provide what a case
//! needs fails it; a case may be left out only by a [`Waiver`] with a reason, and then still runs,
//! and fails once it passes.
//!
//! The last case of the storage suite runs random scripts against the backend and
//! [`MemoryStorage`](crate::memory::MemoryStorage) side by side. The environment variable
//! `BLOG_CONFORMANCE_SCRIPTS` says how many (32 without it); they are the same in every run. Of one
//! that is answered differently, the shortest form is printed.

mod fixture;
mod runner;
mod scripts;
mod search_index;
mod storage;

pub use fixture::{SearchIndexFixture, Setup, SetupError, StorageFixture, Waiver};
pub use runner::{Case, Violation};

/// The one list of cases for storages.
#[must_use]
pub fn storage_cases<F: StorageFixture>() -> Vec<Case<F>> {
    storage::cases()
}

/// Runs the storage suite under the arguments of `cargo test`.
pub fn run_storage<F: StorageFixture>(fixture: F) -> std::process::ExitCode {
    let waivers = fixture.waivers();
    runner::run_suite(F::NAME, fixture, waivers, storage_cases())
}

/// The one list of cases for search indexes.
#[must_use]
pub fn search_index_cases<F: SearchIndexFixture>() -> Vec<Case<F>> {
    search_index::cases()
}

/// Runs the search index suite under the arguments of `cargo test`.
pub fn run_search_index<F: SearchIndexFixture>(fixture: F) -> std::process::ExitCode {
    let waivers = fixture.waivers();
    runner::run_suite(F::NAME, fixture, waivers, search_index_cases())
}

/// Runs the whole storage suite against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! storage_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run_storage($fixture)
        }
    };
}

/// Runs the whole search index suite against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! search_index_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run_search_index($fixture)
        }
    };
}
