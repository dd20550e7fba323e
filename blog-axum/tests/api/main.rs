//! The API, driven as a client drives it, on a blog in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod actors;
#[path = "../client/mod.rs"]
mod client;
mod headers;
mod input;
mod posts;
