//! The conformance kit: one suite that every storage backend passes.
//!
//! A backend supplies a [`StorageFixture`] and one line in `tests/conformance.rs`, a test target
//! with `harness = false`:
//!
//! ```text
//! blog_core::storage_conformance!(Acme);
//! ```
//!
//! Every case appears as a test of its own. It names the promise of
//! [`Storage`](crate::ports::Storage) that it proves. A fixture that cannot provide what a case
//! needs fails it; a case may be left out only by a [`Waiver`] with a reason, and then still runs,
//! and fails once it passes.

mod fixture;
mod runner;
mod storage;

pub use fixture::{Setup, SetupError, StorageFixture, Waiver};
pub use runner::{Case, Violation, run_storage, storage_cases};

/// Runs the whole storage suite against a fixture, as a test target's `main`.
#[macro_export]
macro_rules! storage_conformance {
    ($fixture:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run_storage($fixture)
        }
    };
}
