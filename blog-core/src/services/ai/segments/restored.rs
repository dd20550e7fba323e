use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::{BlockKind, Kept, Placeholders, Segment, in_one_line};
use crate::render::{first_address, parser};

/// In which an answer is read: nothing in it can be the beginning of a block.
const BEFORE: &str = "# ";

impl Segment {
    /// The Markdown that an answer stands for, in one line: `None` where it has not the placeholders that it has to
    /// have, or code, links, pictures or HTML of its own, or would define a link.
    pub(in super::super) fn restored(
        &self,
        answer: &str,
        placeholders: Placeholders,
    ) -> Option<String> {
        let line = in_one_line(answer);
        let line = match self.kind {
            BlockKind::Heading => line,
            BlockKind::Paragraph => with_escaped_beginning(line),
            BlockKind::Cell => with_escaped_pipes(&line),
        };
        let text = format!("{BEFORE}{line}");
        let mut found: Vec<(usize, Range<usize>)> = vec![];
        for (event, range) in parser(&text).into_offset_iter() {
            match &event {
                Event::Code(code) => {
                    let number = self.number_of(code)?;
                    matches!(self.kept[number], Kept::Piece(_)).then_some(())?;
                    found.push((number, range));
                }
                Event::Start(
                    Tag::Link {
                        dest_url, title, ..
                    }
                    | Tag::Image {
                        dest_url, title, ..
                    },
                ) => {
                    let number = self.number_of(dest_url).filter(|_| title.is_empty())?;
                    matches!(self.kept[number], Kept::Address(_)).then_some(())?;
                    let end = range.start + text[range.clone()].rfind("](")?;
                    found.push((number, end..range.end));
                }
                Event::InlineHtml(_) | Event::Html(_) | Event::FootnoteReference(_) => return None,
                Event::Start(tag) if !is_of_words(tag) => return None,
                Event::End(TagEnd::Heading(_)) if range.end < text.len() => return None,
                _ => {}
            }
        }
        let mut numbers: Vec<_> = found.iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        let is_complete = placeholders == Placeholders::Some || numbers.len() == self.kept.len();
        let is_once = numbers.windows(2).all(|pair| pair[0] != pair[1]);
        let is_empty = line.trim().is_empty();
        if is_empty || is_definition(&line) || !is_complete || !is_once {
            return None;
        }
        found.sort_by_key(|(_, range)| range.start);
        let mut restored = String::with_capacity(text.len());
        let mut at = BEFORE.len();
        for (number, range) in found {
            let (Kept::Piece(written) | Kept::Address(written)) = &self.kept[number];
            restored.push_str(text.get(at..range.start)?);
            let is_address = first_address(written) == Some((0, written.len()));
            if is_address && restored.ends_with(char::is_alphanumeric) {
                restored.push(' ');
            }
            restored.push_str(written);
            if is_address && text[range.end..].starts_with(goes_on_with_an_address) {
                restored.push(' ');
            }
            at = range.end;
        }
        restored.push_str(&text[at..]);
        Some(restored)
    }

    /// The number that a placeholder has.
    fn number_of(&self, placeholder: &str) -> Option<usize> {
        let number: usize = placeholder.strip_prefix('#')?.parse().ok()?;
        (number < self.kept.len()).then_some(number)
    }
}

const fn is_of_words(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Heading { .. } | Tag::Emphasis | Tag::Strong | Tag::Strikethrough
    )
}

/// Whether an address that is written as it is would go on with this: white space ends it, and most marks of
/// a sentence do.
fn goes_on_with_an_address(character: char) -> bool {
    !character.is_whitespace() && !character.is_ascii_punctuation()
}

/// Whether this says where a link leads, or what a footnote says.
fn is_definition(line: &str) -> bool {
    let label = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    label.is_some_and(|(label, after)| !label.is_empty() && after.starts_with(':'))
}

/// Text that does not begin a list, a quote or a heading.
fn with_escaped_beginning(mut text: String) -> String {
    let is_word = |length: usize| text[length..].is_empty() || text[length..].starts_with(' ');
    let length_of = |is_one: fn(char) -> bool| text.len() - text.trim_start_matches(is_one).len();
    let digits = length_of(|it| it.is_ascii_digit());
    let is_number = digits > 0 && text[digits..].starts_with(['.', ')']) && is_word(digits + 1);
    let is_item = text.starts_with(['-', '+', '*']) && is_word(1);
    let signs = length_of(|it| it == '#');
    if is_number {
        text.insert(digits, '\\');
    } else if is_item || text.starts_with('>') || (signs > 0 && is_word(signs)) {
        text.insert(0, '\\');
    }
    text
}

/// Text that does not end a cell.
fn with_escaped_pipes(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut is_escaped = false;
    for character in text.chars() {
        if character == '|' && !is_escaped {
            escaped.push('\\');
        }
        is_escaped = character == '\\' && !is_escaped;
        escaped.push(character);
    }
    escaped
}
