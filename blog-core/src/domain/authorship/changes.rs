//! What differs in two texts.

use std::ops::Range;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use unicode_segmentation::UnicodeSegmentation;

/// How long may be looked for what stays from one version to the next; from then on more counts as new.
const PATIENCE: Duration = Duration::from_millis(100);

/// Places with more bytes than this are not compared by word.
const WORDS_AT_ONCE: usize = 20_000;

/// A place in which two texts differ, as bytes of each.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
}

fn is_long(place: &Change) -> bool {
    place.old.len() + place.new.len() > WORDS_AT_ONCE
}

/// The changes by line, and by word within lines that changed.
pub(super) fn changes(old: &str, new: &str) -> Vec<Change> {
    let deadline = Instant::now() + PATIENCE;
    let within = |lines: Change| match () {
        () if is_long(&lines) => vec![lines],
        () => new_words(&lines, old, new, deadline),
    };
    let lines = changed_lines(old, new, deadline);
    lines.into_iter().flat_map(within).collect()
}

/// The changes where nothing was written and much may have been erased: the coarsest that do not take
/// for new what is old. Empty lines and short words are alike, and may be taken for each other.
pub(super) fn erasures(old: &str, new: &str) -> Vec<Change> {
    let deadline = Instant::now() + PATIENCE;
    let is_erased =
        |change: &Change| is_left_of(&new[change.new.clone()], &old[change.old.clone()]);
    let words = |place: Change| match () {
        () if is_long(&place) => vec![place],
        () => changed_words(&place, old, new, deadline),
    };
    let lines = changed_lines(old, new, deadline);
    let by_line: Vec<_> = lines.into_iter().flat_map(words).collect();
    if by_line.iter().all(is_erased) {
        return by_line;
    }
    let window = window(old, new);
    let by_word = words(window.clone());
    if by_word.iter().all(is_erased) {
        return by_word;
    }
    if is_erased(&window) {
        vec![window]
    } else {
        by_line
    }
}

/// Whether a text is another one in which something was erased.
fn is_left_of(left: &str, text: &str) -> bool {
    let mut text = text.chars();
    left.chars().all(|left| text.any(|it| it == left))
}

/// All between the lines that both begin with and those that both end with.
fn window(old: &str, new: &str) -> Change {
    let alike = |(old, new): &(u8, u8)| old == new;
    let start = old.bytes().zip(new.bytes()).take_while(alike).count();
    let start = old.as_bytes()[..start]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let ends = old[start..].bytes().rev().zip(new[start..].bytes().rev());
    let end = ends.take_while(alike).count();
    let tail = old.as_bytes()[old.len() - end..].iter();
    // What follows the first line end of what is alike: there a line begins in both.
    let end = tail
        .clone()
        .position(|byte| *byte == b'\n')
        .map_or(0, |at| tail.len() - at - 1);
    Change {
        old: start..old.len() - end,
        new: start..new.len() - end,
    }
}

fn changed_lines(old: &str, new: &str, deadline: Instant) -> Vec<Change> {
    let window = window(old, new);
    let lines = |text| str::split_inclusive(text, '\n').collect();
    differences(&window, old, new, lines, deadline)
}

fn changed_words(place: &Change, old: &str, new: &str, deadline: Instant) -> Vec<Change> {
    let words = |text| UnicodeSegmentation::split_word_bounds(text).collect();
    differences(place, old, new, words, deadline)
}

/// The changed words; what is between two new ones and has no word in it is new as well.
fn new_words(place: &Change, old: &str, new: &str, deadline: Instant) -> Vec<Change> {
    let mut changes: Vec<Change> = vec![];
    for change in changed_words(place, old, new, deadline) {
        match changes.last_mut() {
            Some(last)
                if !last.new.is_empty()
                    && !change.new.is_empty()
                    && !new[last.new.end..change.new.start].contains(char::is_alphanumeric) =>
            {
                last.old.end = change.old.end;
                last.new.end = change.new.end;
            }
            _ => changes.push(change),
        }
    }
    changes
}

/// The changes in a place of two texts that are compared part by part.
fn differences<'a>(
    place: &Change,
    old: &'a str,
    new: &'a str,
    parts: impl Fn(&'a str) -> Vec<&'a str>,
    deadline: Instant,
) -> Vec<Change> {
    let (old, new) = (
        parts(&old[place.old.clone()]),
        parts(&new[place.new.clone()]),
    );
    let old_starts = starts(&old, place.old.start);
    let new_starts = starts(&new, place.new.start);
    capture_diff_slices_deadline(Algorithm::Myers, &old, &new, Some(deadline))
        .into_iter()
        .filter(|operation| !matches!(operation, DiffOp::Equal { .. }))
        .map(|operation| {
            let (old, new) = (operation.old_range(), operation.new_range());
            Change {
                old: old_starts[old.start]..old_starts[old.end],
                new: new_starts[new.start]..new_starts[new.end],
            }
        })
        .collect()
}

/// Where each part begins, and the last one ends.
fn starts(parts: &[&str], first: usize) -> Vec<usize> {
    let ends = parts.iter().scan(first, |end, part| {
        *end += part.len();
        Some(*end)
    });
    std::iter::once(first).chain(ends).collect()
}
