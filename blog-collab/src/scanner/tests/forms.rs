//! Which forms are accepted, and which are refused.

use crate::scanner::{
    ClockRange, MAX_CLOCK, MAX_NESTING, ScanError, UpdateSummary, read_state_vector, scan_update,
};
use crate::wire::lib0::{DecodeError, MAX_NUMBER, write_var_string, write_var_uint};

/// An update of client 9 with one struct, and no deletions.
fn update_of(structure: &[u8]) -> Vec<u8> {
    [&[1, 1, 9, 0], structure, &[0]].concat()
}

/// An item in the root type "a".
fn item_of(reference: u8, content: &[u8]) -> Vec<u8> {
    update_of(&[&[reference, 1, 1, b'a'], content].concat())
}

fn clocks_of(update: &[u8]) -> Result<u32, ScanError> {
    Ok(scan_update(update)?.structs[0].clocks.end)
}

#[test]
fn an_empty_update_carries_nothing() {
    assert_eq!(scan_update(&[0, 0]), Ok(UpdateSummary::default()));
}

#[test]
fn what_an_update_skips_is_not_among_its_structs() {
    let update = [1, 4, 9, 0, 0, 2, 0, 3, 10, 5, 0, 1, 0];
    let range = |clocks| ClockRange { client: 9, clocks };
    assert_eq!(
        scan_update(&update).unwrap().structs,
        [range(0..5), range(10..11)]
    );
}

#[test]
fn every_content_takes_its_clocks() {
    assert_eq!(clocks_of(&item_of(1, &[7])), Ok(7));
    assert_eq!(clocks_of(&item_of(3, b"\x02ok")), Ok(1));
    assert_eq!(
        clocks_of(&item_of(4, "\u{6}a\u{20ac}\u{e9}".as_bytes())),
        Ok(3)
    );
    assert_eq!(clocks_of(&item_of(4, "\u{4}\u{1f600}".as_bytes())), Ok(2));
    assert_eq!(clocks_of(&item_of(5, b"\x02{}")), Ok(1));
    assert_eq!(clocks_of(&item_of(6, b"\x04bold\x04true")), Ok(1));
    assert_eq!(clocks_of(&item_of(7, &[3, 1, b'p'])), Ok(1));
    assert_eq!(clocks_of(&item_of(8, &[3, 126, 127, 120])), Ok(3));
    assert_eq!(clocks_of(&item_of(9, b"\x02id\x76\x00")), Ok(1));
}

#[test]
fn text_is_counted_in_utf_8_bytes() {
    assert_eq!(
        scan_update(&item_of(4, "\u{4}\u{1f600}".as_bytes()))
            .unwrap()
            .text_bytes,
        4
    );
}

#[test]
fn an_item_without_length_passes_among_others() {
    let update = [1, 2, 9, 0, 4, 1, 1, b'a', 0, 0, 1, 0];
    assert_eq!(clocks_of(&update), Ok(1));
    assert_eq!(scan_update(&item_of(4, &[0])), Err(ScanError::NoStructs(9)));
}

#[test]
fn an_item_may_have_neighbours_a_parent_or_a_root_and_a_key() {
    for item in [
        &b"\x84\x07\x00\x01x"[..],
        b"\x44\x07\x00\x01x",
        b"\xc4\x07\x00\x08\x00\x01x",
        b"\x04\x00\x07\x00\x01x",
        b"\x24\x01\x01a\x03key\x01x",
        b"\x24\x00\x07\x00\x03key\x01x",
        // The key comes from the neighbour, though the info says that there is one.
        b"\xa4\x07\x00\x01x",
    ] {
        assert_eq!(clocks_of(&update_of(item)), Ok(1), "{item:x?}");
    }
}

#[test]
fn contents_that_yjs_does_not_know_are_refused() {
    for reference in [0, 2, 10].into_iter().chain(11..32) {
        let info = 0x80 | reference;
        assert_eq!(
            scan_update(&update_of(&[info, 7, 0, 1, 0, 0])),
            Err(ScanError::UnknownStruct(info))
        );
    }
}

#[test]
fn shared_types_that_yjs_and_yrs_do_not_read_alike_are_refused() {
    for unknown in [5, 7, 8, 9, 15, 0x80] {
        assert_eq!(
            scan_update(&item_of(7, &[unknown])),
            Err(ScanError::UnknownType(unknown))
        );
    }
}

#[test]
fn every_kind_of_value_is_known() {
    for value in [
        &[127][..],
        &[126],
        &[125, 0x40],
        &[124, 0, 0, 0, 0],
        &[123, 0, 0, 0, 0, 0, 0, 0, 0],
        &[122, 0, 0, 0, 0, 0, 0, 0, 0],
        &[121],
        &[120],
        &[119, 1, b'a'],
        &[118, 2, 0, 126, 1, b'k', 117, 0],
        &[117, 2, 126, 118, 0],
        &[116, 1, 0xff],
    ] {
        assert_eq!(
            clocks_of(&item_of(8, &[&[1], value].concat())),
            Ok(1),
            "{value:?}"
        );
    }
    assert_eq!(
        scan_update(&item_of(8, &[1, 115])),
        Err(ScanError::UnknownValue(115))
    );
}

