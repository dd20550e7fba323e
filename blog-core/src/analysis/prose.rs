use std::ops::Range;

use super::sentences::sentences;
use crate::domain::Locale;
use crate::render::{is_line_break, parser};
use pulldown_cmark::{Event, Tag, TagEnd};

/// The running text of a body: its paragraphs and list items, without markup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prose {
    paragraphs: Vec<Paragraph>,
}

/// A paragraph or list item as one line of plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    text: String,
    sentences: Vec<Range<usize>>,
}

impl Prose {
    /// Reads a body in the language of `locale`, by which its sentences end. Headings, code blocks,
    /// tables, footnotes, pictures and raw HTML are not prose.
    #[must_use]
    pub fn of_markdown(markdown: &str, locale: &Locale) -> Self {
        let mut reader = Reader {
            language: locale.language(),
            ..Reader::default()
        };
        for event in parser(markdown) {
            reader.take(&event);
        }
        reader.end_paragraph();
        Self {
            paragraphs: reader.paragraphs,
        }
    }

    /// Its paragraphs, none of them empty.
    #[must_use]
    pub fn paragraphs(&self) -> &[Paragraph] {
        &self.paragraphs
    }

    /// All sentences, in order.
    pub fn sentences(&self) -> impl Iterator<Item = &str> {
        self.paragraphs.iter().flat_map(Paragraph::sentences)
    }

    /// The paragraphs, each on a line.
    #[must_use]
    pub fn text(&self) -> String {
        let texts: Vec<_> = self.paragraphs.iter().map(Paragraph::text).collect();
        texts.join("\n")
    }
}

impl Paragraph {
    fn new(text: String, language: &str) -> Self {
        let sentences = sentences(&text, language);
        Self { text, sentences }
    }

    /// What it says.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its sentences by UAX #29, not ended by a common abbreviation, an initial or an ordinal.
    pub fn sentences(&self) -> impl ExactSizeIterator<Item = &str> {
        self.sentences.iter().map(|range| &self.text[range.clone()])
    }
}

#[derive(Default)]
struct Reader<'a> {
    language: &'a str,
    paragraphs: Vec<Paragraph>,
    text: String,
    /// How many elements that are no prose are open.
    outside: usize,
}

impl Reader<'_> {
    fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(tag) if is_no_prose(&tag.to_end()) => {
                if !matches!(tag, Tag::Image { .. }) {
                    self.end_paragraph();
                }
                self.outside += 1;
            }
            Event::End(tag) if is_no_prose(tag) => self.outside = self.outside.saturating_sub(1),
            Event::Start(Tag::Paragraph | Tag::Item | Tag::List(_) | Tag::BlockQuote(_))
            | Event::End(TagEnd::Paragraph | TagEnd::Item) => self.end_paragraph(),
            Event::Text(text) | Event::Code(text) if self.outside == 0 => self.text.push_str(text),
            Event::SoftBreak | Event::HardBreak if self.outside == 0 => self.text.push(' '),
            Event::InlineHtml(html) if self.outside == 0 && is_line_break(html) => {
                self.text.push(' ');
            }
            _ => {}
        }
    }

    fn end_paragraph(&mut self) {
        let words: Vec<_> = self.text.split_whitespace().collect();
        if !words.is_empty() {
            let paragraph = Paragraph::new(words.join(" "), self.language);
            self.paragraphs.push(paragraph);
        }
        self.text.clear();
    }
}

const fn is_no_prose(tag: &TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Heading(_)
            | TagEnd::CodeBlock
            | TagEnd::Table
            | TagEnd::FootnoteDefinition
            | TagEnd::Image
            | TagEnd::HtmlBlock
    )
}

#[cfg(test)]
mod tests {
    use super::Prose;
    use crate::domain::Locale;

    #[track_caller]
    fn check(markdown: &str, expected: &[&str]) {
        let prose = Prose::of_markdown(markdown, &Locale::default());
        let sentences: Vec<_> = prose.sentences().collect();
        assert_eq!(sentences, expected, "{markdown}");
    }

    #[test]
    fn only_running_text_is_prose() {
        check(
            "# Heading\n\nIt *was* `late`.\nHe slept.\n\n\
             ```\nlet code = 1;\n```\n\n|a|\n|-|\n|b|\n\n<div>html</div>\n\n![alt](x.png) Seen.\n\n\
             - One.\n- Two.\n  - Three.\n\n> Quoted.\n\n[^1]: Note.",
            &[
                "It was late.",
                "He slept.",
                "Seen.",
                "One.",
                "Two.",
                "Three.",
                "Quoted.",
            ],
        );
    }

    #[test]
    fn a_body_that_begins_with_a_rule_is_prose_as_on_its_page() {
        check(
            "---\nnote: It rained.\n\n---\n\nHe slept.",
            &["note: It rained.", "He slept."],
        );
    }

    #[test]
    fn a_line_break_of_html_parts_words() {
        check("It rained<br>all<BR />day.", &["It rained all day."]);
    }
}
