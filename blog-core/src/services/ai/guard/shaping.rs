//! Characters that are not seen themselves, and say how those beside them look.

use unicode_properties::UnicodeEmoji;

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
/// Variation selectors for a character that is to look like text, or like an emoji.
const AS_TEXT: char = '\u{fe0e}';
const AS_EMOJI: char = '\u{fe0f}';
/// What encloses a digit as a key does.
const KEYCAP: char = '\u{20e3}';

/// Whether it is a joiner or a variation selector.
pub(super) const fn is_shaping(character: char) -> bool {
    matches!(
        character,
        NON_JOINER | JOINER | '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..=AS_EMOJI
    )
}

/// Whether such a character shapes anything between these: an emoji (UTS #51, ED-9a to ED-16), or a letter
/// of a script that needs it. There is at most one for each letter.
pub(super) fn is_needed(before: &str, shaping: char, after: &str) -> bool {
    let Some(last) = before.chars().next_back() else {
        return false;
    };
    match shaping {
        AS_EMOJI if last.is_ascii() => last.is_emoji_char() && after.starts_with(KEYCAP),
        AS_TEXT | AS_EMOJI => is_emoji(last),
        JOINER
            if before
                .strip_suffix(AS_EMOJI)
                .unwrap_or(before)
                .ends_with(is_emoji) =>
        {
            after.starts_with(is_emoji)
        }
        JOINER | NON_JOINER => is_joined(last),
        '\u{180b}'..='\u{180d}' | '\u{180f}' => matches!(last, '\u{1820}'..='\u{18aa}'),
        _ => false,
    }
}

/// How many bytes at the end of a text may be shaped by what follows.
pub(super) fn begun(text: &str) -> usize {
    let shaped = text.strip_suffix(JOINER).unwrap_or(text);
    let shaped = shaped.strip_suffix(AS_EMOJI).unwrap_or(shaped);
    let last = shaped.chars().next_back();
    let last = last.filter(|it| it.is_emoji_char() || is_joined(*it));
    last.map_or(0, |last| text.len() - shaped.len() + last.len_utf8())
}

fn is_emoji(character: char) -> bool {
    !character.is_ascii() && character.is_emoji_char()
}

/// Whether it is of a script that joins letters, or stacks them, and lets a writer say where: of the Arabic
/// and the Brahmic kind (The Unicode Standard, chapters 9, 12 to 17 and 23.2), by their blocks.
const fn is_joined(character: char) -> bool {
    matches!(
        character,
        // Arabic, Syriac, Thaana, N'Ko
        '\u{600}'..='\u{7ff}'
        // Mandaic, more Arabic, Devanagari to Sinhala
        | '\u{840}'..='\u{dff}'
        // Tibetan, Myanmar
        | '\u{f00}'..='\u{109f}'
        // Philippine scripts, Khmer; Mongolian but for its selectors
        | '\u{1700}'..='\u{180a}'
        | '\u{1810}'..='\u{18af}'
        // Limbu to Tai Tham
        | '\u{1900}'..='\u{1aaf}'
        // Balinese to Lepcha
        | '\u{1b00}'..='\u{1c4f}'
        // Syloti Nagri to Meetei Mayek
        | '\u{a800}'..='\u{abff}'
        // Forms of Arabic letters
        | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}'
        // Kharoshthi, Manichaean, Psalter Pahlavi, Hanifi Rohingya, Sogdian and kin
        | '\u{10a00}'..='\u{10a5f}'
        | '\u{10ac0}'..='\u{10aff}'
        | '\u{10b80}'..='\u{10baf}'
        | '\u{10d00}'..='\u{10d3f}'
        | '\u{10f30}'..='\u{10fdf}'
        // Brahmi and its descendants
        | '\u{11000}'..='\u{11fff}'
        // Adlam
        | '\u{1e900}'..='\u{1e95f}'
    )
}

#[cfg(test)]
mod tests {
    use super::begun;
    use crate::services::ai::guard::{ReportKind, Reports, unseen::removed};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut reports = Reports::default();
        assert_eq!(removed("body", text, &mut reports), expected);
        let is_reported = reports.0.iter().any(|it| it.what == ReportKind::Invisible);
        assert_eq!(is_reported, text != expected, "{text:?}");
    }

    #[test]
    fn emoji_and_scripts_that_need_joiners_and_selectors_keep_them() {
        for text in [
            "👩\u{200d}🔬 👩🏽\u{200d}🚀 ❤\u{fe0f} ☎\u{fe0e} ❤\u{fe0f}\u{200d}🔥",
            "👨\u{200d}👩\u{200d}👧\u{200d}👦 🏳\u{fe0f}\u{200d}🌈 🏴\u{200d}☠\u{fe0f} 🧔🏻\u{200d}♂\u{fe0f}",
            "1\u{fe0f}\u{20e3} #\u{fe0f}\u{20e3}",
            "می\u{200c}خواهم ه\u{200d} بی\u{200c}",
            "क्\u{200d}ष क्\u{200c}ष ক্\u{200d} ശ്രീ ന്\u{200d} ක්\u{200d}ර",
            "ᠮᠣᠩᠭᠣᠯ\u{180b}",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn what_shapes_nothing_is_taken_out() {
        check("a\u{200d}b\u{200c}c\u{fe0f}\u{fe00}\u{180b}d", "abcd");
        check("\u{200d}a \u{fe0f}", "a ");
        check("1\u{fe0f}2\u{fe0e}\u{20e3}", "12\u{20e3}");
        check("❤\u{fe0f}\u{fe0f}\u{fe0e}\u{fe01}", "❤\u{fe0f}");
        check("👩\u{200d}\u{200d}🔬👩\u{200d}a👩\u{200c}", "👩🔬👩a👩");
        check("می\u{200c}\u{200d}\u{200c}خ", "می\u{200c}خ");
        check("😀\u{e0101}\u{e0148}葛\u{fe00}", "😀葛");
    }

    #[test]
    fn what_may_be_shaped_is_known() {
        for (text, length) in [
            ("a", 0),
            ("1", 1),
            ("1\u{fe0f}", 4),
            ("❤", 3),
            ("❤\u{fe0f}\u{200d}", 9),
            ("ی", 2),
            ("ی\u{200c}", 0),
            ("a\u{200d}", 0),
        ] {
            assert_eq!(begun(text), length, "{text:?}");
        }
    }
}
