use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::{BlockKind, Kept, Segment};
use crate::render::{first_address, parser};

/// The segments of a Markdown text.
pub(super) fn read(markdown: &str) -> Vec<Segment> {
    let mut reader = Reader {
        markdown,
        segments: vec![],
        block: 0,
        kind: BlockKind::Paragraph,
        is_code: false,
        run: None,
    };
    for (event, range) in parser(markdown).into_offset_iter() {
        reader.take(&event, range);
    }
    reader.end_run();
    reader.segments
}

struct Reader<'a> {
    markdown: &'a str,
    segments: Vec<Segment>,
    block: usize,
    kind: BlockKind,
    /// Whether it stands in a block of code or HTML.
    is_code: bool,
    run: Option<Run>,
}

/// The words of a block so far.
struct Run {
    start: usize,
    /// How far the Markdown is read.
    at: usize,
    line_break: Option<LineBreak>,
    /// Text that is not yet shown, in the pieces that the parser makes of it, each with where it is written.
    said: Vec<(String, Range<usize>)>,
    /// The links and pictures that it stands in: the label of each that is defined elsewhere.
    links: Vec<Option<String>>,
    shown: String,
    kept: Vec<Kept>,
    has_letters: bool,
}

/// What stands between two lines: with what a quote or a list begins its lines with.
enum LineBreak {
    Soft,
    /// A hard one, which begins there.
    Hard(usize),
}

impl<'a> Reader<'a> {
    fn take(&mut self, event: &Event<'a>, range: Range<usize>) {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock) => {
                self.end_run();
                self.is_code = true;
            }
            Event::End(TagEnd::CodeBlock | TagEnd::HtmlBlock) => self.is_code = false,
            _ if self.is_code => {}
            Event::Text(_)
            | Event::Code(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::Start(
                Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough
                | Tag::Link { .. }
                | Tag::Image { .. },
            )
            | Event::End(
                TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Strikethrough
                | TagEnd::Link
                | TagEnd::Image,
            ) => {
                let is_escaped = self.markdown[..range.start].ends_with('\\');
                let start = range.start - usize::from(is_escaped);
                let run = self.run.get_or_insert_with(|| Run::at(start));
                run.take(self.markdown, event, range);
            }
            Event::Start(tag) => {
                self.end_run();
                self.kind = match tag {
                    Tag::Heading { .. } => BlockKind::Heading,
                    Tag::TableCell => BlockKind::Cell,
                    _ => BlockKind::Paragraph,
                };
            }
            Event::End(_) => {
                self.end_run();
                self.kind = BlockKind::Paragraph;
            }
            _ => self.end_run(),
        }
    }

    fn end_run(&mut self) {
        let Some(mut run) = self.run.take() else {
            return;
        };
        run.show_said(self.markdown);
        if run.has_letters {
            self.segments.push(Segment {
                range: run.start..run.at,
                kind: self.kind,
                block: self.block,
                shown: run.shown,
                kept: run.kept,
            });
        }
        self.block += 1;
    }
}

impl Run {
    const fn at(start: usize) -> Self {
        Self {
            start,
            at: start,
            line_break: None,
            said: vec![],
            links: vec![],
            shown: String::new(),
            kept: vec![],
            has_letters: false,
        }
    }

