use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Tag, TagEnd, TextMergeWithOffset};

use super::addresses::Addresses;
use super::code::{as_code, as_code_block};
use super::elements::{DROPPED, text_of};
use super::tags::element;
use super::tool_calls::Shown;
use super::{ROUNDS, ReportKind, Reports};
use crate::render::{first_address, parser};

/// What models call a block of code in which they call a tool.
const CALL_BLOCKS: [&str; 6] = [
    "tool",
    "tool_call",
    "tool_calls",
    "tool_code",
    "tool_result",
    "tool_use",
];

/// A part of the text, and what takes its place.
type Edit = (Range<usize>, String);

/// The Markdown without raw HTML, without calls of tools, and without addresses other than those allowed:
/// their text stays, and one that stands by itself becomes code, which leads nowhere.
pub(super) fn harmless(
    field: &str,
    markdown: &str,
    addresses: &Addresses,
    reports: &mut Reports,
) -> String {
    let mut text = markdown.to_owned();
    for _ in 0..ROUNDS {
        let edits = Round::of(field, &text, addresses, reports);
        if edits.is_empty() {
            return text.trim().to_owned();
        }
        text = applied(&text, edits);
    }
    reports.add(field, ReportKind::Replaced, "");
    as_code_block(&text)
}

struct Round<'a> {
    field: &'a str,
    text: &'a str,
    addresses: &'a Addresses,
    reports: &'a mut Reports,
    edits: Vec<Edit>,
    /// Where elements begin that are dropped if they are closed within their block, by name.
    open: HashMap<String, Vec<usize>>,
    /// Links and pictures that lose their address: where each is, and what of it is text.
    unlinked: Vec<(Range<usize>, Option<Range<usize>>)>,
    /// How many links and pictures the current event stands in.
    depth: usize,
}

impl<'a> Round<'a> {
    fn of(
        field: &'a str,
        text: &'a str,
        addresses: &'a Addresses,
        reports: &'a mut Reports,
    ) -> Vec<Edit> {
        let parser = parser(text);
        let mut round = Round {
            field,
            text,
            addresses,
            reports,
            edits: vec![],
            open: HashMap::new(),
            unlinked: vec![],
            depth: 0,
        };
        let definitions = parser.reference_definitions().iter();
        for (_, definition) in definitions {
            if !addresses.allow(&definition.dest) {
                round.cut(ReportKind::Link, definition.span.clone(), String::new());
            }
        }
        let mut code = false;
        let mut shown = Shown::default();
        let events = parser.into_offset_iter();
        let events = events.inspect(|(event, range)| shown.note(event, range));
        for (event, range) in TextMergeWithOffset::new(events) {
            round.note_text_of_links(&event, &range);
            match &event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    code = true;
                    round.code_block(kind, &range);
                }
                Event::End(TagEnd::CodeBlock) => code = false,
                _ if code => {}
                _ => round.event(&event, &range),
            }
        }
        for entity in shown.unseen() {
            round.cut(ReportKind::Invisible, entity, String::new());
        }
        for call in shown.marks().chain(shown.calls(text)) {
            round.cut(ReportKind::ToolCall, call, String::new());
        }
        round.edits
    }

    fn event(&mut self, event: &Event<'_>, range: &Range<usize>) {
        match event {
            Event::Start(Tag::HtmlBlock) => {
                let kept = text_of(&self.text[range.clone()]);
                let kept = format!("\n\n{}\n\n", kept.trim());
                self.cut(ReportKind::Markup, range.clone(), kept);
            }
            Event::InlineHtml(html) => self.inline_html(html, range),
            Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell,
            ) => self.open.clear(),
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => {
                self.depth += 1;
                if *link_type == LinkType::Email || !self.addresses.allow(dest_url) {
                    self.unlinked.push((range.clone(), None));
                }
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                self.depth += 1;
                if !self.addresses.allow(dest_url) {
                    self.unlinked.push((range.clone(), None));
                }
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                self.depth = self.depth.saturating_sub(1);
                let is_this = self.unlinked.last().is_some_and(|(it, _)| it == range);
                if is_this && let Some((link, text)) = self.unlinked.pop() {
                    self.unlink(&link, text);
                }
            }
            Event::Text(text) if self.depth == 0 => self.bare_addresses(text, range),
            _ => {}
        }
    }

    fn inline_html(&mut self, html: &str, range: &Range<usize>) {
        let name = element(html);
        let mut place = range.clone();
        if html.starts_with("</") {
            let opened = self.open.get_mut(&name).and_then(Vec::pop);
            place.start = opened.unwrap_or(range.start);
        } else if DROPPED.contains(&name.as_str()) {
            self.open.entry(name).or_default().push(range.start);
        }
        self.cut(ReportKind::Markup, place, String::new());
    }

    fn code_block(&mut self, kind: &CodeBlockKind<'_>, range: &Range<usize>) {
        if let CodeBlockKind::Fenced(info) = kind
            && let Some(language) = info.split_whitespace().next()
            && CALL_BLOCKS.contains(&language.to_ascii_lowercase().as_str())
        {
            self.cut(ReportKind::ToolCall, range.clone(), String::new());
        }
    }

    /// Stretches the text of the innermost link that is open over what stands in it.
    fn note_text_of_links(&mut self, event: &Event<'_>, range: &Range<usize>) {
        if matches!(event, Event::End(_)) {
            return;
        }
        if let Some((link, text)) = self.unlinked.last_mut()
            && range.start >= link.start
            && range.end <= link.end
        {
            let start = text.as_ref().map_or(range.start, |text| text.start);
            let end = text.as_ref().map_or(0, |text| text.end);
            *text = Some(start..end.max(range.end));
        }
    }

    /// Leaves the text of a link.
    fn unlink(&mut self, link: &Range<usize>, text: Option<Range<usize>>) {
        let Some(text) = text.filter(|text| *text != *link) else {
            return self.cut(ReportKind::Link, link.clone(), String::new());
        };
        let shown = &self.text[link.clone()];
        self.reports.add(self.field, ReportKind::Link, shown);
        self.edits.push((link.start..text.start, String::new()));
        self.edits.push((text.end..link.end, String::new()));
    }

    /// What a page would make links of.
    fn bare_addresses(&mut self, text: &str, range: &Range<usize>) {
        let is_plain = self.text[range.clone()] == *text;
        let mut at = 0;
        while let Some((start, length)) = first_address(&text[at..]) {
            let (start, end) = (at + start, at + start + length);
            let address = &text[start..end];
            if !self.addresses.allow(address) {
                if !is_plain {
                    // Escapes stand in between: then all of it becomes code.
                    return self.cut(ReportKind::Link, range.clone(), as_code(text));
                }
                let place = range.start + start..range.start + end;
                self.cut(ReportKind::Link, place, as_code(address));
            }
            at = end;
        }
    }

    fn cut(&mut self, what: ReportKind, range: Range<usize>, replacement: String) {
        self.reports
            .add(self.field, what, &self.text[range.clone()]);
        self.edits.push((range, replacement));
    }
}

/// Makes the edits, of which one that stands in another is left out.
fn applied(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut made = String::with_capacity(text.len());
    let mut at = 0;
    for (range, replacement) in edits {
        if range.start >= at {
            made.push_str(&text[at..range.start]);
            made.push_str(&replacement);
            at = range.end;
        }
    }
    made.push_str(&text[at..]);
    made
}

#[cfg(test)]
mod tests;
