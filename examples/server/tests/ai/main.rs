//! The server and a language model: a stand-in that speaks as OpenAI and as Anthropic do.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod budgets;
mod commands;
mod faults;
mod model;
#[path = "../server/mod.rs"]
mod server;
mod serving;
mod summaries;
