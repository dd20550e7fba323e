//! What a language model does for a blog, whatever the model says.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod advising;
mod attempts;
mod auditing;
mod duplicates;
mod failing_store;
mod generating;
mod injections;
mod looking;
mod material;
mod metering;
mod obeying;
mod remembering;
mod revising;
mod streaming;
mod suggesting;
mod translating;
mod world;
mod writing;
