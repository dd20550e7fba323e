use pulldown_cmark::{Event, TagEnd};
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::markdown::parser;

const EXCERPT_CHARACTERS: usize = 280;
const WORDS_A_MINUTE: u32 = 220;

/// What lists show of a body.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The beginning of the text, cut between words.
    pub excerpt: String,
    /// Number of words (UAX #29).
    pub word_count: u32,
}

/// Draws a summary from a body.
#[must_use]
pub fn summarize(markdown: &str) -> Summary {
    let text = plain_text(markdown);
    Summary {
        excerpt: beginning(&text),
        word_count: word_count(&text),
    }
}

/// Number of words (UAX #29).
#[must_use]
pub fn word_count(text: &str) -> u32 {
    u32::try_from(text.unicode_words().count()).unwrap_or(u32::MAX)
}

/// Minutes that reading takes, at 220 words a minute; at least one if there is any word.
#[must_use]
pub const fn reading_minutes(word_count: u32) -> u32 {
    word_count.div_ceil(WORDS_A_MINUTE)
}

/// The text without markup; raw HTML is dropped but for line breaks, blocks are separated by line ends.
#[must_use]
pub fn plain_text(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    for event in parser(markdown) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::InlineHtml(html) if is_line_break(&html) => text.push(' '),
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::Item
                | TagEnd::TableCell
                | TagEnd::CodeBlock,
            ) => text.push('\n'),
            _ => {}
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// Whether a tag of raw HTML parts the text around it.
pub(crate) fn is_line_break(tag: &str) -> bool {
    let name = tag.trim_start_matches('<');
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case("br"))
}

fn beginning(text: &str) -> String {
    let mut excerpt = String::with_capacity(EXCERPT_CHARACTERS * 2);
    let mut characters = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if characters + length > EXCERPT_CHARACTERS {
            if excerpt.is_empty() {
                excerpt.extend(word.chars().take(EXCERPT_CHARACTERS));
            }
            excerpt.push('…');
            return excerpt;
        }
        if !excerpt.is_empty() {
            excerpt.push(' ');
        }
        excerpt.push_str(word);
        characters += length + 1;
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use super::{plain_text, reading_minutes, summarize};

    #[test]
    fn an_excerpt_is_text_cut_between_words() {
        let summary = summarize(&format!(
            "# Title\n\nSome *bold* text. {}",
            "word ".repeat(100)
        ));
        assert!(summary.excerpt.starts_with("Title Some bold text. word"));
        assert!(summary.excerpt.ends_with("word…"));
        assert!(summary.excerpt.chars().count() <= 281);
        assert_eq!(summary.word_count, 104);
    }

    #[test]
    fn plain_text_has_no_markup() {
        assert_eq!(
            plain_text("a <b>c</b> `d` [e](f)\n\n- g\n- h"),
            "a c d e\ng\nh"
        );
    }

    #[test]
    fn a_line_break_of_html_parts_words() {
        assert_eq!(plain_text("a<br>b<BR />c <b>d</b>"), "a b c d");
    }

    #[test]
    fn any_word_takes_a_minute_to_read() {
        assert_eq!(
            [reading_minutes(0), reading_minutes(1), reading_minutes(221)],
            [0, 1, 2]
        );
    }
}
