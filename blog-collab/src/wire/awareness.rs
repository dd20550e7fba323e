//! [Awareness](https://github.com/yjs/y-protocols/blob/master/awareness.js): who is here, and where their
//! cursors stand.

use super::lib0::{DecodeError, Reader, write_var_string, write_var_uint};

/// The JSON that says a client has gone.
const GONE: &str = "null";

/// Client, clock and the length of the state.
const SMALLEST_ENTRY: usize = 3;

/// What is told of one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) client: u64,
    /// Grows with each change of the state.
    pub(crate) clock: u64,
    /// JSON that has not been parsed, or `None` when the client has gone.
    pub(crate) state: Option<&'a str>,
}

impl<'a> Entry<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            client: reader.var_uint()?,
            clock: reader.var_uint()?,
            state: Some(reader.var_string()?).filter(|state| *state != GONE),
        })
    }
}

/// The entries of an awareness message in their order. After the first that cannot be read there are
/// no more. Clients send back what they receive of others: look at
/// [`client`](Entry::client) before parsing a state.
pub(crate) fn entries(
    payload: &[u8],
) -> Result<impl Iterator<Item = Result<Entry<'_>, DecodeError>>, DecodeError> {
    let mut reader = Reader::new(payload);
    let mut left = reader.count(SMALLEST_ENTRY)?;
    if left == 0 {
        reader.finish()?;
    }
    Ok(std::iter::from_fn(move || {
        left = left.checked_sub(1)?;
        let entry = Entry::read(&mut reader).and_then(|entry| {
            if left == 0 {
                reader.finish()?;
            }
            Ok(entry)
        });
        if entry.is_err() {
            left = 0;
        }
        Some(entry)
    }))
}

/// The awareness message of these entries.
pub(crate) fn encode(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut payload = Vec::new();
    write_var_uint(&mut payload, entries.len() as u64);
    for entry in entries {
        write_var_uint(&mut payload, entry.client);
        write_var_uint(&mut payload, entry.clock);
        write_var_string(&mut payload, entry.state.unwrap_or(GONE));
    }
    payload
}

#[cfg(test)]
mod tests {
    use yrs::sync::Awareness;
    use yrs::sync::awareness::AwarenessUpdate;
    use yrs::updates::decoder::Decode;
    use yrs::updates::encoder::Encode;
    use yrs::{ClientID, Doc};

    use super::*;

    fn read(payload: &[u8]) -> Result<Vec<Entry<'_>>, DecodeError> {
        entries(payload)?.collect()
    }

    #[test]
    fn what_yrs_sends_is_read_and_written_the_same() {
        let mut awareness = Awareness::new(Doc::with_client_id(7));
        awareness.set_local_state_raw(r#"{"user":{"name":"Zoë"}}"#);
        let payload = awareness.update().unwrap().encode_v1();
        let entries = read(&payload).unwrap();
        assert_eq!(
            entries,
            [Entry {
                client: 7,
                clock: 1,
                state: Some(r#"{"user":{"name":"Zoë"}}"#)
            }]
        );
        assert_eq!(encode(&entries), payload);
    }

    #[test]
    fn yrs_reads_what_is_written() {
        let payload = encode(&[
            Entry {
                client: 1,
                clock: 5,
                state: Some("{}"),
            },
            Entry {
                client: 2,
                clock: 6,
                state: None,
            },
        ]);
        let update = AwarenessUpdate::decode_v1(&payload).unwrap();
        assert_eq!(&*update.clients[&ClientID::new(1)].json, "{}");
        assert_eq!(&*update.clients[&ClientID::new(2)].json, "null");
        assert_eq!(update.clients[&ClientID::new(2)].clock, 6);
    }

    #[test]
    fn a_client_that_has_gone_has_no_state() {
        assert_eq!(
            read(b"\x01\x07\x02\x04null"),
            Ok(vec![Entry {
                client: 7,
                clock: 2,
                state: None
            }])
        );
    }

    #[test]
    fn states_are_not_parsed() {
        assert_eq!(read(b"\x01\x07\x02\x01{").unwrap()[0].state, Some("{"));
    }

    #[test]
    fn a_count_above_what_the_bytes_hold_is_refused_before_any_entry() {
        let declared_2_to_the_28 = [0x80, 0x80, 0x80, 0x80, 0x01];
        assert_eq!(
            entries(&declared_2_to_the_28).err(),
            Some(DecodeError::CountTooLarge)
        );
    }

    #[test]
    fn what_is_left_over_or_missing_is_an_error() {
        assert_eq!(read(b"\x00\x00"), Err(DecodeError::TrailingBytes));
        assert_eq!(
            read(b"\x01\x07\x02\x02{}\x00"),
            Err(DecodeError::TrailingBytes)
        );
        assert_eq!(read(b"\x01\x07\x02\x03{}"), Err(DecodeError::Truncated));
        assert_eq!(read(&[]), Err(DecodeError::Truncated));
    }
}
