use super::leaks::shared;
use super::{ReportKind, Reports};

/// Bytes of the name in a mark such as `<|im_start|>`.
const NAME: usize = 40;
/// Bytes at the end of a text that may be held back, as marks begin there, one in another.
pub(super) const HELD_BACK: usize = 200;

/// The bars in such marks: those of DeepSeek's models are of full width.
const BARS: [char; 2] = ['|', '\u{ff5c}'];

/// Marks of another form, as the models of Meta (Llama 2), Mistral and Google (Gemma) have them.
const MARKS: [&str; 13] = [
    "<<SYS>>",
    "<</SYS>>",
    "<start_of_turn>",
    "<end_of_turn>",
    "[INST]",
    "[/INST]",
    "[SYSTEM_PROMPT]",
    "[/SYSTEM_PROMPT]",
    "[AVAILABLE_TOOLS]",
    "[/AVAILABLE_TOOLS]",
    "[TOOL_CALLS]",
    "[TOOL_RESULTS]",
    "[/TOOL_RESULTS]",
];

/// The text without the marks that divide a model's conversations. What may be the text of a link stays.
pub(super) fn removed(field: &str, text: &str, reports: &mut Reports) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    for part in text.split_inclusive(['>', ']']) {
        kept.push_str(part);
        rest = &rest[part.len()..];
        let may_be_link = part.ends_with(']') && rest.starts_with('(');
        // What is left of two may be a third: its end is still to come.
        if !may_be_link && let Some(start) = at_end(&kept) {
            reports.add(field, ReportKind::ToolCall, &kept[start..]);
            kept.truncate(start);
        }
    }
    kept
}

/// Where marks in brackets stand, which are no texts of links in what a page shows.
pub(super) fn bracketed(shown: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let marks = MARKS.iter().filter(|mark| mark.starts_with('['));
    let found = marks.flat_map(|mark| shown.match_indices(mark));
    found.map(|(at, mark)| at..at + mark.len())
}

/// How many bytes at the end of a text may be beginnings of marks, one in another, or a mark that becomes
/// the text of a link.
pub(super) fn begun(text: &str) -> usize {
    let mut rest = text;
    while let Some(start) = begun_at(rest)
        && text.len() - start <= HELD_BACK
    {
        rest = &rest[..start];
    }
    text.len() - rest.len()
}

/// Where the mark begins that the text ends with.
fn at_end(text: &str) -> Option<usize> {
    let mut named = MARKS.iter().filter_map(|mark| text.strip_suffix(mark));
    named.next().map(str::len).or_else(|| {
        let before = text.strip_suffix('>')?.strip_suffix(BARS)?;
        let (start, inner) = from_last_angle(before)?;
        let name = inner.strip_prefix(BARS)?;
        (!name.is_empty() && is_name(name)).then_some(start)
    })
}

/// Where the mark begins of which the text ends with a part, or with all but what follows.
fn begun_at(text: &str) -> Option<usize> {
    let whole = at_end(text).filter(|_| text.ends_with(']'));
    let named = MARKS.iter().map(|mark| shared(text, mark)).max();
    let named = named.filter(|it| *it > 0).map(|it| text.len() - it);
    let barred = from_last_angle(text).filter(|(_, inner)| {
        let name = inner.strip_prefix(BARS);
        let name = name.map(|it| it.strip_suffix(BARS).unwrap_or(it));
        name.map_or(inner.is_empty(), is_name)
    });
    let barred = barred.map(|(start, _)| start);
    [whole, named, barred].into_iter().flatten().min()
}

/// Where the last `<` stands that may begin a mark, and what follows it.
fn from_last_angle(text: &str) -> Option<(usize, &str)> {
    let longest = NAME + 1 + 2 * '\u{ff5c}'.len_utf8();
    let near = text.ceil_char_boundary(text.len().saturating_sub(longest));
    let start = near + text[near..].rfind('<')?;
    Some((start, &text[start + 1..]))
}

/// Whether it is a name, or its beginning; DeepSeek's words are parted by `▁`.
fn is_name(text: &str) -> bool {
    let is_of_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '\u{2581}');
    text.len() <= NAME && text.chars().all(is_of_name)
}

#[cfg(test)]
mod tests {
    use super::{HELD_BACK, begun, removed};
    use crate::services::ai::guard::Reports;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut reports = Reports::default();
        assert_eq!(removed("body", text, &mut reports), expected);
        assert_eq!(reports.0.is_empty(), text == expected, "{text:?}");
    }

    #[test]
    fn marks_of_conversations_are_taken_out() {
        check("<|im_start|>a<|im<|x|>_end|>", "a");
        check("a [INST] b [/INST]", "a  b ");
        check("[TOOL_CALLS][{\"a\": 1}]", "[{\"a\": 1}]");
        check("<<SYS>>\na\n<</SYS>>", "\na\n");
        check("<start_of_turn>a<end_of_turn>", "a");
        check("<｜User｜>a<｜end▁of▁sentence｜>b<|x｜>", "ab");
        check("[IN[INST]ST]<<S<<SYS>>YS>>a", "a");
        check("[[INST]](/a)", "[](/a)");
    }

    #[test]
    fn what_is_no_mark_stays() {
        for text in [
            "[INST](https://example.org) and [IN<b>ST](/a)",
            "[install] [Inst] [INSTALL][1] [inst] `a[INST_ID]`",
            "a <<EOF b>> <SYS> | a｜b <|> <||> <| a |>",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn what_may_go_on_is_known_by_its_beginning_and_is_never_long() {
        for (text, length) in [
            ("a", 0),
            ("a <", 1),
            ("a <|im_st", 7),
            ("a <|im_start|", 11),
            ("a <|im_start|>", 0),
            ("a <｜User", 8),
            ("a <<SYS>", 6),
            ("a [", 1),
            ("a [a", 0),
            ("a [IN", 3),
            ("a [INST]", 6),
            ("a [INST](", 0),
            ("a [IN[INST]", 9),
            ("a <<|im<[/", 8),
        ] {
            assert_eq!(begun(text), length, "{text:?}");
        }
        assert_eq!(begun(&"<|".repeat(500)), HELD_BACK);
    }
}