#[test]
fn values_may_be_nested_to_the_limit() {
    let nested = |depth| item_of(8, &[&[1], &[117, 1].repeat(depth)[..], &[126]].concat());
    assert_eq!(clocks_of(&nested(MAX_NESTING)), Ok(1));
    assert_eq!(clocks_of(&nested(MAX_NESTING + 1)), Err(ScanError::TooDeep));
}

#[test]
fn json_may_be_nested_to_the_limit() {
    let embedded = |json: &str| {
        let mut content = Vec::new();
        write_var_string(&mut content, json);
        item_of(5, &content)
    };
    let nested = |depth| embedded(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    assert_eq!(clocks_of(&nested(MAX_NESTING)), Ok(1));
    assert_eq!(clocks_of(&nested(MAX_NESTING + 1)), Err(ScanError::TooDeep));
    assert_eq!(
        clocks_of(&embedded(&format!(r#""\"{}""#, "[".repeat(100)))),
        Ok(1)
    );
    assert_eq!(
        clocks_of(&embedded(&format!(r#"["\\",{}"#, "[".repeat(100)))),
        Err(ScanError::TooDeep)
    );
}

#[test]
fn a_clock_is_at_most_the_largest() {
    let collected = |length| {
        let mut structure = vec![0];
        write_var_uint(&mut structure, length);
        update_of(&structure)
    };
    assert_eq!(clocks_of(&collected(MAX_CLOCK.into())), Ok(MAX_CLOCK));
    for length in [
        u64::from(MAX_CLOCK) + 1,
        u64::from(u32::MAX) + 1,
        MAX_NUMBER,
    ] {
        assert_eq!(
            scan_update(&collected(length)),
            Err(ScanError::ClockTooLarge)
        );
    }
    let one_more = [1, 1, 9, 0xff, 0xff, 0xff, 0xff, 0x07, 0, 1, 0];
    assert_eq!(scan_update(&one_more), Err(ScanError::ClockTooLarge));
}

#[test]
fn a_struct_that_is_no_item_has_a_length() {
    assert_eq!(scan_update(&update_of(&[0, 0])), Err(ScanError::EmptyRange));
    assert_eq!(
        scan_update(&update_of(&[10, 0])),
        Err(ScanError::EmptyRange)
    );
}

#[test]
fn a_client_stands_once() {
    let update = [2, 1, 9, 0, 0, 1, 1, 9, 5, 0, 1, 0];
    assert_eq!(scan_update(&update), Err(ScanError::DuplicateClient(9)));
    assert_eq!(
        scan_update(&[0, 2, 9, 1, 0, 1, 9, 1, 5, 1]),
        Err(ScanError::DuplicateClient(9))
    );
    assert_eq!(
        read_state_vector(&[2, 9, 1, 9, 2]),
        Err(ScanError::DuplicateClient(9))
    );
}

#[test]
fn deleted_ranges_rise_and_are_not_empty() {
    assert_eq!(
        scan_update(&[0, 1, 9, 2, 0, 5, 5, 1])
            .unwrap()
            .deletions
            .len(),
        2
    );
    assert_eq!(
        scan_update(&[0, 1, 9, 2, 0, 5, 4, 1]),
        Err(ScanError::UnorderedRanges)
    );
    assert_eq!(scan_update(&[0, 1, 9, 1, 3, 0]), Err(ScanError::EmptyRange));
}

#[test]
fn what_is_left_over_or_missing_is_an_error() {
    let update = item_of(4, b"\x02ok");
    for length in 0..update.len() {
        assert!(
            matches!(scan_update(&update[..length]), Err(ScanError::Decode(_))),
            "{length}"
        );
    }
    let longer = [&update[..], &[0]].concat();
    assert_eq!(scan_update(&longer), Err(DecodeError::TrailingBytes.into()));
}

#[test]
fn a_state_vector_is_pairs_of_client_and_clock() {
    assert_eq!(read_state_vector(&[0]), Ok(vec![]));
    assert_eq!(
        read_state_vector(&[2, 9, 1, 8, 2]),
        Ok(vec![(9, 1), (8, 2)])
    );
    assert_eq!(
        read_state_vector(&[1, 9]),
        Err(DecodeError::CountTooLarge.into())
    );
    assert_eq!(
        read_state_vector(&[1, 9, 0x80]),
        Err(DecodeError::Truncated.into())
    );
    assert_eq!(
        read_state_vector(&[1, 9, 1, 0]),
        Err(DecodeError::TrailingBytes.into())
    );
}
