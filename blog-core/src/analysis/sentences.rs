//! Where sentences end: by UAX #29, but for marks that end no sentence.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// The sentences of a line of text in a language, none of them empty.
pub(super) fn sentences(text: &str, language: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for piece in pieces(text) {
        for (at, part) in text[piece.clone()].split_sentence_bound_indices() {
            let start = piece.start + at;
            let end = start + part.trim_end().len();
            match found.last_mut() {
                Some(last) if goes_on(&text[last.clone()], part, language) => last.end = end,
                _ => found.push(start..end),
            }
        }
    }
    found.retain(|range| !range.is_empty());
    found
}

/// The text cut behind every run of 64 characters that are no letters or digits: at each closing
/// mark of such a run `unicode-segmentation` looks for its end.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let (mut start, mut run) = (0, 0);
    for (at, character) in text.char_indices() {
        run = if character.is_alphanumeric() {
            0
        } else {
            run + 1
        };
        if run == 64 {
            let end = at + character.len_utf8();
            pieces.push(start..end);
            (start, run) = (end, 0);
        }
    }
    pieces.push(start..text.len());
    pieces
}

/// Whether `next` belongs to the same sentence as what is before it.
fn goes_on(before: &str, next: &str, language: &str) -> bool {
    if !next.contains(char::is_alphanumeric) || next.starts_with(char::is_lowercase) {
        return true;
    }
    let word = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let word = word.trim_start_matches(['(', '[', '"', '“', '„', '«']);
    word.strip_suffix('.')
        // The longest abbreviation has six letters.
        .filter(|name| name.len() <= 12)
        .is_some_and(|name| {
            is_initials(name)
                || (is_ordinal(name) && follows_ordinal(next, language))
                || is_abbreviation(&name.to_lowercase(), next)
        })
}

/// As in `J. Smith` and `the U.S. Senate`.
fn is_initials(name: &str) -> bool {
    name.split('.').all(|part| {
        let mut letters = part.chars();
        letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
    })
}

fn is_ordinal(name: &str) -> bool {
    (1..=2).contains(&name.len()) && name.bytes().all(|digit| digit.is_ascii_digit())
}

/// Whether what is behind `3.` may be counted by it: a month, or any word in a language that
/// writes all ordinals so.
fn follows_ordinal(next: &str, language: &str) -> bool {
    let word = next.split(|c: char| !c.is_alphabetic()).next();
    word.is_some_and(|word| MONTHS.contains(&word))
        || (WRITE_ORDINALS_WITH_DOTS.contains(&language) && next.starts_with(char::is_alphabetic))
}

fn is_abbreviation(name: &str, next: &str) -> bool {
    BEFORE_NAMES.contains(&name)
        || (BEFORE_NUMBERS.contains(&name) && next.starts_with(char::is_numeric))
}

const WRITE_ORDINALS_WITH_DOTS: [&str; 6] = ["da", "de", "nb", "nn", "no", "tr"];

/// Months in English and German that begin no English sentence, as `May` does.
const MONTHS: [&str; 19] = [
    "January",
    "February",
    "April",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
    "Januar",
    "Jänner",
    "Februar",
    "März",
    "Mai",
    "Juni",
    "Juli",
    "Oktober",
    "Dezember",
];

/// Abbreviations that no sentence ends with, in English, German, French, Spanish, Italian, Dutch
/// and Russian.
const BEFORE_NAMES: [&str; 42] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "rev", "gen", "gov", "sen", "rep", "hon", "vs", "e.g",
    "i.e", "cf", "approx", "z.b", "d.h", "u.a", "bzw", "ca", "vgl", "hr", "fr", "mme", "mlle",
    "sr", "sra", "srta", "dott", "sig", "bijv", "d.w.z", "dhr", "mevr", "т.е", "т.к", "напр", "см",
    "им", "p.ex",
];

const BEFORE_NUMBERS: [&str; 12] = [
    "no", "nr", "fig", "vol", "p", "pp", "ch", "sec", "abb", "s", "art", "núm",
];

#[cfg(test)]
mod tests {
    use super::sentences;

    #[track_caller]
    fn check(language: &str, text: &str, expected: &[&str]) {
        let found = sentences(text, language);
        let found: Vec<_> = found.into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn abbreviations_initials_and_versions_end_no_sentence() {
        check(
            "en",
            "Dr. Smith met J. R. R. Tolkien, e.g. in No. 5. Rust 1.70.0 is out! Is it? Yes.",
            &[
                "Dr. Smith met J. R. R. Tolkien, e.g. in No. 5.",
                "Rust 1.70.0 is out!",
                "Is it?",
                "Yes.",
            ],
        );
        check(
            "de",
            "Das gilt z.B. Morgen noch. He said no. Then he left.",
            &["Das gilt z.B. Morgen noch.", "He said no.", "Then he left."],
        );
        check(
            "en",
            "The U.S. Senate voted. It passed.",
            &["The U.S. Senate voted.", "It passed."],
        );
    }

    #[test]
    fn an_ordinal_ends_no_sentence() {
        for (language, text) in [
            ("en", "Am 3. Oktober 1990 war es so weit."),
            ("de", "Im 2. Kapitel steht mehr."),
            ("tr", "Bu 2. Bölüm uzun."),
        ] {
            check(language, text, &[text]);
        }
        check(
            "en",
            "He scored 12. Then he left.",
            &["He scored 12.", "Then he left."],
        );
        check(
            "de",
            "Das war 1990. Dann kam er.",
            &["Das war 1990.", "Dann kam er."],
        );
    }

    #[test]
    fn a_sentence_goes_on_in_lower_case_behind_a_quotation() {
        check(
            "en",
            "“Stop!” he said. He ran.",
            &["“Stop!” he said.", "He ran."],
        );
    }

    #[test]
    fn chinese_and_japanese_sentences_end_without_spaces() {
        check(
            "ja",
            "今日は雨です。明日は？晴れです！",
            &["今日は雨です。", "明日は？", "晴れです！"],
        );
    }

    #[test]
    fn a_picture_at_the_end_belongs_to_the_sentence_before_it() {
        check("en", "It rained. We won! 🎉", &["It rained.", "We won! 🎉"]);
    }
}
