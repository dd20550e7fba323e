//! What those who are in a room can rely on, one promise a test.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod access;
mod admission;
mod assistant;
mod authorship;
mod claims;
mod client;
mod connections;
mod damaged;
mod documents;
mod false_messages;
mod folding;
mod hanging_store;
mod hanging_transport;
mod life;
mod limits;
mod one_truth;
mod presence;
mod programs;
mod rates;
mod rich_text;
mod slow_readers;
mod states;
mod storage;
mod store;
mod suggestions;
mod transport;
mod troubled;
mod unloading;
mod updates;
mod upkeep;
mod viewers;
mod world;
#[path = "../yjs/mod.rs"]
mod yjs;
