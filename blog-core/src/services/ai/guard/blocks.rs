use pulldown_cmark::{Event, Tag};

use super::passed::Passed;
use super::{Addresses, Guard, Leaks, ReportKind, Reports, code};
use crate::domain::Limits;
use crate::render::parser;

/// What no text of a model may break.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) limits: Limits,
    pub(crate) addresses: Addresses,
    pub(crate) leaks: Leaks,
}

/// A body that is passed on block by block while it comes. A block is held back until it is whole, and is
/// guarded as a body is, so that all that was passed on is what the guards leave of a body: a call of a tool or
/// a sentence of the prompt may be spread over several.
#[derive(Debug)]
pub(crate) struct Blocks {
    rules: Rules,
    /// What no block has been made of yet.
    held: String,
    /// Up to here nothing that is held ends a block.
    looked_at: usize,
    passed: Passed,
    pub(crate) reports: Reports,
}

impl Blocks {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            held: String::new(),
            looked_at: 0,
            passed: Passed::default(),
            reports: Reports::default(),
        }
    }

    /// A new answer begins, which must not repeat these.
    pub(crate) fn keep_back(&mut self, leaks: &Leaks) {
        self.rules.leaks = leaks.clone();
        self.passed.look_again();
        self.held.clear();
        self.looked_at = 0;
    }

    /// Takes more of the text, and gives the blocks that are whole.
    pub(crate) fn push(&mut self, piece: &str) -> Vec<String> {
        self.held.push_str(piece);
        let mut blocks = vec![];
        while let Some(end) = self.end_of_block() {
            let rest = self.held.split_off(end);
            let block = std::mem::replace(&mut self.held, rest);
            self.looked_at = 0;
            blocks.extend(self.guarded(&block));
        }
        blocks
    }

    /// Gives what is left: the text ends here.
    pub(crate) fn rest(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.held);
        self.looked_at = 0;
        self.guarded(&rest)
    }

    /// Where the first block ends: before a line that follows an empty one and is not indented, and that
    /// belongs to nothing before it. What is longer than a body may be ends anywhere.
    fn end_of_block(&mut self) -> Option<usize> {
        let mut is_after_empty_line = false;
        let mut at = self.looked_at;
        for line in self.held[self.looked_at..].split_inclusive('\n') {
            let is_empty = line.trim().is_empty();
            if is_after_empty_line && line.starts_with(|it: char| !it.is_whitespace()) {
                let before = &self.held[..at];
                let leaks = self.rules.leaks.begun(before.trim_end());
                if ends(before) && leaks < LONG {
                    return Some(at);
                }
                self.looked_at = at;
            }
            // The last may go on.
            is_after_empty_line = line.ends_with('\n') && (is_empty);
            at += line.len();
        }
        let limit = self.rules.limits.body_bytes;
        (self.held.len() > limit).then(|| self.held.floor_char_boundary(limit))
    }

    /// The block without what a body may not have; none where nothing of it is left.
    fn guarded(&mut self, block: &str) -> Option<String> {
        let text = self.guard().body(block);
        if text.is_empty() {
            return None;
        }
        let text = closed(text);
        if self.stays(&text) {
            return Some(self.passed(text));
        }
        self.reports.add("body", ReportKind::Replaced, "");
        let text = code::as_code_block(&text);
        self.stays(&text).then(|| self.passed(text))
    }

    /// Whether the guards would leave all of the text as it is with this at its end.
    fn stays(&self, text: &str) -> bool {
        let whole = self.passed.with(text);
        let mut guard = Guard {
            limits: &self.rules.limits,
            addresses: &self.rules.addresses,
            leaks: &self.rules.leaks,
            reports: &mut Reports::default(),
        };
        let is_within_limits = self.passed.bytes() + text.len() <= self.rules.limits.body_bytes;
        is_within_limits && guard.body(&whole) == whole
    }

    fn passed(&mut self, text: String) -> String {
        self.passed.push(&text, &self.rules.leaks);
        text
    }

    fn guard(&mut self) -> Guard<'_> {
        Guard {
            limits: &self.rules.limits,
            addresses: &self.rules.addresses,
            leaks: &self.rules.leaks,
            reports: &mut self.reports,
        }
    }
}

/// Bytes from which on the end of a block looks as if a sentence of the prompt began there.
const LONG: usize = 20;

/// Whether what follows this Markdown after an empty line belongs to nothing in it.
pub(crate) fn ends(markdown: &str) -> bool {
    let probe = format!("{}\n\nx", markdown.trim_end());
    let at = probe.len() - 1;
    let mut depth = 0_usize;
    for (event, range) in parser(&probe).into_offset_iter() {
        match event {
            Event::Start(Tag::Paragraph) if depth == 0 && range.start == at => return true,
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// The text with its last block of code closed, which a model that stops early leaves open.
fn closed(text: String) -> String {
    if ends(&text) {
        return text;
    }
    let fences = ["```", "~~~", "````", "~~~~"];
    let mut candidates = fences.iter().map(|fence| format!("{text}\n{fence}"));
    let closed = candidates.find(|closed| ends(closed));
    closed.unwrap_or_else(|| code::as_code_block(&text))
}

#[cfg(test)]
mod tests;