    fn take(&mut self, markdown: &str, event: &Event<'_>, range: Range<usize>) {
        if let Event::Text(text) = event {
            // What stands in an address between angles is a part of it.
            if range.end > self.at {
                self.said.push((text.to_string(), range));
            }
            return;
        }
        self.show_said(markdown);
        match event {
            Event::Start(Tag::Link {
                link_type: LinkType::Autolink | LinkType::Email,
                ..
            }) => {
                self.goes_on(markdown, range.start);
                self.links.push(None);
                self.piece(part(markdown, range.clone()));
                self.at = range.end;
            }
            _ if range.end <= self.at && !matches!(event, Event::End(_)) => {}
            Event::Start(tag) => {
                self.goes_on(markdown, range.start);
                let opening = match tag {
                    Tag::Link { link_type, id, .. } => self.link("[", *link_type, id),
                    Tag::Image { link_type, id, .. } => self.link("![", *link_type, id),
                    _ => "",
                };
                self.shown.push_str(opening);
                self.at = range.start + opening.len();
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                let label = self.links.pop().flatten();
                if range.end > self.at {
                    self.address(part(markdown, self.at..range.end), label);
                    self.at = range.end;
                }
            }
            Event::End(_) => {
                self.shown.push_str(part(markdown, self.at..range.end));
                self.at = range.end;
            }
            Event::SoftBreak => {
                self.shown.push(' ');
                self.line_break = Some(LineBreak::Soft);
                self.at = range.end;
            }
            Event::HardBreak => {
                self.line_break = Some(LineBreak::Hard(range.start));
                self.at = range.end;
            }
            _ => {
                self.goes_on(markdown, range.start);
                self.piece(part(markdown, range.clone()));
                self.at = range.end;
            }
        }
    }

    /// Takes what stands before the next event: markup, or what parts two lines.
    fn goes_on(&mut self, markdown: &str, to: usize) {
        match self.line_break.take() {
            Some(LineBreak::Soft) => {}
            Some(LineBreak::Hard(from)) => self.piece(part(markdown, from..to)),
            None => self.shown.push_str(part(markdown, self.at..to)),
        }
    }

    fn link(&mut self, opening: &'static str, kind: LinkType, label: &str) -> &'static str {
        let is_defined_elsewhere = matches!(
            kind,
            LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut
        );
        self.links
            .push(is_defined_elsewhere.then(|| label.to_owned()));
        opening
    }

    /// What follows the text of a link: of one that is named by its text, its name from then on.
    fn address(&mut self, end: &str, label: Option<String>) {
        self.line_break = None;
        let written = match label {
            Some(label) => format!("][{label}]"),
            None => end[end.find(']').unwrap_or(0)..].to_owned(),
        };
        self.shown.push_str(&format!("](#{})", self.kept.len()));
        self.kept.push(Kept::Address(written));
    }

    fn piece(&mut self, written: &str) {
        self.shown.push_str(&format!("`#{}`", self.kept.len()));
        self.kept.push(Kept::Piece(written.to_owned()));
    }

    /// Words, and what a page makes links of.
    fn show_said(&mut self, markdown: &str) {
        let said = std::mem::take(&mut self.said);
        let (Some((_, first)), Some((_, last))) = (said.first(), said.last()) else {
            return;
        };
        self.goes_on(markdown, first.start);
        self.at = first.start;
        let text: String = said.iter().map(|(text, _)| text.as_str()).collect();
        let mut read = 0;
        while let Some((start, length)) = first_address(&text[read..]) {
            let address = written(&said, markdown, read + start..read + start + length);
            self.words(part(markdown, self.at..address.start));
            self.piece(part(markdown, address.clone()));
            self.at = address.end;
            read += start + length;
        }
        self.words(part(markdown, self.at..last.end));
        self.at = last.end;
    }

    fn words(&mut self, words: &str) {
        self.has_letters |= words.contains(char::is_alphabetic);
        self.shown.push_str(words);
    }
}

/// Where a part of what is said is written: of a character that is written as an entity, all of that.
fn written(said: &[(String, Range<usize>)], markdown: &str, wanted: Range<usize>) -> Range<usize> {
    let mut end = 0;
    let overlapping = said.iter().filter_map(|(text, range)| {
        let start = end;
        end += text.len();
        if wanted.end <= start || end <= wanted.start {
            return None;
        }
        if part(markdown, range.clone()) != text {
            return Some(range.clone());
        }
        let before = wanted.start.saturating_sub(start);
        let after = end.saturating_sub(wanted.end);
        Some(range.start + before..range.end - after)
    });
    let found = overlapping.reduce(|first, last| first.start..last.end);
    found.unwrap_or_default()
}

/// What stands there; nothing where events overlap.
fn part(markdown: &str, range: Range<usize>) -> &str {
    markdown.get(range).unwrap_or_default()
}
