//! What yrs writes passes, and means to the scanner what it means to yrs.

use proptest::prelude::*;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Doc, ReadTxn, Text, Transact, Update, merge_updates_v1};

use super::edits::{edits, perform, state};
use crate::fuzzing;
use crate::scanner::{ClockRange, read_state_vector, scan_update};
use crate::wire::message::Message;

/// That the update passes, and that yrs finds the same in it.
fn check(update: &[u8]) -> Result<(), TestCaseError> {
    prop_assert_eq!(scan_update(update).err(), None);
    prop_assert!(Update::decode_v1(update).is_ok());
    fuzzing::update(update);
    Ok(())
}

proptest! {
    #[test]
    fn the_update_of_every_edit_passes(edits in edits()) {
        for update in perform(&edits).updates {
            check(&update)?;
        }
    }

    #[test]
    fn whole_documents_and_what_one_lacks_of_another_pass(edits in edits()) {
        let docs = perform(&edits).docs;
        for doc in &docs {
            check(&state(doc))?;
            let state_vector = doc.transact().state_vector();
            prop_assert!(read_state_vector(&state_vector.encode_v1()).is_ok());
            for other in &docs {
                check(&other.transact().encode_diff_v1(&state_vector))?;
            }
        }
    }

    #[test]
    fn merged_updates_with_gaps_pass(edits in edits(), kept in prop::collection::vec(any::<bool>(), 40)) {
        let updates = perform(&edits).updates;
        let some = updates.iter().zip(kept).filter(|(_, kept)| *kept).map(|(update, _)| update);
        check(&merge_updates_v1(some).unwrap())?;
    }

    #[test]
    fn what_passes_after_a_change_of_bytes_means_the_same_to_yrs(
        edits in edits(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        for mut update in perform(&edits).updates {
            for (at, byte) in &changes {
                let at = at.index(update.len());
                update[at] = *byte;
            }
            fuzzing::update(&update);
        }
    }

    #[test]
    fn frames_after_a_change_of_bytes_are_read_without_a_panic(
        edits in edits(),
        at: prop::sample::Index,
        byte: u8,
    ) {
        let mut frame = Vec::new();
        for update in perform(&edits).updates {
            Message::Update(&update).write(&mut frame);
        }
        if !frame.is_empty() {
            let at = at.index(frame.len());
            frame[at] = byte;
        }
        fuzzing::frame(&frame);
    }

    #[test]
    fn any_bytes_are_scanned_without_a_panic(bytes: Vec<u8>) {
        _ = read_state_vector(&bytes);
        fuzzing::update(&bytes);
    }
}

#[test]
fn what_is_missing_of_merged_updates_is_not_among_their_structs() {
    let doc = Doc::with_client_id(9);
    let text = doc.get_or_insert_text("text");
    let updates = ["a", "b", "c"].map(|character| {
        let mut transaction = doc.transact_mut();
        text.push(&mut transaction, character);
        transaction.encode_update_v1()
    });
    let merged = merge_updates_v1([&updates[0], &updates[2]]).unwrap();
    let range = |clocks| ClockRange { client: 9, clocks };
    assert_eq!(
        scan_update(&merged).unwrap().structs,
        [range(0..1), range(2..3)]
    );
}
