use super::elements::DROPPED;

/// Bytes of a tag in which its name stands, if it is one that matters.
const TAG: usize = 24;

/// Elements beside those in [`DROPPED`] whose names could be those of types, and that do more than to look.
const ELEMENTS: [&str; 16] = [
    "a",
    "audio",
    "base",
    "button",
    "frame",
    "frameset",
    "img",
    "input",
    "link",
    "listing",
    "meta",
    "option",
    "plaintext",
    "video",
    "xmp",
    "param",
];

/// The name of an element, from a tag of it.
pub(super) fn element(tag: &str) -> String {
    let tag = &tag[..tag.floor_char_boundary(TAG)];
    let name = tag.trim_start_matches(['<', '/']);
    let end = name.find(|it: char| it.is_whitespace() || matches!(it, '>' | '/'));
    name[..end.unwrap_or(name.len())].to_ascii_lowercase()
}

/// Text without what a lenient reader of HTML takes for a tag: where there is no markup, nobody needs one.
pub(super) fn without_tags(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_closed = true;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        kept.push_str(before);
        let is_tag =
            tag[1..].starts_with(|it: char| it.is_ascii_alphabetic() || "/!?".contains(it));
        // Where one has no end, those after it have none.
        let end = (is_tag && is_closed).then(|| tag.find('>')).flatten();
        is_closed = is_closed && (end.is_some() || !is_tag);
        let length = end.map_or(1, |end| end + 1);
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

fn is_active(element: &str) -> bool {
    ELEMENTS.contains(&element) || DROPPED.contains(&element)
}

/// Whether this between two angles is what programmers write of types, as in `Map<Key, T>`, and no element.
fn is_type(inner: &str) -> bool {
    let mut names = inner.split(", ");
    names.all(|name| {
        let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        name.starts_with(|it: char| it.is_ascii_uppercase())
            && name.chars().all(is_name)
            && (name.len() == 1 || name.contains(|it: char| it.is_ascii_lowercase()))
            && !is_active(&name.to_ascii_lowercase())
    })
}
