#![doc = include_str!("../README.md")]

mod close;
mod contributors;
mod difference;
mod document;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod handover;
mod hub;
mod outbox;
mod participant;
mod room;
mod scanner;
mod wire;

pub use close::Close;
pub use hub::{Hub, HubBuilder, HubOptions, Present};
pub use outbox::Outgoing;
pub use participant::Participant;
