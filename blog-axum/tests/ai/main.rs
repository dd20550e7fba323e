//! What the API says of language models, driven as a client drives it, with a model that has a script.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod budgets;
#[path = "../client/mod.rs"]
mod client;
mod events;
mod found;
mod generating;
mod history;
mod looking;
mod refusing;
mod streaming;
mod world;
