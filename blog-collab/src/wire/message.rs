use bytes::Bytes;

use super::WireError;
use super::lib0::{Reader, write_bytes, write_number};

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;

const STEP_1: u64 = 0;
const STEP_2: u64 = 1;
const UPDATE: u64 = 2;

/// What a client says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    /// It has this state vector, and asks for the rest.
    SyncStep1(&'a [u8]),
    /// What we lack, after our own step 1.
    SyncStep2(&'a [u8]),
    /// What it has just done.
    Update(&'a [u8]),
    /// Where somebody is, as [`entries`](super::entries) reads it.
    Awareness(&'a [u8]),
    /// It asks where everybody is.
    QueryAwareness,
}

/// All messages of a frame, in order. Nothing follows an error.
pub(crate) fn messages(frame: &[u8]) -> impl Iterator<Item = Result<Message<'_>, WireError>> {
    let mut reader = Reader::new(frame);
    std::iter::from_fn(move || {
        if reader.is_empty() {
            return None;
        }
        let message = message(&mut reader);
        if message.is_err() {
            reader = Reader::new(&[]);
        }
        Some(message)
    })
}

fn message<'a>(reader: &mut Reader<'a>) -> Result<Message<'a>, WireError> {
    Ok(match reader.number()? {
        SYNC => match reader.number()? {
            STEP_1 => Message::SyncStep1(reader.bytes()?),
            STEP_2 => Message::SyncStep2(reader.bytes()?),
            UPDATE => Message::Update(reader.bytes()?),
            _ => return Err(WireError::Kind),
        },
        AWARENESS => Message::Awareness(reader.bytes()?),
        QUERY_AWARENESS => Message::QueryAwareness,
        _ => return Err(WireError::Kind),
    })
}

/// "I have this; tell me the rest."
pub(crate) fn sync_step_1(state_vector: &[u8]) -> Bytes {
    sync(STEP_1, state_vector)
}

/// "This is what you lack."
pub(crate) fn sync_step_2(update: &[u8]) -> Bytes {
    sync(STEP_2, update)
}

/// "This was done."
pub(crate) fn update(update: &[u8]) -> Bytes {
    sync(UPDATE, update)
}

fn sync(kind: u64, payload: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(payload.len() + 12);
    write_number(&mut out, SYNC);
    write_number(&mut out, kind);
    write_bytes(&mut out, payload);
    out.into()
}

/// Where people are, as [`presence`](super::presence) writes it.
pub(super) fn awareness(payload: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(payload.len() + 12);
    write_number(&mut out, AWARENESS);
    write_bytes(&mut out, payload);
    out.into()
}

/// Nobody has moved. Clients close a connection on which nothing comes for 30 s.
pub(crate) const fn no_presence() -> Bytes {
    Bytes::from_static(&[1, 1, 0])
}

/// "You may not", and why.
pub(crate) fn denied(reason: &str) -> Bytes {
    let mut out = vec![];
    write_number(&mut out, AUTH);
    write_number(&mut out, 0);
    write_bytes(&mut out, reason.as_bytes());
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_of_a_frame_is_read() {
        let frame = [sync_step_1(&[0]), update(&[0, 0]), Bytes::from_static(&[3])].concat();
        let read: Vec<_> = messages(&frame).map(Result::unwrap).collect();
        let expected = [
            Message::SyncStep1(&[0]),
            Message::Update(&[0, 0]),
            Message::QueryAwareness,
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn what_comes_before_an_error_is_read_and_nothing_after() {
        let frame = [&update(&[7])[..], &[9], &update(&[8])[..]].concat();
        let read: Vec<_> = messages(&frame).collect();
        assert_eq!(read, [Ok(Message::Update(&[7])), Err(WireError::Kind)]);
    }
}
