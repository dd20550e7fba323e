use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};
use unicode_segmentation::UnicodeSegmentation;

use crate::render::parser;

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
    /// Reads a body. Headings, code blocks, tables, footnotes, pictures, raw HTML and front matter
    /// are not prose.
    #[must_use]
    pub fn of_markdown(markdown: &str) -> Self {
        let mut reader = Reader::default();
        for event in parser(without_front_matter(markdown)) {
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
    fn new(text: String) -> Self {
        let sentences = sentences(&text);
        Self { text, sentences }
    }

    /// What it says.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its sentences by UAX #29, not ended by a common abbreviation or an initial.
    pub fn sentences(&self) -> impl ExactSizeIterator<Item = &str> {
        self.sentences.iter().map(|range| &self.text[range.clone()])
    }
}

/// The body behind a block of YAML (`---`) or TOML (`+++`) at its very beginning.
fn without_front_matter(markdown: &str) -> &str {
    for fence in ["---", "+++"] {
        let Some(fields) = markdown
            .strip_prefix(fence)
            .and_then(|rest| rest.strip_prefix('\n').or(rest.strip_prefix("\r\n")))
        else {
            continue;
        };
        let first = fields.lines().next().unwrap_or_default();
        let mut end = 0;
        for line in fields.split_inclusive('\n') {
            end += line.len();
            if first.contains([':', '=']) && line.trim_end() == fence {
                return &fields[end..];
            }
        }
    }
    markdown
}

#[derive(Default)]
struct Reader {
    paragraphs: Vec<Paragraph>,
    text: String,
    /// How many elements that are no prose are open.
    outside: usize,
}

impl Reader {
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
            _ => {}
        }
    }

    fn end_paragraph(&mut self) {
        let words: Vec<_> = self.text.split_whitespace().collect();
        if !words.is_empty() {
            self.paragraphs.push(Paragraph::new(words.join(" ")));
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

fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for piece in pieces(text) {
        for (at, part) in text[piece.clone()].split_sentence_bound_indices() {
            let start = piece.start + at;
            let end = start + part.trim_end().len();
            match found.last_mut() {
                Some(last) if goes_on(&text[last.clone()], part) => last.end = end,
                _ => found.push(start..end),
            }
        }
    }
    found.retain(|range| !range.is_empty());
    found
}

/// The text cut behind every run of 64 characters that are no letters or digits: at each closing
/// mark of such a run `unicode-segmentation` looks for its end.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let (mut start, mut run) = (0, 0);
    for (at, character) in text.char_indices() {
        run = if character.is_alphanumeric() {
            0
        } else {
            run + 1
        };
        if run == 64 {
            let end = at + character.len_utf8();
            pieces.push(start..end);
            (start, run) = (end, 0);
        }
    }
    pieces.push(start..text.len());
    pieces
}

/// Whether `next` belongs to the same sentence as what is before it.
fn goes_on(before: &str, next: &str) -> bool {
    if !next.contains(char::is_alphanumeric) {
        return true;
    }
    let word = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let word = word.trim_start_matches(['(', '[', '"', '“', '„', '«']);
    let Some(name) = word.strip_suffix('.') else {
        return false;
    };
    let mut letters = name.chars();
    let is_initial = letters.next().is_some_and(char::is_uppercase) && letters.next().is_none();
    // The longest abbreviation has six letters.
    let lower = if name.len() <= 12 {
        name.to_lowercase()
    } else {
        String::new()
    };
    is_initial
        || BEFORE_NAMES.contains(&lower.as_str())
        || (BEFORE_NUMBERS.contains(&lower.as_str()) && next.starts_with(char::is_numeric))
}

/// Abbreviations that no sentence ends with, in English, German, French, Spanish, Italian, Dutch
/// and Russian.
const BEFORE_NAMES: [&str; 42] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "rev", "gen", "gov", "sen", "rep", "hon", "vs", "e.g",
    "i.e", "cf", "approx", "z.b", "d.h", "u.a", "bzw", "ca", "vgl", "hr", "fr", "mme", "mlle",
    "sr", "sra", "srta", "dott", "sig", "bijv", "d.w.z", "dhr", "mevr", "т.е", "т.к", "напр", "см",
    "им", "p.ex",
];

const BEFORE_NUMBERS: [&str; 12] = [
    "no", "nr", "fig", "vol", "p", "pp", "ch", "sec", "abb", "s", "art", "núm",
];

#[cfg(test)]
mod tests {
    use super::Prose;

    fn check(markdown: &str, expected: &[&str]) {
        let prose = Prose::of_markdown(markdown);
        assert_eq!(
            prose.sentences().collect::<Vec<_>>(),
            expected,
            "{markdown}"
        );
    }

    #[test]
    fn only_running_text_is_prose() {
        check(
            "---\ntitle: No\n\ntags: [a]\n---\n# Heading\n\nIt *was* `late`.\nHe slept.\n\n\
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
        check(
            "---\n\nA rule is no front matter.\n\n---",
            &["A rule is no front matter."],
        );
    }

    #[test]
    fn abbreviations_initials_and_versions_end_no_sentence() {
        check(
            "Dr. Smith met J. R. R. Tolkien, e.g. in No. 5. Rust 1.70.0 is out! Is it? Yes.",
            &[
                "Dr. Smith met J. R. R. Tolkien, e.g. in No. 5.",
                "Rust 1.70.0 is out!",
                "Is it?",
                "Yes.",
            ],
        );
        check(
            "Das gilt z.B. Morgen noch. He said no. Then he left.",
            &["Das gilt z.B. Morgen noch.", "He said no.", "Then he left."],
        );
    }

    #[test]
    fn chinese_and_japanese_sentences_end_without_spaces() {
        check(
            "今日は雨です。明日は？晴れです！",
            &["今日は雨です。", "明日は？", "晴れです！"],
        );
    }

    #[test]
    fn a_picture_at_the_end_belongs_to_the_sentence_before_it() {
        check("It rained. We won! 🎉", &["It rained.", "We won! 🎉"]);
    }
}
