use yrs::types::Delta;
use yrs::{Any, GetString, In, Out, Text, TextRef, TransactionMut};

use crate::difference::{Change, changes, units};

/// Makes a text say what is wanted instead of what it says; whether that is another.
pub(super) fn edit_text(
    text: &TextRef,
    transaction: &mut TransactionMut<'_>,
    wanted: impl FnOnce(&str) -> String,
) -> bool {
    let said = text.get_string(transaction);
    let wanted = wanted(&said);
    let changes = changes(&said, &wanted);
    if changes.is_empty() {
        return false;
    }
    let places = Places::in_text(text, transaction);
    // Elsewhere Yjs counts what has no place in a text, or a client has falsified its count.
    let delta = if places.length() == text.len(transaction) {
        places.delta(&changes)
    } else {
        let mut delta = vec![];
        delete(&mut delta, places.length());
        insert(&mut delta, &wanted);
        delta
    };
    text.apply_delta(transaction, delta);
    true
}

/// Where in a text something stands that is none, such as a picture: it counts as one unit, and edits
/// of the text leave it where it is.
struct Places {
    /// The units of the text before which it stands, in order.
    objects: Vec<u32>,
    /// The units of the whole text.
    units: u32,
}

impl Places {
    fn in_text(text: &TextRef, transaction: &TransactionMut<'_>) -> Self {
        let (mut objects, mut units) = (vec![], 0);
        for piece in text.diff(transaction, |_| ()) {
            if let Out::Any(Any::String(piece)) = piece.insert {
                units += self::units(&piece);
            } else {
                objects.push(units);
            }
        }
        Self { objects, units }
    }

    /// How much of what stands in the text has a place there.
    fn length(&self) -> u32 {
        let objects = u32::try_from(self.objects.len()).unwrap_or(u32::MAX);
        objects.saturating_add(self.units)
    }

    /// The changes as Yjs makes them in one pass.
    fn delta(&self, changes: &[Change]) -> Vec<Delta<In>> {
        let mut delta = vec![];
        let mut objects = self.objects.iter().copied().peekable();
        let mut place = 0;
        for change in changes {
            let mut kept = change.at - place;
            while objects.next_if(|object| *object < change.at).is_some() {
                kept += 1;
            }
            place = change.at;
            let end = change.at + change.removed;
            while let Some(object) = objects.next_if(|object| *object < end) {
                retain(&mut delta, kept);
                delete(&mut delta, object - place);
                (kept, place) = (1, object);
            }
            retain(&mut delta, kept);
            delete(&mut delta, end - place);
            place = end;
            insert(&mut delta, &change.inserted);
        }
        delta
    }
}

fn retain(delta: &mut Vec<Delta<In>>, units: u32) {
    if units > 0 {
        delta.push(Delta::Retain(units, None));
    }
}

fn delete(delta: &mut Vec<Delta<In>>, units: u32) {
    if units > 0 {
        delta.push(Delta::Deleted(units));
    }
}

fn insert(delta: &mut Vec<Delta<In>>, text: &str) {
    if !text.is_empty() {
        delta.push(Delta::Inserted(In::Any(Any::from(text)), None));
    }
}

#[cfg(test)]
mod tests {
    use yrs::updates::decoder::Decode;
    use yrs::{Doc, Transact, Update};

    use super::*;

    /// yrs adds the length of what goes on in another root to the root that it names.
    #[test]
    fn a_text_that_is_shorter_than_yrs_takes_it_for_can_be_edited() {
        let doc = Doc::new();
        let body = doc.get_or_insert_text("body");
        let mut transaction = doc.transact_mut();
        for update in [
            &b"\x01\x01\x05\x00\x04\x01\x04list\x02ab\x00"[..],
            b"\x01\x01\x05\x00\x04\x01\x04body\x04abcd\x00",
        ] {
            let update = Update::decode_v1(update).unwrap();
            transaction.apply_update(update).unwrap();
        }
        let said = body.get_string(&transaction);
        assert_ne!(body.len(&transaction) as usize, said.len());
        for wanted in ["wanted", "", "again"] {
            edit_text(&body, &mut transaction, |_| wanted.to_owned());
            assert_eq!(body.get_string(&transaction), wanted);
        }
    }
}
