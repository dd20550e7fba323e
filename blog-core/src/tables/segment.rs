//! Entries of a log in one piece. An update of a keystroke has some twenty bytes: a row for each
//! would cost more than what it says.
//!
//! An entry is its time in microseconds (8 bytes, little-endian), and then its actor and its update,
//! each behind its length (LEB128). Numbers follow from the last entry's.

use bytes::{Buf, Bytes};
use chrono::{DateTime, Utc};

use crate::domain::AuthorId;
use crate::ports::Entry;

/// Entries in one piece: when each was appended, by whom, and its update.
#[must_use]
pub fn pack_entries<'a>(
    entries: impl IntoIterator<Item = (DateTime<Utc>, &'a AuthorId, &'a Bytes)>,
) -> Vec<u8> {
    let mut packed = Vec::new();
    for (at, actor, update) in entries {
        packed.extend(at.timestamp_micros().to_le_bytes());
        for bytes in [actor.as_bytes(), update] {
            pack_length(&mut packed, bytes.len());
            packed.extend(bytes);
        }
    }
    packed
}

fn pack_length(packed: &mut Vec<u8>, mut length: usize) {
    while length > 0x7f {
        packed.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    packed.push(length as u8);
}

/// What [`pack_entries`] made of entries of which the last has this number; `None` if it is not.
#[must_use]
pub fn unpack_entries(last: u64, mut packed: Bytes) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    // Those of one append have one time, which takes a while to read.
    let mut time = (0, DateTime::UNIX_EPOCH);
    while !packed.is_empty() {
        let micros = packed.try_get_i64_le().ok()?;
        if micros != time.0 {
            time = (micros, DateTime::from_timestamp_micros(micros)?);
        }
        let length = unpack_length(&mut packed)?;
        let actor = str::from_utf8(packed.get(..length)?).ok()?.to_owned();
        packed.advance(length);
        let length = unpack_length(&mut packed)?;
        entries.push(Entry {
            number: 0,
            at: time.1,
            actor,
            update: (length <= packed.len()).then(|| packed.split_to(length))?,
        });
    }
    let below = last.checked_sub(entries.len() as u64)?;
    for (number, entry) in (below + 1..).zip(&mut entries) {
        entry.number = number;
    }
    Some(entries)
}

fn unpack_length(packed: &mut Bytes) -> Option<usize> {
    let mut length = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let byte = packed.try_get_u8().ok()?;
        length |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return usize::try_from(length).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::{pack_entries, unpack_entries};
    use crate::ports::Entry;

    prop_compose! {
        fn entries()(made in prop::collection::vec(
            (0..1_i64 << 52, ".{0,20}", prop::collection::vec(any::<u8>(), 0..300)), 0..9,
        )) -> Vec<Entry> {
            let entry = |(number, (at, actor, update)): (u64, (i64, String, Vec<u8>))| Entry {
                number,
                at: DateTime::from_timestamp_micros(at).unwrap(),
                actor,
                update: update.into(),
            };
            (4..).zip(made).map(entry).collect()
        }
    }

    fn packed(entries: &[Entry]) -> Bytes {
        let parts = entries.iter().map(|it| (it.at, &it.actor, &it.update));
        pack_entries(parts).into()
    }

    proptest! {
        #[test]
        fn entries_come_back_as_they_were(entries in entries()) {
            let last = 3 + entries.len() as u64;
            prop_assert_eq!(unpack_entries(last, packed(&entries)), Some(entries));
        }

        #[test]
        fn pieces_that_stand_behind_each_other_are_one(entries in entries(), cut in 0..9_usize) {
            let (first, second) = entries.split_at(cut.min(entries.len()));
            let both = [packed(first), packed(second)].concat();
            prop_assert_eq!(both, packed(&entries));
        }

        #[test]
        fn what_is_cut_off_is_nothing(entries in entries(), missing in 1..8_usize) {
            let whole = packed(&entries);
            prop_assume!(!whole.is_empty());
            let cut = whole.slice(..whole.len().saturating_sub(missing));
            prop_assert_eq!(unpack_entries(20, cut), None);
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..99)) {
            let _ = unpack_entries(5, bytes.into());
        }
    }
}
