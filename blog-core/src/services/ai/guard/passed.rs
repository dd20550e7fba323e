use pulldown_cmark::{Event, Tag};

use super::Leaks;
use super::tool_calls::Shown;
use crate::render::{parser, plain_text};

/// The blocks of a body that were passed on.
#[derive(Debug, Default)]
pub(super) struct Passed {
    blocks: Vec<Block>,
    bytes: usize,
    /// Nothing begins in a block before this one that a later one may end.
    first: usize,
    /// Whether a link by reference or a footnote is defined, which may stand anywhere.
    defines: bool,
}

#[derive(Debug)]
struct Block {
    text: String,
    /// What a page shows of it.
    shown: String,
}

/// What parts two blocks.
const GAP: &str = "\n\n";

impl Passed {
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Other words are looked for, which may have begun anywhere.
    pub(super) const fn look_again(&mut self) {
        self.first = 0;
    }

    /// The block behind all that it may have to do with. That is the block before it, as a rule: so the time
    /// that a body takes grows with its length. It grows with the square of it, up to the longest body,
    /// where links are defined apart from their text, or where nothing ends a call of a tool or a sentence
    /// of the prompt.
    pub(super) fn with(&self, block: &str) -> String {
        let is_anywhere = self.defines || defines(block);
        let first = if is_anywhere { 0 } else { self.first };
        let before = self.blocks.iter().skip(first);
        before.map(|it| it.text.as_str()).chain([block]).collect()
    }

    pub(super) fn push(&mut self, text: &str, leaks: &Leaks) {
        self.bytes += text.len() + GAP.len();
        self.defines = self.defines || defines(text);
        self.blocks.push(Block {
            text: format!("{text}{GAP}"),
            shown: plain_text(text) + GAP,
        });
        if !self.defines {
            self.first = self.first_open(leaks);
        }
    }

    /// The first block in which something begins that may go on; without one, the last.
    fn first_open(&self, leaks: &Leaks) -> usize {
        let blocks = || self.blocks.iter().skip(self.first);
        let texts = || blocks().map(|it| it.text.as_str());
        let shown = || blocks().map(|it| it.shown.as_str());
        let text: String = texts().collect();
        let prompt = leaks.open(&text);
        let call = Shown::of(&text).unclosed(&text);
        let written = block_at(texts(), call.map_or(prompt, |call| call.min(prompt)));
        let prompt = leaks.open(&shown().collect::<String>());
        self.first + written.min(block_at(shown(), prompt))
    }
}

/// In which of these that byte of all of them stands; if in none, the last.
fn block_at<'a>(texts: impl Iterator<Item = &'a str>, byte: usize) -> usize {
    let ends = texts.scan(0, |end, text| {
        *end += text.len();
        Some(*end)
    });
    let ends: Vec<_> = ends.collect();
    let count = ends.iter().filter(|end| **end <= byte).count();
    count.min(ends.len().saturating_sub(1))
}

/// Whether links by reference, or footnotes, lead to this.
fn defines(markdown: &str) -> bool {
    let parser = parser(markdown);
    let has_links = parser.reference_definitions().iter().next().is_some();
    has_links
        || parser
            .into_iter()
            .any(|event| matches!(event, Event::Start(Tag::FootnoteDefinition(_))))
}
