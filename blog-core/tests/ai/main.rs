//! What a language model does for a blog, whatever the model says.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod generating;
mod injections;
mod looking;
mod metering;
mod streaming;
mod world;
