#![doc = include_str!("../README.md")]

mod assistant;
mod changes;
mod close;
mod connection;
mod contributors;
mod difference;
mod document;
mod first;
mod fold_of_model;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod handover;
mod handshake;
mod hocuspocus;
mod hub;
mod nesting;
mod options;
mod outbox;
mod pace;
mod participant;
mod rich_text;
mod room;
mod scanner;
mod wire;

pub use assistant::{AcceptedSuggestion, Assist, Run, RunProblem, RunState};
pub use blog_core::ports::Present;
pub use changes::Changes;
pub use close::Close;
pub use handshake::Handshake;
pub use hocuspocus::{Admitted, serve_documents};
pub use hub::{Hub, HubBuilder};
pub use options::{BodyFormat, HubOptions};
pub use outbox::Outgoing;
pub use participant::Participant;
