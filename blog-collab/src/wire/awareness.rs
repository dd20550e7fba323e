use bytes::Bytes;

use super::WireError;
use super::lib0::{Reader, write_bytes, write_number};
use super::message::awareness;

/// Where the owner of a client id is: a JSON text, or `null` once they are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AwarenessEntry<'a> {
    pub(crate) client: u64,
    pub(crate) clock: u64,
    pub(crate) state: &'a str,
}

/// The entries of an awareness message. Nothing follows an error.
pub(crate) fn entries(
    payload: &[u8],
) -> Result<impl Iterator<Item = Result<AwarenessEntry<'_>, WireError>>, WireError> {
    let mut reader = Reader::new(payload);
    let mut left = reader.number()?;
    Ok(std::iter::from_fn(move || {
        left = left.checked_sub(1)?;
        let entry = entry(&mut reader);
        if entry.is_err() {
            left = 0;
        }
        Some(entry)
    }))
}

fn entry<'a>(reader: &mut Reader<'a>) -> Result<AwarenessEntry<'a>, WireError> {
    Ok(AwarenessEntry {
        client: reader.number()?,
        clock: reader.number()?,
        state: reader.text()?,
    })
}

/// A message with these entries.
pub(crate) fn presence<'a>(entries: impl ExactSizeIterator<Item = AwarenessEntry<'a>>) -> Bytes {
    let mut payload = vec![];
    write_number(&mut payload, entries.len() as u64);
    for entry in entries {
        write_number(&mut payload, entry.client);
        write_number(&mut payload, entry.clock);
        write_bytes(&mut payload, entry.state.as_bytes());
    }
    awareness(&payload)
}

#[cfg(test)]
mod tests {
    use super::super::{Message, messages};
    use super::*;

    #[test]
    fn entries_come_back() {
        let written = [
            AwarenessEntry {
                client: 7,
                clock: 1,
                state: "{\"cursor\":3}",
            },
            AwarenessEntry {
                client: 1 << 40,
                clock: 0,
                state: "null",
            },
        ];
        let frame = presence(written.into_iter());
        let Some(Ok(Message::Awareness(payload))) = messages(&frame).next() else {
            unreachable!("it was written as such");
        };
        let read: Result<Vec<_>, _> = entries(payload).unwrap().collect();
        assert_eq!(read.unwrap(), written);
    }

    #[test]
    fn a_number_of_entries_that_are_not_there_costs_nothing() {
        let millions = [0xff, 0xff, 0xff, 0x7f];
        let read: Vec<_> = entries(&millions).unwrap().collect();
        assert_eq!(read, [Err(WireError::CutShort)]);
    }
}
