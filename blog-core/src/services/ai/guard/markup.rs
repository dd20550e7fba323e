use std::ops::Range;
use std::sync::LazyLock;

use ammonia::Builder;
use pulldown_cmark::{CodeBlockKind, Event, LinkType, Tag, TagEnd, TextMergeWithOffset};
use serde_json::Value;

use super::addresses::is_allowed;
use super::{ReportKind, Reports};
use crate::render::{first_address, parser};

/// What is taken out may leave something of the same sort behind: so often it is looked for again.
const ROUNDS: usize = 5;

/// Elements that are taken out with what they contain; of others, the content stays.
const DROPPED: [&str; 20] = [
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "applet",
    "svg",
    "math",
    "form",
    "textarea",
    "select",
    "template",
    "noscript",
    "title",
    "tool_call",
    "tool_use",
    "tool_result",
    "function_calls",
    "function_call",
    "invoke",
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

static TEXT_ONLY: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder.clean_content_tags(DROPPED.into());
    builder
});

/// A part of the text, and what takes its place.
type Edit = (Range<usize>, String);

/// The Markdown without raw HTML, without calls of tools, and without addresses other than those allowed:
/// their text stays, and one that stands by itself becomes code, which leads nowhere.
pub(super) fn harmless(
    field: &str,
    markdown: &str,
    hosts: &[String],
    reports: &mut Reports,
) -> String {
    let mut text = markdown.to_owned();
    for _ in 0..ROUNDS {
        let edits = Round::of(field, &text, hosts, reports);
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
    hosts: &'a [String],
    reports: &'a mut Reports,
    edits: Vec<Edit>,
    /// The element that is being dropped, and where it began.
    dropped: Option<(String, usize)>,
    /// Links and pictures that lose their address: where each is, and what of it is text.
    unlinked: Vec<(Range<usize>, Option<Range<usize>>)>,
    /// How many links and pictures the current event stands in.
    depth: usize,
}

impl<'a> Round<'a> {
    fn of(
        field: &'a str,
        text: &'a str,
        hosts: &'a [String],
        reports: &'a mut Reports,
    ) -> Vec<Edit> {
        let parser = parser(text);
        let mut round = Round {
            field,
            text,
            hosts,
            reports,
            edits: vec![],
            dropped: None,
            unlinked: vec![],
            depth: 0,
        };
        let definitions = parser.reference_definitions().iter();
        for (_, definition) in definitions {
            if !is_allowed(&definition.dest, hosts) {
                round.cut(ReportKind::Link, definition.span.clone(), String::new());
            }
        }
        let mut code = false;
        for (event, range) in TextMergeWithOffset::new(parser.into_offset_iter()) {
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
        round.edits
    }

    fn event(&mut self, event: &Event<'_>, range: &Range<usize>) {
        match event {
            Event::Start(Tag::HtmlBlock) => {
                let kept = TEXT_ONLY.clean(&self.text[range.clone()]).to_string();
                let kept = format!("\n\n{}\n\n", kept.trim());
                self.cut(ReportKind::Markup, range.clone(), kept);
            }
            Event::InlineHtml(html) => self.inline_html(html, range),
            Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell,
            ) => {
                // An element that was not closed ends with its block.
                if let Some((_, start)) = self.dropped.take() {
                    let end = start.max(range.end);
                    self.cut(ReportKind::Markup, start..end, String::new());
                }
            }
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => {
                self.depth += 1;
                if *link_type == LinkType::Email || !is_allowed(dest_url, self.hosts) {
                    self.unlinked.push((range.clone(), None));
                }
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                self.depth += 1;
                if !is_allowed(dest_url, self.hosts) {
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
            Event::Text(text) if self.dropped.is_none() => {
                if self.text[range.clone()] == **text {
                    self.calls(range);
                }
                if self.depth == 0 {
                    self.bare_addresses(text, range);
                }
            }
            _ => {}
        }
    }

    fn inline_html(&mut self, html: &str, range: &Range<usize>) {
        let name = element(html);
        match &self.dropped {
            Some((dropped, start)) if html.starts_with("</") && name == *dropped => {
                let start = *start;
                self.dropped = None;
                self.cut(ReportKind::Markup, start..range.end, String::new());
            }
            Some(_) => {}
            None => {
                let is_opening = !html.starts_with("</") && !html.ends_with("/>");
                if is_opening && DROPPED.contains(&name.as_str()) {
                    self.dropped = Some((name, range.start));
                }
                self.cut(ReportKind::Markup, range.clone(), String::new());
            }
        }
    }

    fn code_block(&mut self, kind: &CodeBlockKind<'_>, range: &Range<usize>) {
        if let CodeBlockKind::Fenced(info) = kind
            && info.trim_start().to_ascii_lowercase().starts_with("tool")
        {
            self.cut(ReportKind::ToolCall, range.clone(), String::new());
        }
    }

    /// Stretches the text of the links that are open over what stands in them.
    fn note_text_of_links(&mut self, event: &Event<'_>, range: &Range<usize>) {
        if matches!(event, Event::End(_)) {
            return;
        }
        for (link, text) in &mut self.unlinked {
            if range.start >= link.start && range.end <= link.end {
                let start = text.as_ref().map_or(range.start, |text| text.start);
                let end = text.as_ref().map_or(0, |text| text.end);
                *text = Some(start..end.max(range.end));
            }
        }
    }

    /// Leaves the text of a link.
    fn unlink(&mut self, link: &Range<usize>, text: Option<Range<usize>>) {
        let Some(text) = text.filter(|text| *text != *link) else {
            return self.cut(ReportKind::Link, link.clone(), String::new());
        };
        let shown = self.text[link.clone()].to_owned();
        self.reports.add(self.field, ReportKind::Link, &shown);
        self.edits.push((link.start..text.start, String::new()));
        self.edits.push((text.end..link.end, String::new()));
    }

    /// What models write to call a tool.
    fn calls(&mut self, range: &Range<usize>) {
        let text = &self.text[range.clone()];
        let mut at = 0;
        while let Some(start) = text[at..].find('{').map(|start| at + start) {
            at = start + 1;
            let mut values =
                serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
            if let Some(Ok(value)) = values.next()
                && CALLS.iter().any(|call| value.get(call).is_some())
            {
                at = start + values.byte_offset();
                let place = range.start + start..range.start + at;
                self.cut(ReportKind::ToolCall, place, String::new());
            }
        }
    }

    /// What a page would make links of.
    fn bare_addresses(&mut self, text: &str, range: &Range<usize>) {
        let is_plain = self.text[range.clone()] == *text;
        let mut at = 0;
        while let Some((start, length)) = first_address(&text[at..]) {
            let (start, end) = (at + start, at + start + length);
            let address = &text[start..end];
            if !is_allowed(address, self.hosts) {
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

/// The name of an element, from a tag of it.
fn element(tag: &str) -> String {
    let name = tag.trim_start_matches(['<', '/']);
    let end = name.find(|it: char| it.is_whitespace() || matches!(it, '>' | '/'));
    name[..end.unwrap_or(name.len())].to_ascii_lowercase()
}

/// Text as inline code.
fn as_code(text: &str) -> String {
    let ticks = "`".repeat(longest_run(text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{ticks}{space}{}{space}{ticks}", text.replace('\n', " "))
}

fn as_code_block(text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    format!("{fence}\n{text}\n{fence}")
}

/// The most back-ticks in a row.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|it| it != '`').map(str::len);
    runs.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::harmless;
    use crate::render::render;
    use crate::services::ai::guard::Reports;

    fn check(markdown: &str, expected: &str) {
        let hosts = ["example.org".to_owned()];
        let cleaned = harmless("body", markdown, &hosts, &mut Reports::default());
        assert_eq!(cleaned, expected, "{markdown}");
    }

    #[test]
    fn what_is_harmless_stays_as_it_was_written() {
        let body = "## A\n\nSome *text*, `<b>`, [a](https://example.org/x) and 1 < 2.\n\n\
            ```html\n<script>alert(1)</script>\n```\n\n| a | b |\n|---|---|\n| 1 | <https://example.org> |\n\n\
            ![x](/media/x.png)[^1]\n\n[^1]: Note.";
        check(body, body);
    }

    #[test]
    fn raw_html_is_taken_out_and_its_text_stays() {
        check("a <b>bold</b> word", "a bold word");
        check(
            "<div>\nsome <i>text</i>\n</div>\n\nmore",
            "some text\n\n\n\nmore",
        );
        check("a<script>alert(1)</script>b", "ab");
        check("a <iframe src=x> b", "a");
        check("<script>\nalert(1)\n</script>\n\nb", "b");
        check("<scr<b>ipt>alert(1)</script>", "<scr");
    }

    #[test]
    fn addresses_that_are_not_allowed_are_taken_away() {
        check("[a *b*](javascript:alert(1)) c", "a *b* c");
        check("[a](https://evil.test \"title\")", "a");
        check("![leak](https://evil.test/?q=1)", "leak");
        check("[![x](https://evil.test/a)](https://evil.test/b)", "x");
        check("[a][r]\n\n[r]: https://evil.test", "a");
        check("<https://evil.test>", "`https://evil.test`");
        check("<a@evil.test>", "a@evil.test");
        check("see https://evil.test/x.", "see `https://evil.test/x`.");
        check("see www.evil.test", "see `www.evil.test`");
        check("[a](data:text/html,x)", "a");
    }

    #[test]
    fn calls_of_tools_are_taken_out() {
        check(
            "a\n\n{\"tool\": \"delete\", \"arguments\": {}}\n\nb",
            "a\n\n\n\nb",
        );
        check("<tool_call>{\"a\": 1}</tool_call>\n\nb", "b");
        check("```tool_code\ndelete()\n```\n\nb", "b");
        check("```json\n{\"tool\": 1}\n```", "```json\n{\"tool\": 1}\n```");
    }

    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("<script>"),
            Just("</script>"),
            Just("<img src=x onerror=a>"),
            Just("<b"),
            Just(">"),
            Just("[a]("),
            Just("javascript:alert(1)"),
            Just(")"),
            Just("]("),
            Just("!["),
            Just("https://evil.test/"),
            Just("www.evil.test "),
            Just("<"),
            Just("\n\n"),
            Just("\n"),
            Just("`"),
            Just("```\n"),
            Just("[a]: "),
            Just("[a]"),
            Just("&lt;"),
            Just("\\"),
            Just("> "),
            Just("- "),
            Just("|"),
            Just("|-|\n"),
            Just("*"),
            Just("a "),
            Just("é"),
            Just("<!--"),
            Just("-->"),
            Just("<div>\n"),
            Just("data:text/html,x"),
            Just("<https://evil.test>"),
            Just("<svg/onload=x>"),
            Just("# "),
            Just("&#106;"),
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn whatever_is_said_a_page_of_it_leads_nowhere_and_runs_nothing(text in hostile()) {
            let cleaned = harmless("body", &text, &[], &mut Reports::default());
            let html = render(&cleaned).html;
            let opened = html.replace("href=\"#", "").replace("href=\"/", "");
            for active in ["<script", "<img src=\"http", "<img src=\"www", "href=", "<iframe", "<svg"] {
                prop_assert!(!opened.contains(active), "{:?} gave {:?}: {}", text, cleaned, html);
            }
        }
    }
}
