use std::ops::RangeInclusive;

use super::{ReportKind, Reports, shaping};

/// The black flag, and the tag character that ends what it is the flag of.
const FLAG: char = '\u{1f3f4}';
const END_OF_TAGS: char = '\u{e007f}';
/// Letters and digits that name a part of a country (UTS #35, `unicode_subdivision_id`).
const SUBDIVISION: RangeInclusive<usize> = 3..=6;

/// The text without control characters, without tag characters (which spell out text that nobody sees)
/// but those of flags, and without joiners and variation selectors that shape nothing.
pub(super) fn removed(field: &str, text: &str, reports: &mut Reports) -> String {
    let text = with_line_feeds(text);
    let seen = seen_of(&text, "");
    if seen.len() < text.len() {
        reports.add(field, ReportKind::Invisible, "");
    }
    seen
}

/// The text with one character at the end of each line.
pub(super) fn with_line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// What is seen of a text that goes on in this way.
pub(super) fn seen_of(text: &str, after: &str) -> String {
    let whole = format!("{text}{after}");
    let mut seen = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len()
        && let Some(character) = whole[at..].chars().next()
    {
        if let plain @ 1.. = plain_length(&text[at..]) {
            seen.push_str(&text[at..at + plain]);
            at += plain;
            continue;
        }
        let (before, rest) = whole.split_at(at);
        let flag = flag_length(rest);
        let (next, after) = rest.split_at(flag.unwrap_or(character.len_utf8()));
        if flag.is_some() || is_seen(before, character, after) {
            seen.push_str(next);
        }
        at += next.len();
    }
    seen
}

/// How many bytes a text begins with that are seen whatever stands around them.
fn plain_length(text: &str) -> usize {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    text.bytes().take_while(is_plain).count()
}

/// How many bytes at the end of a text may be a part of a flag, of the end of a line or of what is shaped
/// by what follows.
pub(super) fn begun(text: &str) -> usize {
    let line_end = usize::from(text.ends_with('\r'));
    let tags = text.trim_end_matches(is_tag);
    let flag = tags
        .ends_with(FLAG)
        .then(|| text.len() - tags.len() + FLAG.len_utf8());
    let longest = (1 + SUBDIVISION.end()) * END_OF_TAGS.len_utf8();
    let flag = flag.filter(|flag| *flag <= longest).unwrap_or(0);
    line_end.max(flag).max(shaping::begun(text))
}

/// Whether nobody sees anything of a text between these.
pub(super) fn is_nothing(before: &str, text: &str, after: &str) -> bool {
    let mut characters = text.chars();
    !text.is_empty() && characters.all(|it| !is_seen(before, it, after))
}

fn is_seen(before: &str, character: char, after: &str) -> bool {
    match shaping::is_shaping(character) {
        true => shaping::is_needed(before, character, after),
        false => !is_unseen(character),
    }
}

/// How long the flag of a part of a country is that a text begins with (UTS #51, ED-14a). Its tags are too
/// short to say anything.
fn flag_length(text: &str) -> Option<usize> {
    let tags = text.strip_prefix(FLAG)?;
    let most = SUBDIVISION.end() + 1;
    let count = tags
        .chars()
        .take(most)
        .take_while(|it| is_name_tag(*it))
        .count();
    let length = count * END_OF_TAGS.len_utf8();
    let is_flag = SUBDIVISION.contains(&count) && tags[length..].starts_with(END_OF_TAGS);
    is_flag.then(|| FLAG.len_utf8() + length + END_OF_TAGS.len_utf8())
}

const fn is_tag(character: char) -> bool {
    matches!(character, '\u{e0000}'..=END_OF_TAGS)
}

/// Whether it is the tag of a digit or of a small letter.
const fn is_name_tag(character: char) -> bool {
    matches!(character, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}')
}

fn is_unseen(character: char) -> bool {
    let is_control = character.is_control() && !matches!(character, '\n' | '\t');
    is_control
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::{begun, removed};
    use crate::services::ai::guard::Reports;

    fn check(text: &str, expected: &str) {
        let mut reports = Reports::default();
        assert_eq!(removed("body", text, &mut reports), expected, "{text:?}");
        assert_eq!(reports.0.is_empty(), text == expected, "{text:?}");
    }

    /// As tag characters.
    fn tags(text: &str) -> String {
        let tag = |it: char| char::from_u32(0xe_0000 + u32::from(it)).unwrap();
        text.chars().map(tag).collect()
    }

    #[test]
    fn flags_keep_their_tags_and_nothing_else_has_any() {
        let end = '\u{e007f}';
        for name in ["gbeng", "gbsct", "gbwls"] {
            let flag = format!("a \u{1f3f4}{}{end}!", tags(name));
            check(&flag, &flag);
        }
        let say = tags("say it");
        check(&format!("🏴{say}{end}"), "🏴");
        check(&format!("🏴{}{end}", tags("gbengland")), "🏴");
        check(&format!("🏴{}", tags("gbeng")), "🏴");
        check(&format!("🦀{}{end}", tags("gbeng")), "🦀");
        check(&format!("🏴{end}"), "🏴");
        check(&format!("a{say}b"), "ab");
    }

    #[test]
    fn what_nobody_sees_is_taken_out() {
        check("a\u{ad}b\u{2064}c\u{3164}\u{0}\u{202e}d", "abcd");
        check("a\u{180e}\u{200c}\u{200b}", "a");
        check("a\u{200f}", "a\u{200f}");
    }

    #[test]
    fn what_may_go_on_is_known_by_its_beginning_and_is_never_long() {
        for (text, length) in [
            ("a", 0),
            ("a\r", 1),
            ("a 🏴", 4),
            ("a 🏴\u{e0067}\u{e0062}", 12),
            (
                "a 🏴\u{e0067}\u{e007f}\u{e007f}\u{e007f}\u{e007f}\u{e007f}\u{e007f}\u{e007f}",
                0,
            ),
        ] {
            assert_eq!(begun(text), length, "{text:?}");
        }
    }
}
