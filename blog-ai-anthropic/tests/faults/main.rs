//! Every fault that a server may have, over real HTTP: those of any vendor's, and those of Anthropic's own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

#[path = "../../../tests/models/faults/mod.rs"]
mod faults;
#[path = "../kit/mod.rs"]
mod kit;
mod shapes;
mod statuses;
mod streams;
mod tool_calls;
mod vendor;
