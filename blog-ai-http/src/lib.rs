//! What the adapters of language models have in common: a server that is asked over HTTP, what of its
//! answer is read, and how its errors are told.
//!
//! A part of `blog-ai-openai` and its siblings, and of no use by itself.

mod body;
mod endpoint;
mod error;
mod events;
mod headers;
mod limits;
mod retry_after;
mod secret;
mod speech;
mod transcript;

pub use body::Body;
pub use endpoint::Endpoint;
pub use error::{Failure, Meaning, Result, ServerError};
pub use events::Events;
pub use secret::Secret;
pub use speech::{at_once, stream};
pub use transcript::{Part, Transcript};
