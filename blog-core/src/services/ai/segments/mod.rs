//! A text as the segments that a model works on, one by one: the words of each paragraph, heading, list item
//! and table cell. What has to stay as it is (code, addresses, HTML, footnotes, line breaks) is no part of
//! what a model is shown: a placeholder stands in its place, as code or as the address of a link. So a model can
//! lose such a piece or repeat it, which is noticed, but it cannot change one.

mod reader;
mod restored;
mod structure;

use std::ops::Range;

pub(super) use structure::assembled;

/// The words of one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// Where it stands in the Markdown.
    pub(super) range: Range<usize>,
    pub(super) kind: BlockKind,
    /// Its number among the blocks that have anything in them but blocks, from 0.
    block: usize,
    /// What a model is shown of it: one line of Markdown, with placeholders.
    pub(super) shown: String,
    /// What the placeholders stand for, by their numbers.
    kept: Vec<Kept>,
}

/// In what a segment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockKind {
    Heading,
    /// A paragraph, or an item of a list.
    Paragraph,
    /// A cell of a table.
    Cell,
}

/// What a placeholder stands for, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kept {
    /// Shown as the code `#0`.
    Piece(String),
    /// What follows the text of a link or a picture, shown as the address `#0`.
    Address(String),
}

/// How many of the placeholders an answer has to have, each of them once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placeholders {
    All,
    Some,
}

impl Segment {
    /// The Markdown of it in its text.
    pub(super) fn written<'t>(&self, markdown: &'t str) -> &'t str {
        markdown.get(self.range.clone()).unwrap_or_default()
    }
}

/// The segments of a Markdown text that have letters, in order.
pub(super) fn segments(markdown: &str) -> Vec<Segment> {
    reader::read(markdown)
}

/// The text with a space for each run of white space that could part lines or indent one. Spaces that do
/// not break stay.
pub(super) fn in_one_line(text: &str) -> String {
    let is_space = |it| matches!(it, '\t'..='\r' | ' ' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let words = text.split(is_space).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
