//! What makes any [`LanguageModel`](crate::ports::LanguageModel) something to rely on. Only the whole is
//! public, for most other orders would be wrong:
//!
//! ```text
//! AnswerCache                    one answer for many who ask the same; only where it is wanted
//! └ Deadline                     ends everything below, waiting included
//!   └ Concurrency                a place for the whole call: whoever is refused is not tried again
//!     └ Fallback                 the second model once the first has been given up
//!       ├ Retry                  while an attempt may help, and there is time for it
//!       │ └ CircuitBreaker       counts attempts; what it refuses is not tried again
//!       │   └ Patience           ends an attempt that is silent, so that there is time for another
//!       │     └ the model
//!       └ … the same for the second model
//! ```
//!
//! A stream is given out with its first piece. Until then it is tried again, and elsewhere, as a whole
//! answer is; from then on what has been passed on stands, and a fault of it is an error.
//!
//! Dropping a call or a stream ends all that was begun for it; nothing is spawned but a stream's timer, which
//! ends with it.

mod answer_cache;
mod begun;
mod circuit_breaker;
mod concurrency;
mod deadline;
mod fallback;
mod flights;
mod held;
mod jitter;
mod patience;
mod reliable;
mod request_hash;
mod retry;
#[cfg(test)]
mod sample;

pub use answer_cache::AnswerCache;
pub(crate) use deadline::{from_now, is_late};
pub(crate) use held::held_until;
pub use reliable::{Reliable, ReliableOptions};
