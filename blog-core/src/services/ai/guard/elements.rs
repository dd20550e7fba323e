use std::collections::HashMap;
use std::sync::LazyLock;

use ammonia::Builder;

use super::tags::{element, without_tags};

/// Elements that are taken out with what they contain, if they are closed; of others, the content stays.
pub(super) const DROPPED: [&str; 15] = [
    "script", "style", "iframe", "object", "embed", "applet", "svg", "math", "form", "textarea",
    "select", "template", "noscript", "title", "invoke",
];

static TEXT_ONLY: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder.clean_content_tags(DROPPED.into());
    builder
});

/// Tags in a block of HTML that it is parsed with: that takes a time that grows with the square of them.
const TAGS: usize = 1_000;

/// What a block of HTML says.
pub(super) fn text_of(html: &str) -> String {
    match html.matches('<').count() {
        ..=TAGS => TEXT_ONLY.clean(&without_unclosed(html)).to_string(),
        _ => without_tags(html),
    }
}

/// The HTML without the tags of elements that would be dropped, and with them all that comes after, as
/// nothing closes them.
fn without_unclosed(html: &str) -> String {
    // Names are the same in any case, and bytes stay where they are.
    let tags = html.to_ascii_lowercase();
    let closings = DROPPED.map(|name| (name, tags.rfind(&format!("</{name}"))));
    let closings = HashMap::from(closings);
    let last_end = html.rfind('>').unwrap_or(0);
    let mut kept = String::with_capacity(html.len());
    let mut at = 0;
    while let Some(start) = html[at..].find('<').map(|start| at + start) {
        kept.push_str(&html[at..start]);
        let tag = &tags[start..];
        let closing = closings.get(element(tag).as_str());
        let is_unclosed = closing.is_some_and(|last| last.is_none_or(|last| last < start));
        let end = if is_unclosed && start < last_end {
            tag.find('>').unwrap_or(0)
        } else {
            0
        };
        if !is_unclosed {
            kept.push('<');
        }
        at = start + end + 1;
    }
    kept.push_str(&html[at..]);
    kept
}
