//! Joins updates of a log before they are replayed: yrs takes longer for each of them than for what is
//! in it. What was typed letter by letter becomes one item, as Yjs and yrs have it themselves once it is there.

use std::collections::BTreeMap;
use std::ops::Range;

use yrs::{ClientID, StateVector};

use super::unkeyed::Unkeyed;
use super::{Edits, Refused};
use crate::scanner::{Id, Insertion, MAX_CLIENTS, Section, UpdateSummary, scan_update};
use crate::wire::lib0::{write_var_string, write_var_uint};

/// Updates, each of which goes on where those before it end. So what each client wrote can stand in
/// one section of one update, and all that is deleted behind it: yrs and Yjs read an update in the order
/// in which its items need each other, and delete at its end.
#[derive(Debug)]
pub(super) struct Joined {
    /// What is there once all of them are applied.
    end: StateVector,
    written: BTreeMap<u64, Written>,
    deleted: BTreeMap<u64, Vec<Range<u32>>>,
    summary: UpdateSummary,
}

/// What one client has written.
#[derive(Debug, Default)]
struct Written {
    start: u32,
    structs: u64,
    bytes: Vec<u8>,
    /// The last of the structs, whose text is not in the bytes yet.
    typed: Option<Typed>,
}

/// Text that may go on.
#[derive(Debug)]
struct Typed {
    /// What all of it was put before.
    right: Option<Id>,
    text: String,
}

impl Written {
    /// Adds structs that go on where these end. Under a key of a map each text takes the place of the one
    /// before, and goes on from none.
    fn add(&mut self, section: &Section, structs: &[u8], unkeyed: &Unkeyed) {
        let id = |clock| Id {
            client: section.client,
            clock,
        };
        let start = section.clocks.start;
        let last = start.checked_sub(1).map(id);
        let insertion = match section.structs {
            1 if unkeyed.has(id(start)) => Insertion::read(structs),
            _ => None,
        };
        match (insertion, &mut self.typed) {
            (Some(insertion), Some(typed))
                if insertion.left == last && insertion.right == typed.right =>
            {
                typed.text.push_str(insertion.text);
            }
            (
                Some(Insertion {
                    right, head, text, ..
                }),
                _,
            ) => {
                self.end_typed();
                self.structs += 1;
                self.bytes.extend_from_slice(head);
                let text = text.to_owned();
                self.typed = Some(Typed { right, text });
            }
            (None, _) => {
                self.end_typed();
                self.structs += section.structs;
                self.bytes.extend_from_slice(structs);
            }
        }
    }

    fn end_typed(&mut self) {
        if let Some(Typed { text, .. }) = self.typed.take() {
            write_var_string(&mut self.bytes, &text);
        }
    }
}

impl Joined {
    /// Nothing, after what is there.
    pub(super) fn after(present: StateVector) -> Self {
        Self {
            end: present,
            written: BTreeMap::new(),
            deleted: BTreeMap::new(),
            summary: UpdateSummary::default(),
        }
    }

    /// Whether the update goes on where these end; it is one of them then.
    pub(super) fn add(&mut self, update: &[u8], unkeyed: &mut Unkeyed) -> bool {
        let Ok(summary) = scan_update(update) else {
            return false;
        };
        if !self.goes_on(&summary) {
            return false;
        }
        unkeyed.note(&summary);
        for section in &summary.sections {
            let written = self.written.entry(section.client);
            let written = written.or_insert_with(|| Written {
                start: section.clocks.start,
                ..Written::default()
            });
            written.add(section, &update[section.bytes.clone()], unkeyed);
            let client = ClientID::new(section.client);
            self.end.set_max(client, section.clocks.end);
        }
        for deleted in &summary.deletions {
            let ranges = self.deleted.entry(deleted.client).or_default();
            ranges.push(deleted.clocks.clone());
        }
        self.summary.items.extend(summary.items);
        self.summary.text_bytes += summary.text_bytes;
        self.summary.shared_types += summary.shared_types;
        true
    }

    fn goes_on(&self, summary: &UpdateSummary) -> bool {
        let end = |client| self.end.get(&ClientID::new(client));
        let mut sections = summary.sections.iter();
        let mut deletions = summary.deletions.iter();
        let is_empty = sections.len() == 0 && deletions.len() == 0;
        !is_empty
            && self.written.len() + sections.len() <= MAX_CLIENTS
            && sections.all(|section| section.clocks.start == end(section.client))
            // What is not there yet when it is deleted is not deleted by that.
            && deletions.all(|deleted| deleted.clocks.end <= end(deleted.client))
    }

