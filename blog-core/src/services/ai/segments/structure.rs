use std::collections::{BTreeMap, HashSet};

use pulldown_cmark::{Event, Tag, TagEnd, TextMergeStream};

use super::{Placeholders, Segment};
use crate::render::{first_address, parser};

/// Segments that are put back one by one, before it is tried which of the others may stay.
const PUT_BACK: usize = 20;
/// Times that is tried; what is not tried by then is put back.
const TRIES: usize = 200;

/// What of a text stays when its words change.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// Where a block begins or ends, or what it holds if that is code or HTML.
    Block(String),
    /// Everything between blocks that is no word: code, links, pictures, HTML, in any order.
    Pieces(Vec<String>),
}

impl Part {
    /// Whether it may stand in place of another.
    fn fits(&self, before: &Self, placeholders: Placeholders) -> bool {
        match (self, before) {
            (Self::Pieces(pieces), Self::Pieces(before)) if placeholders == Placeholders::Some => {
                // Both are sorted.
                let mut before = before.iter();
                pieces.iter().all(|piece| before.any(|it| it == piece))
            }
            _ => self == before,
        }
    }
}

/// The text with these words in place of those of its segments, by their numbers. Words that would change
/// anything else (headings and their levels, lists, tables, code, addresses, HTML), or leave it out where
/// they need all placeholders, are taken out of `words`, and what was there stays. Words that are empty leave a
/// block out.
pub(in super::super) fn assembled(
    markdown: &str,
    segments: &[Segment],
    words: &mut BTreeMap<usize, String>,
    placeholders: Placeholders,
) -> String {
    let mut trial = Trial {
        markdown,
        segments,
        before: parts(markdown),
        placeholders,
        tries: TRIES,
    };
    for _ in 0..PUT_BACK {
        let block = match trial.of(words) {
            Ok(text) => return text,
            Err(block) => block,
        };
        let culprit = segments.iter().position(|it| it.block == block);
        if culprit.and_then(|number| words.remove(&number)).is_none() {
            break;
        }
    }
    let wanted: Vec<_> = std::mem::take(words).into_iter().collect();
    trial.keep(&wanted, words);
    replaced(markdown, segments, words)
}

/// Tries whether words change anything else.
struct Trial<'a> {
    markdown: &'a str,
    segments: &'a [Segment],
    before: Vec<Part>,
    placeholders: Placeholders,
    tries: usize,
}

impl Trial<'_> {
    /// The text with these words, or else the block that they seem to break.
    fn of(&self, words: &BTreeMap<usize, String>) -> Result<String, usize> {
        let text = replaced(self.markdown, self.segments, words);
        let left_out = words.iter().filter(|(_, words)| words.is_empty());
        let left_out: HashSet<_> = left_out.map(|(at, _)| self.segments[*at].block).collect();
        let before = without(&self.before, &left_out);
        let after = parts(&text);
        let same = before.iter().zip(&after);
        let same = same.take_while(|((_, old), new)| new.fits(old, self.placeholders));
        match same.count() {
            count if count == before.len().max(after.len()) => Ok(text),
            count => Err(before.get(count).map_or(usize::MAX, |(block, _)| *block)),
        }
    }

    /// Adds those of the wanted words that may stay together.
    fn keep(&mut self, wanted: &[(usize, String)], kept: &mut BTreeMap<usize, String>) {
        if wanted.is_empty() || self.tries == 0 {
            return;
        }
        self.tries -= 1;
        let mut tried = kept.clone();
        tried.extend(wanted.iter().cloned());
        if self.of(&tried).is_ok() {
            *kept = tried;
        } else if wanted.len() > 1 {
            let (first, second) = wanted.split_at(wanted.len() / 2);
            self.keep(first, kept);
            self.keep(second, kept);
        }
    }
}

/// The parts, each with the number of its block, but of these blocks: of a paragraph that is left out nothing
/// stays.
fn without<'p>(parts: &'p [Part], blocks: &HashSet<usize>) -> Vec<(usize, &'p Part)> {
    let paragraph = Part::Block(format!("{:?}", Event::Start(Tag::Paragraph)));
    let mut rest: Vec<(usize, &Part)> = Vec::with_capacity(parts.len());
    let mut block = 0;
    let mut parts = parts.iter();
    while let Some(part) = parts.next() {
        let is_left_out = matches!(part, Part::Pieces(_)) && blocks.contains(&block);
        if !is_left_out {
            rest.push((block, part));
        } else if rest.pop_if(|(_, before)| **before == paragraph).is_some() {
            parts.next();
        }
        block += usize::from(matches!(part, Part::Pieces(_)));
    }
    rest
}

fn replaced(markdown: &str, segments: &[Segment], words: &BTreeMap<usize, String>) -> String {
    let mut text = String::with_capacity(markdown.len());
    let mut at = 0;
    for (number, segment) in segments.iter().enumerate() {
        if let Some(words) = words.get(&number) {
            text.push_str(markdown.get(at..segment.range.start).unwrap_or_default());
            text.push_str(words);
            at = segment.range.end;
        }
    }
    text.push_str(&markdown[at..]);
    text
}

fn parts(markdown: &str) -> Vec<Part> {
    let mut parts = vec![];
    let mut pieces: Option<Vec<String>> = None;
    let mut is_code = false;
    for event in TextMergeStream::new(parser(markdown)) {
        match &event {
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock) => is_code = true,
            Event::End(TagEnd::CodeBlock | TagEnd::HtmlBlock) => is_code = false,
            _ => {}
        }
        let piece = match &event {
            _ if is_code => None,
            Event::Text(text) => {
                pieces.get_or_insert_default().extend(addresses(text));
                continue;
            }
            Event::Code(_) | Event::InlineHtml(_) | Event::FootnoteReference(_) => {
                Some(format!("{event:?}"))
            }
            Event::Start(Tag::Link {
                dest_url, title, ..
            }) => Some(format!("link {dest_url:?} {title:?}")),
            Event::Start(Tag::Image {
                dest_url, title, ..
            }) => Some(format!("picture {dest_url:?} {title:?}")),
            Event::HardBreak => Some(String::new()),
            Event::SoftBreak
            | Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough)
            | Event::End(
                TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Strikethrough
                | TagEnd::Link
                | TagEnd::Image,
            ) => {
                pieces.get_or_insert_default();
                continue;
            }
            _ => None,
        };
        match piece {
            Some(piece) => pieces.get_or_insert_default().push(piece),
            None => {
                end_pieces(&mut parts, &mut pieces);
                parts.push(Part::Block(format!("{event:?}")));
            }
        }
    }
    end_pieces(&mut parts, &mut pieces);
    parts
}

fn end_pieces(parts: &mut Vec<Part>, pieces: &mut Option<Vec<String>>) {
    if let Some(mut pieces) = pieces.take() {
        pieces.sort_unstable();
        parts.push(Part::Pieces(pieces));
    }
}

/// What a page makes links of.
fn addresses(text: &str) -> Vec<String> {
    let mut found = vec![];
    let mut rest = text;
    while let Some((start, length)) = first_address(rest) {
        found.push(rest[start..start + length].to_owned());
        rest = &rest[start + length..];
    }
    found
}
