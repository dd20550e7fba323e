//! A stand-in for the servers of language models: it speaks their wire formats, and answers what it is told
//! to, with any fault. It has no model, and says so: in the name `stand-in` and in every text of its own.
//!
//! Nothing leads to a fault by chance: tests script the next replies ([`StandIn::reply`]), and people ask for
//! one in words ([`asked_for`]).

mod anthropic;
mod call;
mod invented;
mod line;
mod openai;
mod output;
mod reply;
mod server;
mod vendor;

pub use call::Asked;
pub use invented::asked_for;
pub use reply::{Problem, Reply};
pub use server::{Options, StandIn};
