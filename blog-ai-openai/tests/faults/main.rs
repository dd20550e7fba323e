//! Every fault that a server may have, over real HTTP: those of any vendor's, and those of OpenAI's own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod bounds;
mod connections;
mod embeddings;
#[path = "../../../tests/models/faults/mod.rs"]
mod faults;
#[path = "../kit/mod.rs"]
mod kit;
mod settings;
mod shapes;
mod statuses;
mod vendor;