    /// All of them as one update, if there are any. As in those of Yjs, the highest client stands first.
    pub(super) fn edits(self) -> Option<Result<Edits<'static>, Refused>> {
        if self.written.is_empty() && self.deleted.is_empty() {
            return None;
        }
        let mut update = vec![];
        write_var_uint(&mut update, self.written.len() as u64);
        for (client, mut written) in self.written.into_iter().rev() {
            written.end_typed();
            write_var_uint(&mut update, written.structs);
            write_var_uint(&mut update, client);
            write_var_uint(&mut update, u64::from(written.start));
            update.extend(written.bytes);
        }
        write_var_uint(&mut update, self.deleted.len() as u64);
        for (client, ranges) in self.deleted.into_iter().rev() {
            let ranges = united(ranges);
            write_var_uint(&mut update, client);
            write_var_uint(&mut update, ranges.len() as u64);
            for range in ranges {
                write_var_uint(&mut update, u64::from(range.start));
                write_var_uint(&mut update, u64::from(range.end - range.start));
            }
        }
        Some(Edits::decode(update.into(), Some(self.summary)))
    }
}

/// The same clocks, in order, each once.
fn united(mut ranges: Vec<Range<u32>>) -> Vec<Range<u32>> {
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.dedup_by(|next, range| {
        let touches = next.start <= range.end;
        if touches {
            range.end = range.end.max(next.end);
        }
        touches
    });
    ranges
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use yrs::types::ToJson;
    use yrs::updates::decoder::Decode;
    use yrs::{
        ClientID, Doc, GetString, OffsetKind, Options, ReadTxn, Snapshot, StateVector, Text,
        Transact, Update,
    };

    use super::*;
    use crate::BodyFormat;
    use crate::document::{Document, Soundness};

    /// What one of several writers does to a text they share.
    #[derive(Debug, Clone)]
    enum Edit {
        /// Puts letters behind what they wrote last, each with an update of its own.
        Type(String),
        Erase(u32),
        Replace(u32, String),
        Jump(usize),
        /// Takes over all that the others have done.
        Pull,
    }

    fn edits() -> impl Strategy<Value = Vec<(usize, Edit)>> {
        let edit = prop_oneof![
            6 => "[a-z€😀 ]{1,6}".prop_map(Edit::Type),
            2 => (1..4_u32).prop_map(Edit::Erase),
            1 => (1..4_u32, "[a-z😀]{1,3}").prop_map(|(length, text)| Edit::Replace(length, text)),
            2 => any::<usize>().prop_map(Edit::Jump),
            3 => Just(Edit::Pull),
        ];
        vec((0..3_usize, edit), 1..60)
    }

    fn document(client: u64) -> Doc {
        let mut options = Options::with_client_id(ClientID::new(client));
        options.offset_kind = OffsetKind::Utf16;
        Doc::with_options(options)
    }

    fn state(doc: &Doc) -> Vec<u8> {
        doc.transact().encode_diff_v1(&StateVector::default())
    }

    fn take(doc: &Doc, update: &[u8]) {
        let update = Update::decode_v1(update).unwrap();
        doc.transact_mut().apply_update(update).unwrap();
    }

    /// The updates of these edits, in an order in which a log may have them.
    fn perform(edits: &[(usize, Edit)]) -> Vec<Vec<u8>> {
        let docs = [1, 5, 3].map(document);
        let mut cursors = [0; 3];
        let mut updates = vec![];
        for (writer, edit) in edits {
            let (doc, cursor) = (&docs[*writer], &mut cursors[*writer]);
            let text = doc.get_or_insert_text("body");
            let said: Vec<u16> = {
                let transaction = doc.transact();
                text.get_string(&transaction).encode_utf16().collect()
            };
            // Between two halves of a character nobody types.
            let is_half = |at: usize| {
                said.get(at)
                    .is_some_and(|unit| (0xdc00..0xe000).contains(unit))
            };
            *cursor = (*cursor).min(said.len());
            *cursor -= usize::from(is_half(*cursor));
            let erased = |length: u32| {
                let start = cursor.saturating_sub(length as usize);
                start - usize::from(is_half(start))
            };
            let mut change = |start: usize, end: usize, new: &str| {
                let mut transaction = doc.transact_mut();
                text.remove_range(&mut transaction, start as u32, (end - start) as u32);
                text.insert(&mut transaction, start as u32, new);
                updates.push(transaction.encode_update_v1());
                start + new.encode_utf16().count()
            };
            match edit {
                Edit::Type(letters) => {
                    for letter in letters.chars() {
                        *cursor = change(*cursor, *cursor, letter.encode_utf8(&mut [0; 4]));
                    }
                }
                Edit::Erase(length) => *cursor = change(erased(*length), *cursor, ""),
                Edit::Replace(length, new) => *cursor = change(erased(*length), *cursor, new),
                Edit::Jump(to) => *cursor = to % (said.len() + 1),
                Edit::Pull => {
                    for other in docs.iter().filter(|other| !Doc::ptr_eq(doc, other)) {
                        take(doc, &state(other));
                    }
                }
            }
        }
        updates
    }

    /// What it says, and what was ever written and deleted.
    fn outcome(doc: &Doc) -> (String, Snapshot) {
        let text = doc.get_or_insert_text("body");
        let transaction = doc.transact();
        (text.get_string(&transaction), transaction.snapshot())
    }

    fn one_by_one(updates: &[Vec<u8>]) -> (String, Snapshot) {
        let doc = document(9);
        updates.iter().for_each(|update| take(&doc, update));
        outcome(&doc)
    }

    fn replayed(updates: &[Vec<u8>]) -> (String, Snapshot) {
        let (format, encodes) = (BodyFormat::Markdown, Soundness::Encodes);
        let updates = updates.iter().map(|update| &**update);
        let replayed = Document::replay(9, format, None, updates, encodes);
        outcome(&replayed.unwrap().document.doc)
    }

    proptest! {
        #[test]
        fn updates_say_together_what_they_say_one_by_one(edits in edits()) {
            let updates = perform(&edits);
            prop_assert_eq!(replayed(&updates), one_by_one(&updates));
        }
    }

    /// All of these as one update.
    fn joined(updates: &[Vec<u8>]) -> Edits<'static> {
        let (mut joined, mut unkeyed) = (Joined::after(StateVector::default()), Unkeyed::default());
        for update in updates {
            assert!(joined.add(update, &mut unkeyed));
        }
        joined.edits().unwrap().unwrap()
    }

    #[test]
    fn what_several_write_in_turn_is_one_update() {
        let edits = ["The beginning, ", "the middle ", "and the end."].map(|text| {
            let text = Edit::Type(text.into());
            [
                (0, text.clone()),
                (1, Edit::Pull),
                (1, text),
                (0, Edit::Pull),
                (1, Edit::Erase(3)),
            ]
        });
        let updates = perform(&edits.concat());
        let edits = joined(&updates);
        assert!(scan_update(&edits.bytes).is_ok());
        assert_eq!(
            one_by_one(&[edits.bytes.into_owned()]),
            one_by_one(&updates)
        );
    }

    #[test]
    fn what_is_typed_letter_by_letter_is_one_item() {
        let (text, elsewhere) = (Edit::Type("One 😀 text".into()), Edit::Jump(3));
        let updates = perform(&[(0, text.clone()), (0, elsewhere), (0, text)]);
        let edits = joined(&updates);
        // The first letter stands in the root, and not beside anything.
        let sections = scan_update(&edits.bytes).unwrap().sections;
        assert_eq!(sections[0].structs, 3);
        assert_eq!(
            one_by_one(&[edits.bytes.into_owned()]),
            one_by_one(&updates)
        );
    }

    /// An item of one letter behind another, which does not say that it stands under a key, nor does the other.
    fn letter_behind(clock: u8, letter: u8) -> Vec<u8> {
        let (client, left) = (7, clock - 1);
        vec![1, 1, client, clock, 0x84, client, left, 1, letter, 0]
    }

    #[test]
    fn texts_under_a_key_of_a_map_take_each_others_place() {
        // Under the key `k` of the map `m`: client 7, clock 0, root, name, key, text.
        let first = vec![1, 1, 7, 0, 0x24, 1, 1, b'm', 1, b'k', 1, b'a', 0];
        let updates = [first, letter_behind(1, b'b'), letter_behind(2, b'c')];
        let said = |doc: &Doc| {
            let map = doc.get_or_insert_map("m");
            map.to_json(&doc.transact())
        };
        let doc = document(9);
        updates.iter().for_each(|update| take(&doc, update));
        let stored = updates.iter().map(|update| &**update);
        let (format, encodes) = (BodyFormat::Markdown, Soundness::Encodes);
        let replayed = Document::replay(9, format, None, stored, encodes).unwrap();
        assert_eq!(said(&replayed.document.doc), said(&doc));
        assert_eq!(
            replayed.document.doc.transact().snapshot(),
            doc.transact().snapshot()
        );
    }

    #[test]
    fn updates_that_do_nothing_are_passed_over() {
        let mut updates = perform(&[(0, Edit::Type("abc".into()))]);
        for place in [0, 2] {
            updates.insert(place, vec![0, 0]);
        }
        assert_eq!(replayed(&updates), one_by_one(&updates));
    }

    #[test]
    fn what_does_not_go_on_is_not_joined() {
        let updates = perform(&[(0, Edit::Type("abc".into())), (0, Edit::Erase(1))]);
        let mut joined = Joined::after(StateVector::default());
        let mut add = |update: &[u8]| joined.add(update, &mut Unkeyed::default());
        assert!(add(&updates[0]));
        // It is nothing; it is there already; there is a gap before it; what it deletes is not there yet.
        assert!(!add(&[0, 0]));
        assert!(!add(&updates[0]));
        assert!(!add(&updates[2]));
        assert!(!add(&updates[3]));
    }
}
