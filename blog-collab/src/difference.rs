//! What has to be changed in a text to make it another.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A place in a text, counted in UTF-16 units as Yjs does, and what is to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) at: u32,
    pub(crate) removed: u32,
    pub(crate) inserted: String,
}

/// The changes that make `old` into `new`, in order, their places counted in `old`. Lines that stay
/// are left alone; within lines that do not, so is what they begin and end with.
pub(crate) fn changes(old: &str, new: &str) -> Vec<Change> {
    if old == new {
        return vec![];
    }
    let (old_lines, new_lines): (Vec<_>, Vec<_>) = (
        old.split_inclusive('\n').collect(),
        new.split_inclusive('\n').collect(),
    );
    let starts = starts(&old_lines);
    capture_diff_slices(Algorithm::Myers, &old_lines, &new_lines)
        .into_iter()
        .filter(|operation| !matches!(operation, DiffOp::Equal { .. }))
        .map(|operation| {
            let (old_range, new_range) = (operation.old_range(), operation.new_range());
            let at = starts[old_range.start];
            change(
                at,
                &old_lines[old_range].concat(),
                &new_lines[new_range].concat(),
            )
        })
        .collect()
}

/// Where each line begins, and the text ends.
fn starts(lines: &[&str]) -> Vec<u32> {
    let mut at = 0;
    let mut starts = vec![0];
    for line in lines {
        at += units(line);
        starts.push(at);
    }
    starts
}

fn change(at: u32, old: &str, new: &str) -> Change {
    let common = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
        pairs
            .take_while(|(old, new)| old == new)
            .map(|(character, _)| character.len_utf8())
            .sum()
    };
    let start = common(&mut old.chars().zip(new.chars()));
    let (begins, old, new) = (&old[..start], &old[start..], &new[start..]);
    let end = common(&mut old.chars().rev().zip(new.chars().rev()));
    Change {
        at: at + units(begins),
        removed: units(&old[..old.len() - end]),
        inserted: new[..new.len() - end].to_owned(),
    }
}

/// Texts are at most a few megabytes.
fn units(text: &str) -> u32 {
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

    #[test]
    fn what_stays_is_left_alone() {
        let change = |at, removed, inserted: &str| Change {
            at,
            removed,
            inserted: inserted.to_owned(),
        };
        assert_eq!(changes("a\nb\nc\n", "a\nbee\nc\n"), [change(3, 0, "ee")]);
        assert_eq!(changes("one two", "one 😀 two"), [change(4, 0, "😀 ")]);
        assert_eq!(changes("same", "same"), []);
    }

    proptest! {
        #[test]
        fn the_changes_make_the_new_text(
            old in "([ab😀\u{e9}]{0,4}\n?){0,8}",
            new in "([ab😀\u{e9}]{0,4}\n?){0,8}",
        ) {
            prop_assert_eq!(applied(&old, &changes(&old, &new)), new);
        }
    }
}
