use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};
use serde_json::Value;

use super::tags::element;
use super::{marks, unseen};
use crate::render::parser;

/// Tags that models write around the call of a tool. For HTML they are text.
const CALL_TAGS: [&str; 8] = [
    "invoke",
    "tool_call",
    "tool_calls",
    "tool_use",
    "tool_result",
    "tool_response",
    "function_call",
    "function_calls",
];

/// Members of what models write to call a tool.
const CALLS: [&str; 7] = [
    "tool",
    "tools",
    "tool_calls",
    "tool_use",
    "function",
    "function_call",
    "arguments",
];

/// What stands in for code, in which nothing is a call.
const CODE: &str = "\u{fffc}";

/// The text that a page shows of some Markdown, and where each piece of it stands there.
#[derive(Default)]
pub(super) struct Shown {
    text: String,
    pieces: Vec<(usize, Range<usize>)>,
    is_code: bool,
}

impl Shown {
    pub(super) fn of(markdown: &str) -> Self {
        let mut shown = Self::default();
        for (event, place) in parser(markdown).into_offset_iter() {
            shown.note(&event, &place);
        }
        shown
    }

    pub(super) fn note(&mut self, event: &Event<'_>, place: &Range<usize>) {
        let end = place.end..place.end;
        match event {
            Event::Start(Tag::CodeBlock(_)) => self.is_code = true,
            Event::End(TagEnd::CodeBlock) => self.is_code = false,
            Event::Text(text) if !self.is_code => self.push(text, place.clone()),
            Event::Code(_) => self.push(CODE, place.clone()),
            Event::SoftBreak | Event::HardBreak => self.push("\n", place.clone()),
            Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell,
            ) => self.push("\n\n", end),
            _ => {}
        }
    }

    fn push(&mut self, text: &str, place: Range<usize>) {
        self.pieces.push((self.text.len(), place));
        self.text.push_str(text);
    }

    /// Where entities stand in the Markdown that nobody sees anything of.
    pub(super) fn unseen(&self) -> impl Iterator<Item = Range<usize>> {
        let ends = self.pieces.iter().skip(1).map(|(start, _)| *start);
        let ends = ends.chain([self.text.len()]);
        let pieces = self.pieces.iter().zip(ends);
        pieces.filter_map(|((start, place), end)| {
            let text = &self.text[*start..end];
            let is_entity = text.len() < place.len();
            let (before, after) = (&self.text[..*start], &self.text[end..]);
            (is_entity && unseen::is_nothing(before, text, after)).then(|| place.clone())
        })
    }

    /// Where marks of conversations stand in the Markdown that look like the texts of links.
    pub(super) fn marks(&self) -> impl Iterator<Item = Range<usize>> {
        marks::bracketed(&self.text).map(|mark| self.place(mark))
    }

    /// Where calls of tools stand in the Markdown.
    pub(super) fn calls(&self, markdown: &str) -> Vec<Range<usize>> {
        // Names of tags are the same in any case, and bytes stay where they are.
        let tags = self.text.to_ascii_lowercase();
        let closings = CALL_TAGS.map(|name| tags.rfind(&closing(name)));
        let mut calls = vec![];
        let mut at = 0;
        while let Some(start) = self.text[at..].find(['{', '<']).map(|start| at + start) {
            let call = json_call(&self.text[start..]);
            let call = call.or_else(|| tagged_call(&tags, start, &closings));
            at = start + call.unwrap_or(1);
            let place = self.place(start..at);
            if call.is_some() {
                calls.push(place);
            } else if let Some(length) = json_call(&markdown[place.start..]) {
                // JSON's escapes are Markdown's, too, and entities are none of it: what is shown may be no JSON.
                calls.push(place.start..place.start + length);
            }
        }
        calls
    }

    /// Where an object of JSON begins in the Markdown that may go on after its end.
    pub(super) fn unclosed(&self, markdown: &str) -> Option<usize> {
        let braces = self.text.match_indices('{');
        let mut braces = braces.map(|(at, _)| (at, self.place(at..at + 1).start));
        let open = braces
            .find(|(at, place)| is_unclosed(&self.text[*at..]) || is_unclosed(&markdown[*place..]));
        open.map(|(_, place)| place)
    }

    /// Where a part of what is shown stands in the Markdown.
    fn place(&self, shown: Range<usize>) -> Range<usize> {
        let piece = |at: usize| {
            let next = self.pieces.partition_point(|(start, _)| *start <= at);
            let (start, place) = &self.pieces[next - 1];
            let end = self.pieces.get(next).map_or(self.text.len(), |it| it.0);
            // Else it is an escape.
            let is_as_written = place.len() == end - start;
            (is_as_written.then_some(at - start), place)
        };
        let (first, place) = piece(shown.start);
        let start = place.start + first.unwrap_or(0);
        let (last, place) = piece(shown.end - 1);
        start..last.map_or(place.end, |last| place.start + last + 1)
    }
}

/// How long the call is that a text begins with, as an object of JSON.
fn json_call(text: &str) -> Option<usize> {
    if !text.starts_with('{') {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    let is_named = value.get("name").is_some() && value.get("parameters").is_some();
    let is_call = is_named || CALLS.iter().any(|call| value.get(call).is_some());
    is_call.then(|| values.byte_offset())
}

fn is_unclosed(json: &str) -> bool {
    let mut values = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    matches!(values.next(), Some(Err(error)) if error.is_eof())
}

/// How long the call is that begins there, between tags; if it is not closed, it goes on to the end of
/// its block.
fn tagged_call(
    text: &str,
    start: usize,
    last_closings: &[Option<usize>; CALL_TAGS.len()],
) -> Option<usize> {
    let text = &text[start..];
    let name = element(text);
    // A prefix, as of a namespace of XML, makes it no other tag.
    let own = name.rsplit(':').next();
    let known = CALL_TAGS.iter().position(|it| Some(*it) == own)?;
    let closing = closing(&name);
    let is_closed = last_closings[known].is_some_and(|last| last >= start);
    let closed = is_closed.then(|| text.find(&closing)).flatten();
    let closed = closed.map(|end| end + closing.len());
    closed.or_else(|| text.find("\n\n")).or(Some(text.len()))
}

fn closing(name: &str) -> String {
    format!("</{name}>")
}
