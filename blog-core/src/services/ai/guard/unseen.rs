use super::{ReportKind, Reports};

/// Characters of a mark such as `<|im_start|>`.
const MARK: usize = 40;

/// Elements whose names could be those of types, and that do more than to look.
const ELEMENTS: [&str; 19] = [
    "a", "applet", "audio", "base", "button", "embed", "form", "frame", "iframe", "img", "input",
    "link", "math", "meta", "object", "script", "style", "svg", "video",
];

/// The text without control characters, without tag characters (which spell out text that nobody sees),
/// and without the marks that divide a model's conversations.
pub(super) fn removed(field: &str, text: &str, reports: &mut Reports) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let seen: String = text.chars().filter(|it| !is_unseen(*it)).collect();
    if seen.len() < text.len() {
        reports.add(field, ReportKind::Invisible, "");
    }
    let mut kept = String::with_capacity(seen.len());
    for part in seen.split_inclusive('>') {
        kept.push_str(part);
        // What is left of two may be a third: its end is still to come.
        if let Some(start) = mark_at_end(&kept) {
            reports.add(field, ReportKind::ToolCall, &kept[start..]);
            kept.truncate(start);
        }
    }
    kept
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
        let end = tag.find('>');
        let length = match end {
            Some(end) if is_tag => end + 1,
            _ => 1,
        };
        if !is_tag {
            kept.push('<');
        } else if end.is_some_and(|end| is_type(&tag[1..end])) {
            kept.push_str(&tag[..length]);
        }
        rest = &tag[length..];
    }
    kept.push_str(rest);
    kept
}

/// Whether this between two angles is what programmers write of types, as in `Map<Key, T>`, and no element.
fn is_type(inner: &str) -> bool {
    let mut names = inner.split(", ");
    names.all(|name| {
        let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        name.starts_with(|it: char| it.is_ascii_uppercase())
            && name.chars().all(is_name)
            && (name.len() == 1 || name.contains(|it: char| it.is_ascii_lowercase()))
            && !ELEMENTS.contains(&name.to_ascii_lowercase().as_str())
    })
}

fn is_unseen(character: char) -> bool {
    let is_control = character.is_control() && !matches!(character, '\n' | '\t');
    is_control
        || matches!(
            character,
            '\u{e0000}'..='\u{e01ef}'
                | '\u{200b}'
                | '\u{2060}'
                | '\u{feff}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

/// Where the mark begins that the text ends with.
fn mark_at_end(text: &str) -> Option<usize> {
    let before = text.strip_suffix("|>")?;
    let near = before.ceil_char_boundary(before.len().saturating_sub(MARK + 2));
    let start = near + before[near..].rfind("<|")?;
    let name = &before[start + 2..];
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (!name.is_empty() && name.bytes().all(is_name)).then_some(start)
}
