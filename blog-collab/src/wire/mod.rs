//! The bytes of the y-websocket protocol: <https://github.com/yjs/y-protocols/blob/master/PROTOCOL.md>.

mod awareness;
mod lib0;
mod message;

pub(crate) use awareness::{AwarenessEntry, entries, presence};
pub(crate) use lib0::{Reader, write_bytes, write_number};
pub(crate) use message::{
    Message, denied, messages, no_presence, sync_step_1, sync_step_2, update,
};

/// Bytes that are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WireError {
    /// They end too early.
    #[error("the message ends too early")]
    CutShort,
    /// A number has more bits than it may, or more bytes than it needs.
    #[error("a number is not encoded as it has to be")]
    Number,
    /// A text is not UTF-8.
    #[error("a text is not UTF-8")]
    Text,
    /// A kind of message that the protocol does not have.
    #[error("an unknown kind of message")]
    Kind,
}
