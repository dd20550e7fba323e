//! Markdown as nodes.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

use blog_core::render::parser;
use pulldown_cmark::{Alignment, CodeBlockKind, Event, LinkType, Tag, TagEnd};
use yrs::Any;

use super::pieces;
use super::tree::*;
use super::write::is_tight;

/// A block of a body, and where in it it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    pub(crate) element: Element,
    pub(crate) place: Range<usize>,
}

/// The nodes of a body.
pub(crate) fn nodes_of(markdown: &str) -> Vec<Node> {
    let blocks = read(markdown).into_iter();
    blocks.map(|block| Node::Element(block.element)).collect()
}

/// The blocks of a body, in order. One with something in it that the schema does not know is a code
/// block in [`RAW`]; the definitions that such blocks refer to are another one, the last.
pub(crate) fn read(markdown: &str) -> Vec<Block> {
    let mut events = parser(markdown).into_offset_iter();
    let definitions = events.reference_definitions();
    let mut definitions: Vec<_> = definitions
        .iter()
        .map(|(label, definition)| (definition.span.clone(), label.to_lowercase()))
        .collect();
    definitions.sort_by_key(|(span, _)| span.start);
    let (mut blocks, mut raw, mut used) = (vec![], vec![], BTreeSet::new());
    while let Some((first, place)) = events.next() {
        let (mut depth, mut deepest) = (0_usize, 0);
        let mut block = vec![];
        let mut next = Some(first);
        while let Some(event) = next {
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                _ => {}
            }
            deepest = deepest.max(depth);
            block.push(event);
            next = (depth > 0)
                .then(|| events.next())
                .flatten()
                .map(|(event, _)| event);
        }
        let before = definitions.partition_point(|(span, _)| span.start < place.end);
        let spans = definitions[..before].iter().map(|(span, _)| span);
        let mut place = without_definitions(markdown, place, spans);
        if let Some(Event::Start(Tag::List(_))) = block.first() {
            place.end = without_repeated(markdown, &place);
        }
        let labels = labels_of(&block);
        let element = (deepest <= DEEPEST)
            .then(|| Reader::of(block).block())
            .flatten();
        let element = element.unwrap_or_else(|| {
            used.extend(labels);
            raw.push(place.clone());
            Element::code(RAW, &markdown[place.clone()])
        });
        blocks.push(Block { element, place });
    }
    definitions.retain(|(span, label)| used.contains(label) && !is_in(&raw, span.start));
    if !definitions.is_empty() {
        let lines = definitions
            .into_iter()
            .map(|(span, _)| markdown[span].trim());
        let lines: Vec<_> = lines.collect();
        blocks.push(Block {
            element: Element::code(RAW, &lines.join("\n")),
            place: markdown.len()..markdown.len(),
        });
    }
    blocks
}

/// Whether one of these places, which are in order, contains this one.
fn is_in(places: &[Range<usize>], at: usize) -> bool {
    let before = places.partition_point(|place| place.start <= at);
    before > 0 && places[before - 1].contains(&at)
}

/// The place of a block without empty lines and these definitions at its end.
fn without_definitions<'a>(
    markdown: &str,
    mut place: Range<usize>,
    definitions: impl DoubleEndedIterator<Item = &'a Range<usize>>,
) -> Range<usize> {
    let mut definitions = definitions.rev();
    loop {
        place.end = place.start + markdown[place.clone()].trim_end().len();
        match definitions.next() {
            Some(last) if last.start > place.start && last.end >= place.end => {
                place.end = last.start;
            }
            _ => return place,
        }
    }
}

/// Where a list ends, behind which labels are defined once more: the parser tells their first definitions alone,
/// and counts the others to the list. A line without indent behind an empty one cannot be part of it.
fn without_repeated(markdown: &str, place: &Range<usize>) -> usize {
    let list = &markdown[place.clone()];
    let is_definition = |line: &&str| line.starts_with('[') && parser(line).next().is_none();
    let definitions = list.rsplit('\n').take_while(is_definition);
    let length: usize = definitions.map(|line| line.len() + 1).sum();
    let before = &list[..list.len().saturating_sub(length)];
    if length > 0 && before.ends_with('\n') {
        place.start + before.trim_end().len()
    } else {
        place.end
    }
}

/// The labels by which links and pictures of a block refer to definitions.
fn labels_of(events: &[Event<'_>]) -> Vec<String> {
    let labels = events.iter().filter_map(|event| match event {
        Event::Start(Tag::Link { link_type, id, .. } | Tag::Image { link_type, id, .. })
            if matches!(
                link_type,
                LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut
            ) =>
        {
            Some(id.to_lowercase())
        }
        _ => None,
    });
    labels.collect()
}

/// What stands in a line of text, as nodes; `None` if the schema does not know it.
pub(crate) fn read_line(markdown: &str) -> Option<Vec<Node>> {
    let mut reader = Reader::of(parser(markdown).collect());
    match reader.events.next()? {
        Event::Start(Tag::Paragraph) => {}
        _ => return None,
    }
    let nodes = reader.inline(false)?;
    reader.end()?;
    reader.events.next().is_none().then_some(nodes)
}

/// Makes nodes of the events of one block. What it answers `None` for is not known to the schema.
struct Reader<'a> {
    events: Peekable<IntoIter<Event<'a>>>,
}

