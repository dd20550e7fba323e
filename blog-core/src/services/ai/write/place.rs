use crate::render::parser;

use super::super::guard::ends;

/// The byte of a Markdown text where a block may stand so that it says what it says alone: `at`, or the end
/// of the outermost block around it. None where that has no end, as code without its last fence.
///
/// # Examples
/// ```
/// use blog_core::services::ai::place_for_block;
///
/// let code = "```\nlet a;\n```\n\nText";
/// assert_eq!(place_for_block(code, 8), Some(14));
/// assert_eq!(place_for_block(code, code.len()), Some(code.len()));
/// assert_eq!(place_for_block("<!-- hidden", 11), None);
/// ```
#[must_use]
pub fn place_for_block(markdown: &str, at: usize) -> Option<usize> {
    let at = markdown.ceil_char_boundary(at);
    let stands_alone = |at: usize| ends(markdown.get(..at).unwrap_or(markdown));
    if stands_alone(at) {
        return Some(at);
    }
    let mut blocks = parser(markdown).into_offset_iter().map(|(_, range)| range);
    let around = blocks.find(|block| block.start < at && at <= block.end)?;
    let text = markdown.get(..around.end).unwrap_or(markdown);
    let end = text.trim_end_matches('\n').len();
    stands_alone(end).then_some(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str, moved: Option<&str>) {
        let text = format!("{before}{after}");
        let place = place_for_block(&text, before.len());
        assert_eq!(place.map(|at| &text[before.len()..at]), moved, "{text:?}");
    }

    #[test]
    fn a_block_stands_behind_the_block_that_its_place_is_in() {
        check("", "", Some(""));
        check("Text", "\n\n```\nlet a;", Some(""));
        check(
            "```\nlet a;",
            "\n\nlet b;\n```\nText",
            Some("\n\nlet b;\n```"),
        );
        check("<!--", "\n\nhidden -->\nText", Some("\n\nhidden -->"));
        check("- a", "\n- b", Some(""));
        check("> ```\n> a", "\n> ```", Some(""));
    }

    #[test]
    fn there_is_no_place_behind_what_has_no_end() {
        for open in [
            "```\nlet a;",
            "~~~~\n~~~",
            "<!--\n\nText",
            "<script>\n",
            "<pre>",
        ] {
            check(open, "\n\nText", None);
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_there_begins_a_block(
            text in "([a-z>#*` ~-]{0,5}(\n|\n\n|\n```\n|<!--|-->|<pre>|</pre>)){0,12}",
            at in 0_usize..60,
        ) {
            if let Some(place) = place_for_block(&text, at.min(text.len())) {
                prop_assert!(place >= at.min(text.len()) && ends(&text[..place]));
            }
        }
    }
}
