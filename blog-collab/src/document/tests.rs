use yrs::{Array, ArrayPrelim, Map, TransactionMut};

use super::*;
use crate::wire::lib0::write_var_uint;

/// Ordinary edits of one client, each an update.
fn edits() -> Vec<Vec<u8>> {
    let mut options = Options::with_client_id(ClientID::new(3));
    options.offset_kind = OffsetKind::Utf16;
    let doc = Doc::with_options(options);
    let (text, map) = (
        doc.get_or_insert_text("body"),
        doc.get_or_insert_map("meta"),
    );
    let list = doc.get_or_insert_array("list");
    let update = |edit: &dyn Fn(&mut TransactionMut<'_>)| {
        let mut transaction = doc.transact_mut();
        edit(&mut transaction);
        transaction.encode_update_v1()
    };
    vec![
        update(&|transaction| text.insert(transaction, 0, "hello \u{1F600} world")),
        update(&|transaction| {
            map.insert(transaction, "k", 1_i64);
        }),
        update(&|transaction| {
            list.insert(transaction, 0, Any::from("v"));
            list.insert(transaction, 1, ArrayPrelim::from([1, 2]));
        }),
        update(&|transaction| text.remove_range(transaction, 2, 3)),
    ]
}

/// yrs takes it after the others, and not in one transaction with them.
const DAMAGING_TOGETHER: &[u8] = &[
    0x01, 0x01, 0xc7, 0x13, 0x46, 0x03, 0x00, 0x03, 0x02, 0x04, 0x74, 0x72, 0x75, 0x65, 0x00,
];

/// An update of client 5 with one item, which says itself where it stands.
fn item(clock: u64, place: &[u8], content: &[u8]) -> Vec<u8> {
    let (kind, content) = content.split_first().unwrap();
    let head = [&[1, 1, 5][..], &number(clock), &[*kind]].concat();
    [&head, place, content, &[0]].concat()
}

fn number(number: u64) -> Vec<u8> {
    let mut bytes = vec![];
    write_var_uint(&mut bytes, number);
    bytes
}

fn replayed(updates: &[Vec<u8>]) -> Document {
    let (format, encodes) = (BodyFormat::Markdown, Soundness::Encodes);
    let updates = updates.iter().map(|update| &**update);
    let replayed = Document::replay(8, format, None, updates, encodes);
    replayed.unwrap().document
}

fn saying(body: &str) -> Content {
    let body = body.to_owned();
    Content {
        body,
        ..Content::default()
    }
}

#[test]
fn what_goes_on_in_the_middle_of_an_item_stands_where_its_beginning_does() {
    let in_list = |text: &[u8]| item(0, b"\x01\x04list", text);
    let in_body = |text: &[u8]| item(0, b"\x01\x04body", text);
    let (ab, abcd) = (b"\x04\x02ab", b"\x04\x04abcd");
    for (updates, said) in [
        ([in_list(ab), in_body(abcd)], ""),
        ([in_body(ab), in_list(abcd)], "abcd"),
    ] {
        let mut live = Document::new(9, BodyFormat::Markdown);
        let mut stored = vec![];
        for update in &updates {
            let Applied::Whole(new) = live.apply(Edits::read(update).unwrap()).unwrap() else {
                panic!("it is new");
            };
            stored.push(new.into_owned());
        }
        // As one node has it, as another that has stored all that it was sent, and as Yjs clients.
        for mut document in [replayed(&stored), replayed(&updates), live] {
            let content = document.content(&Content::default()).unwrap();
            assert_eq!(content.body, said);
            let wanted = saying("What was wanted.");
            document.edit(&content, &wanted).unwrap();
            assert_eq!(document.content(&Content::default()), Ok(wanted));
        }
    }
}

#[test]
fn what_goes_on_in_the_middle_of_an_item_stands_as_deep_as_its_beginning() {
    let array = |clock, within| item(clock, &[&[0, 5][..], &number(within)].concat(), &[7, 0]);
    let mut updates = vec![item(0, b"\x01\x04deep", &[7, 0])];
    updates.extend((1..100).map(|clock| array(clock, clock - 1)));
    updates.push(item(100, b"\x00\x05\x63", b"\x04\x02ab"));
    updates.push(item(100, b"\x01\x04root", b"\x04\x04abcd"));
    // Behind it, where a hundred arrays are around it.
    updates.push(item(104, b"\x05\x67", &[0x87, 0]));
    updates.extend((105..133).map(|clock| array(clock, clock - 1)));
    let mut live = Document::new(9, BodyFormat::Markdown);
    for update in &updates {
        live.apply(Edits::read(update).unwrap()).unwrap();
    }
    let deeper = array(133, 132);
    for mut document in [live, replayed(&updates)] {
        let refused = document.apply(Edits::read(&deeper).unwrap());
        assert_eq!(refused, Err(Refused::TooDeep));
    }
}

#[test]
fn what_was_taken_one_by_one_can_be_replayed() {
    let mut updates = edits();
    updates.push(DAMAGING_TOGETHER.to_vec());
    let mut live = Document::new(9, BodyFormat::Markdown);
    for update in &updates {
        live.apply(Edits::read(update).unwrap()).unwrap();
    }
    assert_eq!(replayed(&updates).is_same_as(&live), Ok(true));
}

#[test]
fn tens_of_thousands_of_changes_are_made_at_once() {
    let lines = |change: &dyn Fn(usize) -> &'static str| {
        let line = |number| format!("{} line {number} of a long text.\n", change(number));
        Content {
            body: (0..30_000).map(line).collect(),
            ..Content::default()
        }
    };
    let old = lines(&|_| "The");
    let new = lines(&|number| if number % 2 == 0 { "One" } else { "The" });
    assert!(old.body.len() > 1 << 19);
    let mut document = Document::new(1, BodyFormat::Markdown);
    document.edit(&Content::default(), &old).unwrap();
    document.edit(&old, &new).unwrap();
    assert!(document.content(&new) == Ok(new));
}

#[test]
fn a_broken_snapshot_is_an_error_and_a_broken_update_is_passed_over() {
    let mut updates = edits();
    let (broken, encodes): (&[u8], _) = (&[9, 9], Soundness::Encodes);
    let refused = Document::replay(1, BodyFormat::Markdown, Some(broken), [], encodes);
    assert!(refused.is_err());
    let sound = replayed(&updates);
    updates.push(broken.to_vec());
    assert_eq!(replayed(&updates).is_same_as(&sound), Ok(true));
}

#[test]
fn a_panic_over_a_document_is_a_refusal_and_ends_nothing_else() {
    let refused = contained(|| -> Result<(), Refused> { panic!("yrs cannot go on") });
    assert!(matches!(refused, Err(Refused::Damaging)));
}
