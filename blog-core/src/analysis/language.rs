use serde::Serialize;
use whatlang::Lang;

use crate::domain::Locale;

/// Trigrams say nothing reliable about less.
const FEWEST_LETTERS: usize = 20;
/// A letter of these scripts is a syllable or a word.
const FEWEST_WIDE_LETTERS: usize = 5;
/// More text changes the answer no more.
const MOST_CHARACTERS: usize = 4_000;

/// A text's language.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DetectedLanguage {
    /// A primary tag, such as `en` or `zh`.
    pub language: Locale,
    /// 0 to 1: how far the language is ahead of the next likely one.
    pub confidence: f64,
}

/// The language that most of the first 4,000 characters are in, of about seventy, by script,
/// alphabet and trigrams (crate `whatlang`). `None` for less than 20 letters, or 5 of a script
/// with large alphabets, and where no script is known.
#[must_use]
pub fn detect_language(text: &str) -> Option<DetectedLanguage> {
    let sample: String = text.chars().take(MOST_CHARACTERS).collect();
    let letters = || sample.chars().filter(|c| c.is_alphabetic());
    let is_enough = letters().nth(FEWEST_LETTERS - 1).is_some()
        || letters()
            .filter(|c| *c >= '\u{2e80}')
            .nth(FEWEST_WIDE_LETTERS - 1)
            .is_some();
    let found = is_enough.then(|| whatlang::detect(&sample)).flatten()?;
    Some(DetectedLanguage {
        language: Locale::parse(primary_tag(found.lang())).ok()?,
        confidence: found.confidence().clamp(0.0, 1.0),
    })
}

/// RFC 5646 section 2.2.1: the two-letter code of ISO 639-1 where there is one.
fn primary_tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        Lang::Cym => "cy",
    }
}

#[cfg(test)]
mod tests {
    use super::detect_language;

    #[test]
    fn the_language_of_a_sentence_or_two_is_found() {
        for (text, tag) in [
            (
                "The compiler now checks every match, and says which arm is missing.",
                "en",
            ),
            (
                "Der Übersetzer prüft jetzt jeden Zweig und sagt, welcher davon fehlt.",
                "de",
            ),
            (
                "Le compilateur vérifie chaque branche et dit laquelle est oubliée.",
                "fr",
            ),
            (
                "El compilador comprueba ahora cada rama y dice cuál es la que falta.",
                "es",
            ),
            (
                "Компилятор проверяет каждую ветвь и говорит, какой из них не хватает.",
                "ru",
            ),
            ("編集者はすべての記事を確認します。", "ja"),
            ("编译器检查每一个分支。", "zh"),
            ("컴파일러는 모든 분기를 검사합니다.", "ko"),
        ] {
            let found = detect_language(text).unwrap();
            assert_eq!(found.language.as_str(), tag, "{text}");
            assert!((0.0..=1.0).contains(&found.confidence));
        }
    }

    #[test]
    fn too_little_text_has_no_language() {
        for text in [
            "",
            "Hello",
            "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13",
            "😀😀😀😀",
        ] {
            assert_eq!(detect_language(text), None, "{text}");
        }
    }
}
