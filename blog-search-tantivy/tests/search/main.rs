//! What the index promises, case by case.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod files;
mod made;
mod narrowing;
mod reading;
mod words;
