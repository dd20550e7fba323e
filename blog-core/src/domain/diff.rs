use std::time::Duration;

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

/// How long a diff may look for the shortest answer before it takes a longer one.
const PATIENCE: Duration = Duration::from_millis(300);

/// What changed from one text to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Diff {
    /// The places, each with three lines around it.
    pub hunks: Vec<Hunk>,
    /// The same as a unified diff.
    pub unified: String,
}

/// A place that changed. Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hunk {
    /// First line in the old text.
    pub old_start: usize,
    /// Number of lines in the old text.
    pub old_lines: usize,
    /// First line in the new text.
    pub new_start: usize,
    /// Number of lines in the new text.
    pub new_lines: usize,
    /// The lines of both.
    pub lines: Vec<Line>,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Line {
    /// Which text it is in.
    pub kind: LineKind,
    /// Its pieces, which make up the line.
    pub words: Vec<Word>,
}

/// Which text a line is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LineKind {
    /// Both.
    Equal,
    /// The new one only.
    Insert,
    /// The old one only.
    Delete,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Word {
    /// Its text.
    pub text: String,
    /// Whether this piece is what changed in the line.
    pub changed: bool,
}

/// What changed from `old` to `new`, by line and within lines by word.
#[must_use]
pub fn diff(old: &str, new: &str) -> Diff {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let groups = diff.grouped_ops(3);
    let hunks = groups.iter().map(|operations| {
        let lines = operations
            .iter()
            .flat_map(|operation| diff.iter_inline_changes(operation))
            .map(|change| Line {
                kind: match change.tag() {
                    ChangeTag::Equal => LineKind::Equal,
                    ChangeTag::Insert => LineKind::Insert,
                    ChangeTag::Delete => LineKind::Delete,
                },
                words: change
                    .iter_strings_lossy()
                    .map(|(changed, text)| Word {
                        text: text.into_owned(),
                        changed,
                    })
                    .collect(),
            })
            .collect();
        let old = span(operations.iter().map(similar::DiffOp::old_range));
        let new = span(operations.iter().map(similar::DiffOp::new_range));
        Hunk {
            old_start: old.start + 1,
            old_lines: old.len(),
            new_start: new.start + 1,
            new_lines: new.len(),
            lines,
        }
    });
    Diff {
        hunks: hunks.collect(),
        unified: diff.unified_diff().context_radius(3).to_string(),
    }
}

fn span(mut ranges: impl Iterator<Item = std::ops::Range<usize>>) -> std::ops::Range<usize> {
    let first = ranges.next().unwrap_or_default();
    let end = ranges.last().map_or(first.end, |last| last.end);
    first.start..end
}

#[cfg(test)]
mod tests {
    use super::{LineKind, diff};

    #[test]
    fn a_changed_word_is_told_apart_within_its_line() {
        let diff = diff("one\nthe quick fox\nthree\n", "one\nthe slow fox\nthree\n");
        let hunk = &diff.hunks[0];
        assert_eq!((hunk.old_start, hunk.old_lines, hunk.new_lines), (1, 3, 3));
        let deleted = hunk
            .lines
            .iter()
            .find(|line| line.kind == LineKind::Delete)
            .unwrap();
        let changed: Vec<_> = deleted.words.iter().filter(|word| word.changed).collect();
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].text, "quick");
        assert!(diff.unified.contains("-the quick fox\n+the slow fox\n"));
    }

    #[test]
    fn equal_texts_have_no_hunks() {
        assert_eq!(diff("a\nb", "a\nb").hunks, vec![]);
    }
}