impl<'a> Reader<'a> {
    fn of(events: Vec<Event<'a>>) -> Self {
        Self {
            events: events.into_iter().peekable(),
        }
    }

    /// The end of what was begun.
    fn end(&mut self) -> Option<()> {
        matches!(self.events.next()?, Event::End(_)).then_some(())
    }

    fn is_at_end(&mut self) -> bool {
        matches!(self.events.peek(), None | Some(Event::End(_)))
    }

    fn block(&mut self) -> Option<Element> {
        let element = match self.events.next()? {
            Event::Rule => return Some(Element::new(HORIZONTAL_RULE, vec![])),
            Event::Start(Tag::Paragraph) => paragraph(self.inline(false)?)?,
            Event::Start(Tag::Heading { level, .. }) => {
                let text = without_pictures(self.inline(true)?)?;
                Element::new(HEADING, text).with("level", i64::from(level as u8))
            }
            Event::Start(Tag::BlockQuote(None)) => {
                let mut blocks = self.blocks()?;
                if blocks.is_empty() {
                    blocks.push(empty_paragraph());
                }
                Element::new(BLOCKQUOTE, blocks)
            }
            Event::Start(Tag::CodeBlock(kind)) => self.code(&kind)?,
            Event::Start(Tag::List(first)) => self.list(first)?,
            Event::Start(Tag::Table(alignments)) => self.table(&alignments)?,
            _ => return None,
        };
        self.end()?;
        Some(element)
    }

    fn blocks(&mut self) -> Option<Vec<Node>> {
        let mut blocks = vec![];
        while !self.is_at_end() {
            blocks.push(Node::Element(self.block()?));
        }
        Some(blocks)
    }

    fn code(&mut self, kind: &CodeBlockKind<'_>) -> Option<Element> {
        let mut code = String::new();
        while let Some(Event::Text(text)) = self.events.next_if(|it| matches!(it, Event::Text(_))) {
            code.push_str(&text);
        }
        let language = match kind {
            CodeBlockKind::Fenced(language) => &**language,
            CodeBlockKind::Indented => "",
        };
        // A code block of an editor does not tell a single empty line from no line at all.
        let is_known = language != RAW && code != "\n";
        is_known.then(|| Element::code(language, code.strip_suffix('\n').unwrap_or(&code)))
    }

    fn list(&mut self, first: Option<u64>) -> Option<Element> {
        let (mut items, mut is_loose) = (vec![], false);
        while self.events.next_if_eq(&Event::Start(Tag::Item)).is_some() {
            let mut blocks = vec![];
            while !self.is_at_end() {
                let next = self.events.peek()?;
                if is_inline(next) {
                    blocks.push(Node::Element(paragraph(self.inline(false)?)?));
                } else {
                    is_loose |= *next == Event::Start(Tag::Paragraph);
                    blocks.push(Node::Element(self.block()?));
                }
            }
            // An item begins with a paragraph, says the schema.
            if !elements(&blocks)
                .next()
                .is_some_and(|first| first.is(PARAGRAPH))
            {
                blocks.insert(0, empty_paragraph());
            }
            items.push(Node::Element(Element::new(LIST_ITEM, blocks)));
            self.end()?;
        }
        let list = match first {
            None => Element::new(BULLET_LIST, items),
            Some(first) => {
                let first = i64::try_from(first).unwrap_or(i64::MAX);
                Element::new(ORDERED_LIST, items).with("start", first)
            }
        };
        match (is_tight(&list), is_loose) {
            (true, true) => Some(list.with("tight", false)),
            (false, false) => None,
            _ => Some(list),
        }
    }

    fn table(&mut self, alignments: &[Alignment]) -> Option<Element> {
        let mut rows = vec![];
        while let Some(row) = self.events.next_if(|it| matches!(it, Event::Start(_))) {
            let name = match row {
                Event::Start(Tag::TableHead) => TABLE_HEADER,
                _ => TABLE_CELL,
            };
            let mut cells = vec![];
            for alignment in alignments {
                if self
                    .events
                    .next_if_eq(&Event::Start(Tag::TableCell))
                    .is_none()
                {
                    break;
                }
                let text = paragraph(self.inline(true)?)?;
                let cell = Element::new(name, vec![Node::Element(text)]);
                let cell = match alignment {
                    Alignment::None => cell,
                    Alignment::Left => cell.with("align", "left"),
                    Alignment::Center => cell.with("align", "center"),
                    Alignment::Right => cell.with("align", "right"),
                };
                cells.push(Node::Element(cell));
                self.end()?;
            }
            rows.push(Node::Element(Element::new(TABLE_ROW, cells)));
            self.end()?;
        }
        Some(Element::new(TABLE, rows))
    }

