//! A language model that writes in a post's room, asked for over HTTP, with a model that has a script.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../client/mod.rs"]
mod client;
mod ending;
mod injections;
mod refusing;
mod suggestions;
mod world;
mod writing;
