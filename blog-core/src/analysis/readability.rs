use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

use super::Prose;
use super::syllables::syllables;
use crate::domain::Locale;

/// How hard a text is to read.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Readability {
    /// Words of the prose (UAX #29).
    pub words: usize,
    /// Sentences of the prose.
    pub sentences: usize,
    /// Mean length of a sentence.
    pub words_per_sentence: f64,
    /// Mean length of a word.
    pub syllables_per_word: f64,
    /// Flesch reading ease, 0 (hardest) to 100 (easiest).
    pub ease: f64,
    /// What the ease stands for.
    pub grade: Grade,
}

/// Flesch's grades of reading ease. He made them for English; here they stand for the same values
/// of every language's formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Grade {
    /// 90 and more.
    VeryEasy,
    /// 80 to 90.
    Easy,
    /// 70 to 80.
    FairlyEasy,
    /// 60 to 70.
    Standard,
    /// 50 to 60.
    FairlyDifficult,
    /// 30 to 50.
    Difficult,
    /// Less than 30.
    VeryDifficult,
}

/// Reading ease = `base` − `sentence` × words per sentence − `word` × syllables per word.
struct Formula {
    base: f64,
    sentence: f64,
    word: f64,
}

/// Reading ease by the formula of the text's language. `None` where no formula is known, and for
/// a text without words.
///
/// | language | formula |
/// |---|---|
/// | `en` | R. Flesch: A new readability yardstick, 1948 |
/// | `de` | T. Amstad: Wie verständlich sind unsere Zeitungen?, 1978 |
/// | `fr` | L. Kandel, A. Moles: Application de l'indice de Flesch à la langue française, 1958 |
/// | `es` | J. Fernández Huerta: Medidas sencillas de lecturabilidad, 1959 |
/// | `it` | R. Vacca, V. Franchina, 1986 |
/// | `nl` | W. H. Douma: De leesbaarheid van landbouwbladen, 1960 |
/// | `pt` | T. Martins and others: Readability formulas applied to textbooks in Brazilian Portuguese, 1996 |
/// | `ru` | I. Oborneva, 2006 |
/// | `tr` | E. Ateşman: Türkçede okunabilirliğin ölçülmesi, 1997 |
#[must_use]
pub fn readability(prose: &Prose, locale: &Locale) -> Option<Readability> {
    let language = locale.language();
    let Formula {
        base,
        sentence,
        word,
    } = formula(language)?;
    let (mut words, mut sounds, mut sentences) = (0, 0, 0);
    for text in prose.sentences() {
        let before = words;
        for word in text.unicode_words() {
            words += 1;
            sounds += syllables(word, language);
        }
        sentences += usize::from(words > before);
    }
    if words == 0 {
        return None;
    }
    let words_per_sentence = words as f64 / sentences as f64;
    let syllables_per_word = sounds as f64 / words as f64;
    let ease = base - sentence * words_per_sentence - word * syllables_per_word;
    let ease = ease.clamp(0.0, 100.0);
    Some(Readability {
        words,
        sentences,
        words_per_sentence,
        syllables_per_word,
        ease,
        grade: grade(ease),
    })
}

fn formula(language: &str) -> Option<Formula> {
    let (base, sentence, word) = match language {
        "en" => (206.835, 1.015, 84.6),
        "de" => (180.0, 1.0, 58.5),
        "fr" => (207.0, 1.015, 73.6),
        "es" => (206.84, 1.02, 60.0),
        "it" => (217.0, 1.3, 60.0),
        "nl" => (206.84, 0.93, 77.0),
        "pt" => (248.835, 1.015, 84.6),
        "ru" => (206.835, 1.3, 60.1),
        "tr" => (198.825, 2.61, 40.175),
        _ => return None,
    };
    Some(Formula {
        base,
        sentence,
        word,
    })
}

fn grade(ease: f64) -> Grade {
    match ease {
        90.0.. => Grade::VeryEasy,
        80.0.. => Grade::Easy,
        70.0.. => Grade::FairlyEasy,
        60.0.. => Grade::Standard,
        50.0.. => Grade::FairlyDifficult,
        30.0.. => Grade::Difficult,
        _ => Grade::VeryDifficult,
    }
}

#[cfg(test)]
mod tests {
    use super::{Grade, readability};
    use crate::analysis::Prose;
    use crate::domain::Locale;

    #[test]
    fn short_words_in_short_sentences_read_more_easily() {
        let of = |text| {
            readability(
                &Prose::of_markdown(text, &Locale::default()),
                &Locale::default(),
            )
            .unwrap()
        };
        let easy = of("The cat sat on the mat. It was warm.");
        let hard = of(
            "Institutional interoperability considerations notwithstanding, \
                       comprehensive standardisation necessitates international deliberation.",
        );
        assert_eq!((easy.words, easy.sentences), (9, 2));
        assert_eq!(easy.grade, Grade::VeryEasy);
        assert_eq!(hard.grade, Grade::VeryDifficult);
    }

    #[test]
    fn each_language_has_its_own_formula() {
        for (language, text, ease) in [
            // 206.835 − 1.015 × 7 − 84.6 × 12 / 7
            ("en", "The information is of a special nation.", 54.701),
            // 180 − 6 − 58.5 × 10 / 6
            ("de", "Die neuen Häuser stehen am Wasser.", 76.5),
            // 207 − 1.015 × 9 − 73.6 × 18 / 9
            (
                "fr",
                "La réalité de ce voyage est difficile à imaginer.",
                50.665,
            ),
            // 206.84 − 1.02 × 9 − 60 × 21 / 9
            (
                "es",
                "La biblioteca de la ciudad presenta un proyecto interesante.",
                57.66,
            ),
            // 217 − 1.3 × 8 − 60 × 18 / 8
            (
                "it",
                "Il poeta racconta una storia della città antica.",
                71.6,
            ),
            // 206.84 − 0.93 × 9 − 77 × 15 / 9
            (
                "nl",
                "De kinderen lezen de mooie verhalen in de tuin.",
                70.137,
            ),
            // 248.835 − 1.015 × 7 − 84.6 × 15 / 7
            ("pt", "A química explica a natureza das coisas.", 60.444),
            // 206.835 − 1.3 × 4 − 60.1 × 10 / 4
            ("ru", "Чтение книги приносит радость.", 51.385),
            // 198.825 − 2.61 × 5 − 40.175 × 18 / 5
            (
                "tr",
                "Öğrenciler okulda matematik kitapları okuyor.",
                41.145,
            ),
        ] {
            let locale = Locale::parse(language).unwrap();
            let found = readability(&Prose::of_markdown(text, &locale), &locale).unwrap();
            assert!((found.ease - ease).abs() < 0.001, "{language}: {found:?}");
        }
    }

    #[test]
    fn a_language_without_a_formula_has_no_reading_ease() {
        let japanese = Locale::parse("ja").unwrap();
        let prose = Prose::of_markdown("今日は雨です。", &japanese);
        assert_eq!(readability(&prose, &japanese), None);
        assert_eq!(readability(&Prose::default(), &Locale::default()), None);
    }
}
