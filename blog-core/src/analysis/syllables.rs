//! Syllables by the vowels of a word: exact where each vowel is one, an estimate elsewhere.

/// Number of syllables of a word in a language that [`super::readability`] has a formula for; at
/// least one.
pub(super) fn syllables(word: &str, language: &str) -> usize {
    let word: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
    let mut count = 0;
    let mut before = None;
    for &letter in &word {
        if is_vowel(letter) {
            count += usize::from(before.is_none_or(|before| are_apart(before, letter, language)));
            before = Some(letter);
        } else {
            before = None;
        }
    }
    if count > 1 && ends_silently(&word, language) {
        count -= 1;
    }
    count.max(1)
}

const fn is_vowel(letter: char) -> bool {
    matches!(
        letter,
        'a' | 'e'
            | 'i'
            | 'o'
            | 'u'
            | 'y'
            | 'ä'
            | 'ö'
            | 'ü'
            | 'à'
            | 'â'
            | 'á'
            | 'ã'
            | 'é'
            | 'è'
            | 'ê'
            | 'ë'
            | 'í'
            | 'ì'
            | 'î'
            | 'ï'
            | 'ó'
            | 'ò'
            | 'ô'
            | 'õ'
            | 'ú'
            | 'ù'
            | 'û'
            | 'œ'
            | 'æ'
            | 'ÿ'
            | 'ı'
    ) || matches!(
        letter,
        'а' | 'е' | 'ё' | 'и' | 'о' | 'у' | 'ы' | 'э' | 'ю' | 'я'
    )
}

/// Whether two vowels in a row are of two syllables.
fn are_apart(first: char, second: char, language: &str) -> bool {
    let is_strong = |c| {
        matches!(
            c,
            'a' | 'e' | 'o' | 'á' | 'é' | 'ó' | 'à' | 'è' | 'ò' | 'â' | 'ê' | 'ô'
        )
    };
    let is_stressed_weak = |c| matches!(c, 'í' | 'ú' | 'ì' | 'ù');
    match language {
        "ru" | "tr" => true,
        "es" | "it" | "pt" => {
            (is_strong(first) && is_strong(second))
                || is_stressed_weak(first)
                || is_stressed_weak(second)
        }
        "en" => matches!(
            (first, second),
            ('i', 'a' | 'o' | 'u') | ('e', 'o') | ('u', 'a')
        ),
        _ => matches!(second, 'ë' | 'ï'),
    }
}

/// Whether the last vowel is not spoken: the e of `make`, `makes` and `liked`, and in French of
/// `porte` and `portes`.
fn ends_silently(word: &[char], language: &str) -> bool {
    match (language, word) {
        ("en", [.., 't' | 'd', 'e', 'd'] | [.., 's' | 'x' | 'z' | 'h' | 'c' | 'g', 'e', 's']) => {
            false
        }
        ("en", [.., before, 'l', 'e']) => is_vowel(*before),
        ("en", [.., before, 'e'] | [.., before, 'e', 'd' | 's']) => !is_vowel(*before),
        ("fr", [.., before, 'e'] | [.., before, 'e', 's']) => !is_vowel(*before),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::syllables;

    #[test]
    fn syllables_are_those_of_a_dictionary() {
        for (language, words) in [
            (
                "en",
                "make:1 makes:1 table:2 wanted:2 liked:1 houses:2 radio:3 reading:2 the:1",
            ),
            ("de", "haus:1 bäume:2 lesen:2 freiheit:2"),
            ("fr", "porte:1 écrire:2 naïf:2 maison:2"),
            ("es", "teatro:3 ciudad:2 día:2 leer:2"),
            ("it", "poeta:3 piano:2 città:2"),
            ("nl", "lezen:2 huis:1"),
            ("pt", "saúde:3 livro:2"),
            ("ru", "молоко:3 чтение:3"),
            ("tr", "okuma:3 saat:2"),
        ] {
            for word in words.split(' ') {
                let (word, count) = word.split_once(':').unwrap();
                assert_eq!(syllables(word, language).to_string(), count, "{word}");
            }
        }
    }
}
