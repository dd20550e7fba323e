//! The messages of [y-websocket](https://github.com/yjs/y-websocket). Several may follow each other in
//! one frame.

use super::lib0::{DecodeError, Reader, write_var_bytes, write_var_string, write_var_uint};

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;

const SYNC_STEP_1: u64 = 0;
const SYNC_STEP_2: u64 = 1;
const UPDATE: u64 = 2;

const PERMISSION_DENIED: u64 = 0;

/// The frame of no awareness states at all. Clients that have heard nothing for 30 s reconnect, and this
/// is the least that they can hear.
pub(crate) const EMPTY_AWARENESS_FRAME: &[u8] = &[1, 1, 0];

/// One message. What it carries is not looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    /// The sender has what this state vector says, and asks for the rest.
    SyncStep1(&'a [u8]),
    /// The update that answers a [`SyncStep1`](Self::SyncStep1).
    SyncStep2(&'a [u8]),
    /// An update that has just been made.
    Update(&'a [u8]),
    /// [States of clients](super::awareness).
    Awareness(&'a [u8]),
    /// The receiver may not go on, for this reason. Only a server says so.
    PermissionDenied(&'a str),
    /// The sender asks for the states of all clients. A frame can hold as many of these as it has bytes,
    /// so one answer must do for all of them.
    QueryAwareness,
}

/// Why a frame cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MessageError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A type of message that is not y-websocket's. It cannot be skipped, as only its type would tell
    /// where it ends.
    #[error("there is no message of type {0}")]
    UnknownType(u64),
    /// A kind of sync message other than the three.
    #[error("there is no sync message of kind {0}")]
    UnknownSync(u64),
    /// A kind of auth message other than the one.
    #[error("there is no auth message of kind {0}")]
    UnknownAuth(u64),
}

impl<'a> Message<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, MessageError> {
        Ok(match reader.var_uint()? {
            SYNC => match reader.var_uint()? {
                SYNC_STEP_1 => Self::SyncStep1(reader.var_bytes()?),
                SYNC_STEP_2 => Self::SyncStep2(reader.var_bytes()?),
                UPDATE => Self::Update(reader.var_bytes()?),
                kind => return Err(MessageError::UnknownSync(kind)),
            },
            AWARENESS => Self::Awareness(reader.var_bytes()?),
            AUTH => match reader.var_uint()? {
                PERMISSION_DENIED => Self::PermissionDenied(reader.var_string()?),
                kind => return Err(MessageError::UnknownAuth(kind)),
            },
            QUERY_AWARENESS => Self::QueryAwareness,
            unknown => return Err(MessageError::UnknownType(unknown)),
        })
    }

    /// Appends the message to a frame.
    pub(crate) fn write(&self, frame: &mut Vec<u8>) {
        let mut sync = |kind, bytes| {
            write_var_uint(frame, SYNC);
            write_var_uint(frame, kind);
            write_var_bytes(frame, bytes);
        };
        match self {
            Self::SyncStep1(state_vector) => sync(SYNC_STEP_1, state_vector),
            Self::SyncStep2(update) => sync(SYNC_STEP_2, update),
            Self::Update(update) => sync(UPDATE, update),
            Self::Awareness(states) => {
                write_var_uint(frame, AWARENESS);
                write_var_bytes(frame, states);
            }
            Self::PermissionDenied(reason) => {
                write_var_uint(frame, AUTH);
                write_var_uint(frame, PERMISSION_DENIED);
                write_var_string(frame, reason);
            }
            Self::QueryAwareness => write_var_uint(frame, QUERY_AWARENESS),
        }
    }

    /// A frame with nothing but this message.
    pub(crate) fn to_frame(self) -> Vec<u8> {
        let mut frame = Vec::new();
        self.write(&mut frame);
        frame
    }
}

/// All messages of a frame in their order. After the first that cannot be read there are no more.
pub(crate) fn messages(frame: &[u8]) -> impl Iterator<Item = Result<Message<'_>, MessageError>> {
    let mut reader = Reader::new(frame);
    std::iter::from_fn(move || {
        if reader.is_empty() {
            return None;
        }
        let message = Message::read(&mut reader);
        if message.is_err() {
            reader = Reader::new(&[]);
        }
        Some(message)
    })
}

#[cfg(test)]
mod tests {
    use yrs::encoding::write::Write;
    use yrs::updates::encoder::Encode;
    use yrs::{Doc, ReadTxn, StateVector, Text, Transact};

    use super::*;

    fn read(frame: &[u8]) -> Result<Vec<Message<'_>>, MessageError> {
        messages(frame).collect()
    }

    #[test]
    fn every_message_of_a_frame_is_read() {
        let all = [
            Message::SyncStep1(&[0]),
            Message::SyncStep2(&[0, 0]),
            Message::Update(&[0, 0]),
            Message::Awareness(&[0]),
            Message::PermissionDenied("no"),
            Message::QueryAwareness,
        ];
        let mut frame = Vec::new();
        for message in &all {
            message.write(&mut frame);
        }
        assert_eq!(read(&frame).unwrap(), all);
    }

    #[test]
    fn what_a_client_says_first_is_read() {
        let doc = Doc::new();
        doc.get_or_insert_text("text")
            .push(&mut doc.transact_mut(), "hi");
        let state_vector = doc.transact().state_vector().encode_v1();
        let update = doc
            .transact()
            .encode_state_as_update_v1(&StateVector::default());

        let mut frame = vec![0, 0];
        frame.write_buf(&state_vector);
        frame.extend([0, 1]);
        frame.write_buf(&update);
        assert_eq!(
            read(&frame).unwrap(),
            [
                Message::SyncStep1(&state_vector),
                Message::SyncStep2(&update)
            ]
        );
    }

    #[test]
    fn messages_have_the_bytes_that_clients_expect() {
        assert_eq!(Message::SyncStep1(&[0]).to_frame(), [0, 0, 1, 0]);
        assert_eq!(Message::SyncStep2(&[0, 0]).to_frame(), [0, 1, 2, 0, 0]);
        assert_eq!(Message::Update(&[0, 0]).to_frame(), [0, 2, 2, 0, 0]);
        assert_eq!(
            Message::PermissionDenied("no").to_frame(),
            *b"\x02\x00\x02no"
        );
        assert_eq!(Message::Awareness(&[0]).to_frame(), EMPTY_AWARENESS_FRAME);
    }

    #[test]
    fn what_comes_before_an_unknown_message_is_read_and_nothing_after() {
        let read: Vec<_> = messages(&[3, 102, 0, 3]).collect();
        assert_eq!(
            read,
            [
                Ok(Message::QueryAwareness),
                Err(MessageError::UnknownType(102))
            ]
        );
        let read: Vec<_> = messages(&[3, 0, 3, 3]).collect();
        assert_eq!(
            read,
            [
                Ok(Message::QueryAwareness),
                Err(MessageError::UnknownSync(3))
            ]
        );
        let read: Vec<_> = messages(&[3, 2, 1, 3]).collect();
        assert_eq!(
            read,
            [
                Ok(Message::QueryAwareness),
                Err(MessageError::UnknownAuth(1))
            ]
        );
    }

    #[test]
    fn a_message_that_ends_early_is_an_error() {
        let frame = Message::Update(&[1, 2, 3]).to_frame();
        for length in 1..frame.len() {
            assert_eq!(read(&frame[..length]), Err(DecodeError::Truncated.into()));
        }
        assert_eq!(read(&[]), Ok(vec![]));
    }
}
