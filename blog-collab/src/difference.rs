//! What has to be changed in a text to make it another.

use std::ops::Range;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

/// How long may be looked for few changes; from then on larger ones are taken.
const PATIENCE: Duration = Duration::from_millis(100);

/// A place in a text, counted in UTF-16 units as Yjs does, and what is to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) at: u32,
    pub(crate) removed: u32,
    pub(crate) inserted: String,
}

/// What differs between two lists.
pub(crate) fn operations(old: &[String], new: &[String]) -> Vec<DiffOp> {
    let deadline = Instant::now() + PATIENCE;
    capture_diff_slices_deadline(Algorithm::Myers, old, new, Some(deadline))
}

/// The changes that make `old` into `new`, in order, their places counted in `old`. Lines that stay
/// are left alone; within lines that do not, so are words.
pub(crate) fn changes(old: &str, new: &str) -> Vec<Change> {
    if old == new {
        return vec![];
    }
    let deadline = Instant::now() + PATIENCE;
    let mut changes = vec![];
    let (mut bytes, mut at) = (0, 0);
    for (old_lines, new_lines) in differences(old, new, |it| it == '\n', deadline) {
        let (line, old, new) = (old_lines.start, &old[..old_lines.end], &new[new_lines]);
        for (old_words, new_words) in differences(&old[line..], new, char::is_whitespace, deadline)
        {
            let word = line + old_words.start;
            let (old_word, new_word) = (&old[word..line + old_words.end], &new[new_words]);
            let (begins, removed, inserted) = parts(old_word, new_word);
            at += units(&old[bytes..word + begins.len()]);
            bytes = word + begins.len();
            changes.push(Change {
                at,
                removed: units(removed),
                inserted: inserted.to_owned(),
            });
        }
    }
    changes
}

/// What a text says once two have changed it who did not know of each other.
pub(crate) fn merged(base: &str, one: &str, other: &str) -> String {
    // Two differences of the same texts need not be the same: each is as fine as its time allows.
    if one == other {
        return one.to_owned();
    }
    let mut both = changes(base, one);
    both.extend(changes(base, other));
    both.sort_by_key(|change| change.at);
    both.dedup();
    let base: Vec<u16> = base.encode_utf16().collect();
    let mut merged = Vec::with_capacity(base.len());
    let mut done = 0;
    for change in both {
        let at = change.at as usize;
        // Nothing, where the change before has removed this place as well.
        merged.extend_from_slice(base.get(done..at).unwrap_or_default());
        merged.extend(change.inserted.encode_utf16());
        done = done.max(at + change.removed as usize);
    }
    merged.extend_from_slice(base.get(done..).unwrap_or_default());
    String::from_utf16_lossy(&merged)
}

/// The places in which the texts differ, as bytes of both, in order. What ends with `end` is left
/// whole.
fn differences(
    old: &str,
    new: &str,
    end: impl FnMut(char) -> bool + Copy,
    deadline: Instant,
) -> Vec<(Range<usize>, Range<usize>)> {
    let (old, new): (Vec<_>, Vec<_>) = (
        old.split_inclusive(end).collect(),
        new.split_inclusive(end).collect(),
    );
    let (old_starts, new_starts) = (starts(&old), starts(&new));
    let place = |starts: &[usize], pieces: Range<usize>| starts[pieces.start]..starts[pieces.end];
    capture_diff_slices_deadline(Algorithm::Myers, &old, &new, Some(deadline))
        .into_iter()
        .filter(|operation| !matches!(operation, DiffOp::Equal { .. }))
        .map(|operation| {
            (
                place(&old_starts, operation.old_range()),
                place(&new_starts, operation.new_range()),
            )
        })
        .collect()
}

/// Where each piece begins, and the last one ends.
fn starts(pieces: &[&str]) -> Vec<usize> {
    let ends = pieces.iter().scan(0, |end, piece| {
        *end += piece.len();
        Some(*end)
    });
    std::iter::once(0).chain(ends).collect()
}

/// What both begin with, and what each has between that and what both end with.
fn parts<'a>(old: &'a str, new: &'a str) -> (&'a str, &'a str, &'a str) {
    let common = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
        pairs
            .take_while(|(old, new)| old == new)
            .map(|(character, _)| character.len_utf8())
            .sum()
    };
    let start = common(&mut old.chars().zip(new.chars()));
    let (begins, old, new) = (&old[..start], &old[start..], &new[start..]);
    let end = common(&mut old.chars().rev().zip(new.chars().rev()));
    (begins, &old[..old.len() - end], &new[..new.len() - end])
}

/// The length in UTF-16 units. Texts are at most a few megabytes.
pub(crate) fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn applied(old: &str, changes: &[Change]) -> String {
        let mut units: Vec<u16> = old.encode_utf16().collect();
        for change in changes.iter().rev() {
            let (at, removed) = (change.at as usize, change.removed as usize);
            units.splice(at..at + removed, change.inserted.encode_utf16());
        }
        String::from_utf16_lossy(&units)
    }

    fn change(at: u32, removed: u32, inserted: &str) -> Change {
        Change {
            at,
            removed,
            inserted: inserted.to_owned(),
        }
    }

    #[test]
    fn lines_and_words_that_stay_are_left_alone() {
        assert_eq!(changes("a\nb\nc\n", "a\nbee\nc\n"), [change(3, 0, "ee")]);
        assert_eq!(changes("one two", "one 😀 two"), [change(4, 0, "😀 ")]);
        let (old, new) = ("Ann saw the quick fox.\n", "Ben saw the slow fox.\n");
        assert_eq!(
            changes(old, new),
            [change(0, 2, "Be"), change(12, 5, "slow")]
        );
        assert_eq!(changes("same", "same"), []);
    }

    #[test]
    fn what_two_have_changed_is_both_there_and_what_both_have_is_there_once() {
        let base = "one\ntwo\nthree\n";
        let merge = |one, other| merged(base, one, other);
        assert_eq!(
            merge("ONE\ntwo\nthree\n", "one\ntwo\nthree\n4\n"),
            "ONE\ntwo\nthree\n4\n"
        );
        assert_eq!(
            merge("one\n2\nthree\n", "one\n2\nthree\n"),
            "one\n2\nthree\n"
        );
        assert_eq!(merge("", "one\ntwo and a half\nthree\n"), " and a half");
    }

    proptest! {
        #[test]
        fn the_changes_make_the_new_text(
            old in "([ab😀\u{e9} ]{0,4}\n?){0,8}",
            new in "([ab😀\u{e9} ]{0,4}\n?){0,8}",
        ) {
            prop_assert_eq!(applied(&old, &changes(&old, &new)), new.clone());
            prop_assert_eq!(merged(&old, &old, &new), new.clone());
            prop_assert_eq!(merged(&old, &new, &old), new.clone());
            prop_assert_eq!(merged(&old, &new, &new), new);
        }
    }
}
