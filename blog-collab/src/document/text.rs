use yrs::branch::{Branch, BranchPtr};
use yrs::types::Delta;
use yrs::{Any, Array, ArrayRef, GetString, In, Out, Text, TextRef, TransactionMut};

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
    match Places::in_text(text, transaction, &said) {
        Some(places) => text.apply_delta(transaction, places.delta(&changes)),
        None => {
            // Its root type is a list as well, where everything has a place.
            let branch: &Branch = text.as_ref();
            let everything = ArrayRef::from(BranchPtr::from(branch));
            everything.remove_range(transaction, 0, text.len(transaction));
            text.insert(transaction, 0, &wanted);
        }
    }
    true
}

/// Where in a text something stands that is none, such as a picture: it counts as one unit, and edits
/// of the text leave it where it is.
struct Places {
    /// The units of the text before which it stands, in order.
    objects: Vec<u32>,
}

impl Places {
    /// `None` if something stands in it for which Yjs has no place in a text.
    fn in_text(text: &TextRef, transaction: &TransactionMut<'_>, said: &str) -> Option<Self> {
        let mut objects = vec![];
        let (mut bytes, mut units) = (0, 0);
        for piece in text.diff(transaction, |_| ()) {
            if let Out::Any(Any::String(piece)) = piece.insert {
                bytes += piece.len();
                units += self::units(&piece);
            } else {
                objects.push(units);
            }
        }
        let count = u32::try_from(objects.len()).ok()?;
        let is_all = bytes == said.len() && units.checked_add(count)? == text.len(transaction);
        is_all.then_some(Self { objects })
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
            if !change.inserted.is_empty() {
                let text = In::Any(Any::from(&*change.inserted));
                delta.push(Delta::Inserted(text, None));
            }
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
