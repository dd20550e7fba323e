//! What the services promise, on the in-memory backends with a clock that the test moves.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod edits;
mod imports;
mod limits;
mod permissions;
mod publishing;
mod scene;
mod searching;
mod slugs;
