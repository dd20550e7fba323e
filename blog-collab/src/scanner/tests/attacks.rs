//! Inputs that hurt yrs 0.28.1, and what the scanner says of each. Those that pass claim clocks of
//! clients that are not the sender's, or of none that exists: that is for the room to refuse.

use yrs::updates::decoder::Decode;
use yrs::{Doc, ReadTxn, Transact, Update};

use crate::scanner::{
    ClockRange, MAX_CLIENTS, ScanError, Section, UpdateSummary, read_state_vector, scan_update,
};
use crate::wire::lib0::{DecodeError, write_var_uint};

/// The number of clients or elements, and nothing of them.
fn declaring(count: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_var_uint(&mut bytes, count);
    bytes
}

fn range(client: u64, clocks: std::ops::Range<u32>) -> ClockRange {
    ClockRange { client, clocks }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

/// Overflows the stack of a thread, which aborts the process.
#[test]
fn arrays_nested_7000_deep_are_refused() {
    let mut update = b"\x01\x01\x01\x00\x08\x01\x01a\x01".to_vec();
    for _ in 0..7_000 {
        update.extend([117, 1]);
    }
    update.extend([126, 0]);
    assert_eq!(scan_update(&update), Err(ScanError::TooDeep));
}

/// Reserves up to 2.7 GB.
#[test]
fn updates_that_declare_millions_of_clients_are_refused() {
    for clients in [1_000_000, 50_000_000, 1 << 28, (1 << 32) - 1] {
        assert_eq!(
            scan_update(&declaring(clients)),
            Err(DecodeError::CountTooLarge.into())
        );
    }
}

/// Reserves 480 MB.
#[test]
fn a_state_vector_of_5_bytes_that_declares_2_to_the_28_entries_is_refused() {
    assert_eq!(
        read_state_vector(&declaring(1 << 28)),
        Err(DecodeError::CountTooLarge.into())
    );
}

/// All that the other client types afterwards is taken for known, and lost.
#[test]
fn a_collected_struct_of_another_client_passes_and_names_the_client() {
    let update = [1, 1, 42, 0, 0, 0x80, 0x01, 0];
    let section = Section {
        client: 42,
        clocks: 0..128,
        structs: 1,
        bytes: 4..7,
    };
    let summary = UpdateSummary {
        sections: vec![section],
        structs: vec![range(42, 0..128)],
        ..Default::default()
    };
    assert_eq!(scan_update(&update), Ok(summary));
}

/// All that the other client has typed is deleted.
#[test]
fn a_deletion_of_all_of_another_client_passes_and_names_the_client() {
    let update = [0, 1, 42, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x07];
    let summary = UpdateSummary {
        deletions: vec![range(42, 0..i32::MAX as u32)],
        ..Default::default()
    };
    assert_eq!(scan_update(&update), Ok(summary));
}

/// yrs recurses once for each such client.
#[test]
fn a_client_without_structs_is_refused() {
    let update = [2, 0, 7, 0, 1, 8, 0, 0, 0x80, 1, 0];
    assert_eq!(scan_update(&update), Err(ScanError::NoStructs(7)));
}

/// yrs recurses once for each client of a chain in which each waits for the next.
#[test]
fn a_chain_of_more_clients_than_an_update_may_have_is_refused() {
    assert!(scan_update(&chain_of_clients(MAX_CLIENTS as u64)).is_ok());
    assert_eq!(
        scan_update(&chain_of_clients(MAX_CLIENTS as u64 + 1)),
        Err(ScanError::TooManyClients)
    );
}

#[test]
fn yrs_survives_the_longest_chain_of_clients_that_passes() {
    let update = Update::decode_v1(&chain_of_clients(MAX_CLIENTS as u64)).unwrap();
    let doc = Doc::new();
    doc.transact_mut().apply_update(update).unwrap();
    assert!(doc.transact().has_missing_updates());
}

/// Each has one item, whose left neighbour is of the client before. That of the first does not exist.
fn chain_of_clients(clients: u64) -> Vec<u8> {
    let mut update = declaring(clients);
    for client in 1..=clients {
        update.push(1);
        write_var_uint(&mut update, client);
        update.extend([0, 0x84]);
        write_var_uint(
            &mut update,
            if client == 1 { clients + 1 } else { client - 1 },
        );
        update.extend(b"\x00\x01a");
    }
    update.push(0);
    update
}

/// Overflows the stack when the outermost is deleted, in this update or in a later one.
#[test]
fn shared_types_nested_in_each_other_pass_and_are_counted() {
    let mut update = b"\x01\x90\x4e\x09\x00\x07\x01\x01a\x00".to_vec();
    for parent in 0..9_999 {
        update.extend([7, 0, 9]);
        write_var_uint(&mut update, parent);
        update.push(0);
    }
    update.push(0);
    assert_eq!(scan_update(&update).unwrap().shared_types, 10_000);
}

/// Each of 5 to 7 bytes takes 1 KB in yrs.
#[test]
fn subdocuments_pass_and_are_counted() {
    let update = b"\x01\x02\x09\x00\x09\x01\x01a\x00\x7f\x89\x09\x00\x00\x7f\x00";
    assert_eq!(scan_update(update).unwrap().subdocuments, 2);
}

/// Four that fuzzing found: yrs panics on each, at once or when it next encodes the document.
mod found_by_fuzzing {
    use super::*;

    #[test]
    fn a_form_of_parent_that_does_not_exist_is_refused() {
        let update = bytes("0102030102021346020001620474727565c6020602070162046e756c6c00");
        assert_eq!(scan_update(&update), Err(ScanError::UnknownParent(2)));
    }

    #[test]
    fn an_item_with_an_unused_bit_set_is_refused() {
        let update = bytes(
            "010402152801016d016b017d2aa80215017701762701016d016e01726128000128000217017a017d010102011501",
        );
        assert_eq!(scan_update(&update), Err(ScanError::UnknownStruct(0x72)));
    }

    #[test]
    fn json_of_yjs_12_is_refused() {
        let update =
            bytes("0101000102010200040101741568656c6c6f20776f726c6420f09f9880207465787400");
        assert_eq!(scan_update(&update), Err(ScanError::UnknownStruct(2)));
    }

    #[test]
    fn a_clock_that_wraps_around_is_refused() {
        let update = bytes("010301f09f98801908010161017d01880119017d0288011a027d037d040101011a01");
        assert_eq!(scan_update(&update), Err(ScanError::ClockTooLarge));
    }
}
