use super::{ReportKind, Reports};

/// Characters of a mark such as `<|im_start|>`.
const MARK: usize = 40;

/// The text without control characters, without tag characters (which spell out text that nobody sees),
/// and without the marks that divide a model's conversations.
pub(super) fn removed(field: &str, text: &str, reports: &mut Reports) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut seen: String = text.chars().filter(|it| !is_unseen(*it)).collect();
    if seen.len() < text.len() {
        reports.add(field, ReportKind::Invisible, "");
    }
    // What is left of two may be a third.
    while let Some((start, end)) = mark(&seen) {
        reports.add(field, ReportKind::ToolCall, &seen[start..end]);
        seen.replace_range(start..end, "");
    }
    seen
}

/// Text without what a lenient reader of HTML takes for a tag: where there is no markup, nobody needs one.
pub(super) fn without_tags(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        kept.push_str(before);
        let is_tag =
            tag[1..].starts_with(|it: char| it.is_ascii_alphabetic() || "/!?".contains(it));
        let length = match tag.find('>') {
            Some(end) if is_tag => end + 1,
            _ => 1,
        };
        if !is_tag {
            kept.push('<');
        }
        rest = &tag[length..];
    }
    kept.push_str(rest);
    kept
}

fn is_unseen(character: char) -> bool {
    let is_control = character.is_control() && !matches!(character, '\n' | '\t');
    is_control
        || matches!(
            character,
            '\u{e0000}'..='\u{e007f}' | '\u{202d}' | '\u{202e}'
        )
}

/// Where the first mark is.
fn mark(text: &str) -> Option<(usize, usize)> {
    text.match_indices("<|").find_map(|(start, _)| {
        let name = &text[start + 2..];
        let length = name
            .find("|>")
            .filter(|length| (1..=MARK).contains(length))?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let is_mark = name[..length].bytes().all(is_name);
        is_mark.then_some((start, start + 2 + length + 2))
    })
}
