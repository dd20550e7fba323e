//! What of a body stays as it was written, when it is said anew.

use similar::DiffOp;

use super::read::{Block, nodes_of, read};
use super::tree::Node;
use super::write::to_markdown;
use crate::difference::operations;

/// Whether `markdown`, which was made of nodes, says what a body does, however that is written.
pub(crate) fn are_same(markdown: &str, body: &str) -> bool {
    is_made_of(markdown, body) || said_by(&read(markdown)) == said_by(&read(body))
}

fn is_made_of(markdown: &str, body: &str) -> bool {
    markdown == body || markdown == to_markdown(&nodes_of(body))
}

/// A body that says what `markdown` does, which was made of nodes; those blocks that `known` has as well
/// are written as they are there.
pub(crate) fn kept(markdown: &str, known: &str) -> String {
    if is_made_of(markdown, known) {
        return known.to_owned();
    }
    let (wanted, there) = (read(markdown), read(known));
    let (wanted_texts, known_texts) = (said_by(&wanted), said_by(&there));
    if wanted_texts == known_texts {
        return known.to_owned();
    }
    let mut patchwork = Patchwork::of(known, &there);
    for operation in operations(&known_texts, &wanted_texts) {
        let new = wanted_texts[operation.new_range()].iter();
        match operation {
            DiffOp::Equal { .. } => patchwork.keep(operation.old_range()),
            _ => {
                patchwork.pass_over(operation.old_range());
                new.for_each(|block| patchwork.add(block));
            }
        }
    }
    let body = patchwork.finish();
    // Blocks that stand beside others than before may say something else.
    if said_by(&read(&body)) == wanted_texts {
        body
    } else {
        markdown.to_owned()
    }
}

/// What each block says, however it is written.
fn said_by(blocks: &[Block]) -> Vec<String> {
    let nodes = blocks
        .iter()
        .map(|block| Node::Element(block.element.clone()));
    nodes.map(|node| to_markdown(&[node])).collect()
}

/// A body that is put together of a known one's blocks and others. What stands between blocks, the
/// definitions that links refer to, stays there.
struct Patchwork<'a> {
    known: &'a str,
    blocks: &'a [Block],
    /// Up to where the known body has been looked at.
    at: usize,
    /// Whether the last piece ends there.
    goes_on: bool,
    body: String,
}

impl<'a> Patchwork<'a> {
    fn of(known: &'a str, blocks: &'a [Block]) -> Self {
        Self {
            known,
            blocks,
            at: 0,
            goes_on: true,
            body: String::new(),
        }
    }

    fn keep(&mut self, places: std::ops::Range<usize>) {
        for block in &self.blocks[places] {
            let between = &self.known[self.at..block.place.start];
            if self.goes_on {
                self.body.push_str(between);
            } else {
                self.add(between);
                self.part();
            }
            self.body.push_str(&self.known[block.place.clone()]);
            self.at = block.place.end;
            self.goes_on = true;
        }
    }

    fn pass_over(&mut self, places: std::ops::Range<usize>) {
        for block in &self.blocks[places] {
            self.add(&self.known[self.at..block.place.start]);
            self.at = block.place.end;
        }
    }

    /// Adds a piece of its own, unless it is empty.
    fn add(&mut self, text: &str) {
        self.goes_on = false;
        let text = text.trim_end().trim_start_matches('\n');
        if !text.is_empty() {
            self.part();
            self.body.push_str(text);
        }
    }

    /// Parts what follows from what is there.
    fn part(&mut self) {
        if !self.body.is_empty() {
            self.body.truncate(self.body.trim_end().len());
            self.body.push_str("\n\n");
        }
    }

    fn finish(mut self) -> String {
        let rest = &self.known[self.at..];
        if self.goes_on {
            self.body.push_str(rest);
        } else {
            self.add(rest);
            self.body.push('\n');
        }
        self.body
    }
}