    /// What stands in a line of text, up to a block or the end of what it stands in, and is shown of it. Where a
    /// line cannot be broken by Markdown's own means, `<br>` does it.
    fn inline(&mut self, has_html_breaks: bool) -> Option<Vec<Node>> {
        let nodes = self.as_written(has_html_breaks)?;
        Some(pieces::nodes_of(pieces::pieces_of(&nodes)))
    }

    fn as_written(&mut self, has_html_breaks: bool) -> Option<Vec<Node>> {
        let mut line = Line::default();
        let mut begun = vec![];
        loop {
            let next = self.events.peek()?;
            if !is_inline(next) {
                return Some(line.nodes);
            }
            match self.events.next()? {
                Event::Text(text) => line.say(&text),
                Event::Code(code) => {
                    // In TipTap code has no other mark.
                    if !line.marks.is_empty() {
                        return None;
                    }
                    line.marks.insert(Mark::Code);
                    line.say(&code);
                    line.marks.clear();
                }
                Event::SoftBreak => line.say(" "),
                Event::HardBreak => line.add(Element::new(HARD_BREAK, vec![])),
                Event::InlineHtml(html) if has_html_breaks && is_break(&html) => {
                    line.add(Element::new(HARD_BREAK, vec![]));
                }
                Event::Start(Tag::Image {
                    dest_url, title, ..
                }) => {
                    if !line.marks.is_empty() {
                        return None;
                    }
                    let alt = self.alt()?;
                    line.add(image(&dest_url, &alt, &title));
                }
                Event::Start(tag) => {
                    let mark = mark(tag)?;
                    if !line.marks.insert(mark.clone()) {
                        return None;
                    }
                    begun.push((mark, line.said));
                }
                Event::End(_) => {
                    let (mark, said) = begun.pop()?;
                    // A mark needs a text.
                    if said == line.said {
                        return None;
                    }
                    line.marks.remove(&mark);
                }
                _ => return None,
            }
        }
    }

    /// What a picture's text says, without marks.
    fn alt(&mut self) -> Option<String> {
        let (mut alt, mut depth) = (String::new(), 1);
        while depth > 0 {
            match self.events.next()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Text(text) | Event::Code(text) => alt.push_str(&text),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                _ => return None,
            }
        }
        Some(alt)
    }
}

/// A line of text that is being read.
#[derive(Default)]
struct Line {
    nodes: Vec<Node>,
    marks: Marks,
    /// How many bytes it has.
    said: usize,
}

impl Line {
    fn say(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.said += text.len();
        let run = Run {
            text: text.to_owned(),
            marks: self.marks.clone(),
        };
        match self.nodes.last_mut() {
            Some(Node::Text(runs)) => match runs.last_mut() {
                Some(last) if last.marks == run.marks => last.text.push_str(text),
                _ => runs.push(run),
            },
            _ => self.nodes.push(Node::Text(vec![run])),
        }
    }

    fn add(&mut self, element: Element) {
        self.nodes.push(Node::Element(element));
    }
}

fn is_inline(event: &Event<'_>) -> bool {
    match event {
        Event::Start(tag) => matches!(
            tag,
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
        ),
        Event::End(tag) => matches!(
            tag,
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link
        ),
        Event::Rule | Event::Html(_) => false,
        _ => true,
    }
}

fn is_break(html: &str) -> bool {
    matches!(html, "<br>" | "<br/>" | "<br />")
}

fn mark(tag: Tag<'_>) -> Option<Mark> {
    match tag {
        Tag::Emphasis => Some(Mark::Italic),
        Tag::Strong => Some(Mark::Bold),
        Tag::Strikethrough => Some(Mark::Strike),
        Tag::Link {
            link_type: LinkType::Email,
            dest_url,
            ..
        } => Some(Mark::Link {
            href: format!("mailto:{dest_url}"),
            title: String::new(),
        }),
        Tag::Link {
            dest_url, title, ..
        } => Some(Mark::Link {
            href: dest_url.into_string(),
            title: title.into_string(),
        }),
        _ => None,
    }
}

fn image(src: &str, alt: &str, title: &str) -> Element {
    let mut image = Element::new(IMAGE, vec![]);
    for (name, value) in [("src", src), ("alt", alt), ("title", title)] {
        if name == "src" || !value.is_empty() {
            image = image.with(name, Any::from(value));
        }
    }
    image
}

fn empty_paragraph() -> Node {
    Node::Element(Element::new(PARAGRAPH, vec![]))
}

/// A picture is a block of its own, says the schema, and stands in no text.
fn paragraph(mut nodes: Vec<Node>) -> Option<Element> {
    match &mut *nodes {
        [Node::Element(only)] if only.is(IMAGE) => Some(std::mem::take(only)),
        _ => Some(Element::new(PARAGRAPH, without_pictures(nodes)?)),
    }
}

fn without_pictures(nodes: Vec<Node>) -> Option<Vec<Node>> {
    let has_pictures = elements(&nodes).any(|element| element.is(IMAGE));
    (!has_pictures).then_some(nodes)
}
