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
