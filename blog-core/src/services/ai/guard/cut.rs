//! Making texts shorter where a reader would.

use pulldown_cmark::{Event, Tag};

use crate::render::parser;

/// The beginning of a text, at most so many characters, cut between words if it can be, with an ellipsis.
pub(crate) fn beginning(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let most = characters.saturating_sub(1);
    let end = text.char_indices().nth(most).map_or(0, |(at, _)| at);
    let head = &text[..end];
    // A text without spaces, as in Chinese, is cut between characters.
    let space = head.rfind(char::is_whitespace);
    let head = match space {
        Some(space) if space > end / 2 => &head[..space],
        _ => head,
    };
    let mut short = head.trim_end().to_owned();
    if characters > 0 {
        short.push('…');
    }
    short
}

/// The beginning of a body, at most so many bytes, cut between blocks if it can be.
pub(crate) fn blocks(markdown: &str, bytes: usize) -> &str {
    let ends = blocks_of(markdown).map(|(_, end)| end);
    let end = ends.take_while(|end| *end <= bytes).last();
    let end = end.unwrap_or_else(|| markdown.floor_char_boundary(bytes));
    markdown[..end].trim_end()
}

/// About so many bytes of a body, from the beginnings of all its sections.
pub(crate) fn sections(markdown: &str, bytes: usize) -> String {
    let mut starts: Vec<_> = blocks_of(markdown)
        .filter(|(block, _)| block.is_heading)
        .map(|(block, _)| block.start)
        .collect();
    if starts.len() < 2 {
        starts = blocks_of(markdown).map(|(block, _)| block.start).collect();
    }
    if starts.first() != Some(&0) {
        starts.insert(0, 0);
    }
    let share = (bytes / starts.len()).max(1);
    let ends = starts.iter().skip(1).copied().chain([markdown.len()]);
    let mut kept = String::with_capacity(bytes);
    for (start, end) in starts.iter().zip(ends) {
        let section = &markdown[*start..end];
        let part = if section.len() <= share {
            section.trim_end()
        } else {
            blocks(section, share)
        };
        if kept.len() + part.len() > bytes {
            break;
        }
        if !part.is_empty() {
            kept.push_str(part);
            kept.push_str("\n\n");
        }
    }
    kept
}

struct Block {
    start: usize,
    is_heading: bool,
}

/// The outermost blocks, each with where it ends.
fn blocks_of(markdown: &str) -> impl Iterator<Item = (Block, usize)> {
    let mut depth = 0_usize;
    let events = parser(markdown).into_offset_iter();
    events.filter_map(move |(event, range)| {
        let is_outermost = depth == 0;
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_heading = matches!(event, Event::Start(Tag::Heading { .. }));
        let block = Block {
            start: range.start,
            is_heading,
        };
        (is_outermost && !matches!(event, Event::End(_))).then_some((block, range.end))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{beginning, blocks, sections};

    #[test]
    fn texts_are_cut_between_words_and_bodies_between_blocks() {
        assert_eq!(beginning("one two three", 9), "one two…");
        assert_eq!(beginning("日本語日本語", 4), "日本語…");
        assert_eq!(beginning("one", 3), "one");
        let body = "First.\n\n- a\n- b\n\nLast.\n";
        assert_eq!(blocks(body, 18), "First.\n\n- a\n- b");
        assert_eq!(blocks("éé", 3), "é");
    }

    #[test]
    fn a_shortened_text_has_something_of_each_section() {
        let section = |name: &str| format!("## {name}\n\nBegins.\n\n{}\n\n", "more ".repeat(100));
        let text = ["One", "Two", "Three"].map(section).concat();
        let short = sections(&text, text.len() / 4);
        for kept in [
            "## One\n\nBegins.",
            "## Two\n\nBegins.",
            "## Three\n\nBegins.",
        ] {
            assert!(short.contains(kept), "{short}");
        }
        assert!(!short.contains("more"), "{short}");
    }

    proptest! {
        #[test]
        fn nothing_is_longer_than_it_may_be(text in "(\\PC|[\n#>*`<]){0,200}", limit in 0_usize..80) {
            prop_assert!(beginning(&text, limit).chars().count() <= limit);
            prop_assert!(blocks(&text, limit).len() <= limit);
            prop_assert!(sections(&text, limit).len() <= limit + 2);
        }
    }
}
