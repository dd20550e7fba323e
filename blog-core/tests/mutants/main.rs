//! The kit is tested as well: a backend that breaks a promise fails the case that is meant for it,
//! with the promise's number.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod admission;
mod cache;
mod collab_store;
mod embedder;
mod language_model;
mod node;
mod presence;
mod rate_limiter;
mod storage;
mod transport;
mod usage_store;

use std::fmt::Debug;

use blog_core::conformance::{Case, Violation};

/// What the case of this name says of a backend.
async fn verdict<F>(cases: &[Case<F>], name: &str, fixture: &F) -> Result<(), Violation> {
    let case = cases.iter().find(|case| case.name() == name);
    let case = case.unwrap_or_else(|| panic!("no case is named {name}"));
    case.run(fixture).await
}

/// The table says what is broken, the promise that this breaks, and the case that finds it. Every
/// promise is broken by something.
async fn each_is_caught<Fault: Copy + Debug, F>(
    mutants: &[(Fault, u8, &str)],
    cases: &[Case<F>],
    broken: impl Fn(Fault) -> F,
) {
    let mut escaped = Vec::new();
    for (fault, promise, case) in mutants {
        match verdict(cases, case, &broken(*fault)).await {
            Err(Violation::Broke { promise: broke, .. }) if broke == *promise => {}
            other => escaped.push(format!("{fault:?} in {case}: {other:?}")),
        }
    }
    assert!(escaped.is_empty(), "{}", escaped.join("\n"));
    for case in cases {
        let promise = case.promise();
        let is_broken = mutants.iter().any(|(_, broken, _)| *broken == promise);
        assert!(is_broken, "no mutant breaks promise {promise}");
    }
}

async fn passes<F>(cases: &[Case<F>], fixture: &F) {
    for case in cases {
        let verdict = case.run(fixture).await;
        assert!(verdict.is_ok(), "{}: {verdict:?}", case.name());
    }
}
