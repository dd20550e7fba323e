//! Syllables by the vowels of a word: exact where each vowel is one, an estimate elsewhere.

/// Number of spoken syllables of a word in a language that [`super::readability`] has a formula
/// for; at least one. A silent e is none, so that the French `théâtre` has two.
pub(super) fn syllables(word: &str, language: &str) -> usize {
    let word: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
    let mut count = 0;
    let mut follows_vowel = false;
    for at in 0..word.len() {
        let (before, rest) = word.split_at(at);
        let is_spoken = is_vowel(before, rest, language);
        if is_spoken && !(follows_vowel && is_one_sound(before, rest, language)) {
            count += 1;
        }
        follows_vowel = is_spoken;
    }
    if count > 1 && ends_silently(&word, language) {
        count -= 1;
    }
    count.max(1)
}

/// Whether `rest` begins with a vowel. A y at the beginning of a syllable is none.
fn is_vowel(before: &[char], rest: &[char], language: &str) -> bool {
    match rest {
        ['y', next, ..] if is_vowel_letter(*next) => {
            before.last().is_some_and(|last| !is_vowel_letter(*last)) && language != "tr"
        }
        ['y', ..] => language != "tr",
        [letter, ..] => is_vowel_letter(*letter),
        [] => false,
    }
}

fn is_vowel_letter(letter: char) -> bool {
    "aeiouyäöüàâáãéèêëíìîïóòôõúùûœæÿıаеёиоуыэюя".contains(letter)
}

/// Whether the vowel that `rest` begins with is spoken with the one at the end of `before`.
fn is_one_sound(before: &[char], rest: &[char], language: &str) -> bool {
    match language {
        "ru" | "tr" => false,
        "en" => !is_apart_in_english(before, rest),
        "es" | "it" | "pt" => !is_apart_in_romance(before, rest),
        "de" | "nl" => !is_apart_in_germanic(before, rest),
        "fr" => match (before, rest) {
            (_, ['ë' | 'ï', ..]) => false,
            ([.., 'é'], ['e'] | ['e', 's']) => true,
            ([.., 'é'], _) => false,
            _ => true,
        },
        _ => true,
    }
}

fn is_apart_in_english(before: &[char], rest: &[char]) -> bool {
    match (before, rest) {
        // being, going
        (_, ['i', 'n', 'g', ..]) => true,
        // initiate, association
        ([.., 't' | 'c', 'i'], ['a', 't', ..]) => true,
        // nation, special, region, million
        (
            [.., _, 't' | 's' | 'c' | 'g' | 'x', 'i'] | [.., 'l', 'l', 'i'],
            ['a' | 'o' | 'u', ..],
        ) => false,
        // people, George, dungeon
        ([.., 'p', 'e'], ['o', 'p', ..])
        | (['g', 'e'], ['o', 'r', 'g', ..])
        | ([.., _, 'g', 'e'], ['o', ..]) => false,
        // language, quality
        ([.., 'q' | 'g', 'u'], _) => false,
        // create, but not creature
        ([.., 'c', 'r', 'e'], ['a', 't', next, ..]) => *next != 'u',
        // idea, area
        ([.., 'i', 'd', 'e'] | ['a', 'r', 'e'], ['a', ..]) => true,
        // science, client, quiet, society
        (
            ['s', 'c', 'i'] | ['c', 'l', 'i'] | [.., 'q', 'u', 'i'] | ['s', 'o', 'c', 'i'],
            ['e', ..],
        ) => true,
        ([.., 'i'], ['a' | 'o' | 'u', ..]) | ([.., 'e'], ['o', ..]) | ([.., 'u'], ['a', ..]) => {
            true
        }
        _ => false,
    }
}

fn is_apart_in_romance(before: &[char], rest: &[char]) -> bool {
    let is_strong = |letter| "aeoáéóàèòâêô".contains(letter);
    match (before, rest) {
        // aquí, química
        ([.., 'q' | 'g', 'u'], _) => false,
        ([.., first], [second, ..]) => {
            (is_strong(*first) && is_strong(*second))
                || [first, second].iter().any(|c| matches!(c, 'í' | 'ú'))
        }
        _ => false,
    }
}

fn is_apart_in_germanic(before: &[char], rest: &[char]) -> bool {
    match (before, rest) {
        (_, ['ë' | 'ï', ..]) => true,
        // beenden, geehrt
        (['b' | 'g', 'e'], ['e', 'n' | 'i' | 'h', ..]) => true,
        // neue, bauen, mooie
        ([.., first, 'i' | 'u'], ['e', ..]) => is_vowel_letter(*first),
        _ => false,
    }
}

/// Whether the last vowel is not spoken: the e of `make`, `makes` and `liked`, and in French of
/// `porte` and `portes`.
fn ends_silently(word: &[char], language: &str) -> bool {
    let is_consonant = |letter: &char| *letter == 'y' || !is_vowel_letter(*letter);
    match (language, word) {
        ("en", [.., 't' | 'd', 'e', 'd'] | [.., 's' | 'x' | 'z' | 'h' | 'c' | 'g', 'e', 's']) => {
            false
        }
        // table, tables, handled and hundred, but not called
        ("en", [.., before, 'l' | 'r', 'e'] | [.., before, 'l' | 'r', 'e', 'd' | 's']) => {
            is_vowel_letter(*before) || matches!(before, 'l' | 'r' | 'w')
        }
        ("en", [.., before, 'e'] | [.., before, 'e', 'd' | 's'])
        | ("fr", [.., before, 'e'] | [.., before, 'e', 's']) => is_consonant(before),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::syllables;

    #[track_caller]
    fn check(language: &str, words: &str) {
        for word in words.split_whitespace() {
            let (word, count) = word.split_once(':').unwrap();
            assert_eq!(syllables(word, language).to_string(), count, "{word}");
        }
    }

    #[test]
    fn english_vowels_in_a_row_are_apart_where_they_are_spoken_so() {
        check(
            "en",
            "nation:2 information:4 people:2 special:2 question:2 language:2 quality:3 million:2 \
             region:2 george:1 pigeon:2 geography:4 giant:2 radio:3 association:5 being:2 going:2 \
             reading:2 science:2 quiet:2 friend:1 create:2 creature:2 idea:3 great:1 beyond:2 \
             player:2 playing:2 you:1 year:1",
        );
    }

    #[test]
    fn an_english_e_at_the_end_is_silent_unless_it_carries_the_word() {
        check(
            "en",
            "make:1 makes:1 liked:1 the:1 eye:1 eyes:1 played:1 called:1 shared:1 rules:1 \
             table:2 tables:2 articles:3 handled:2 hundred:2 wanted:2 houses:2",
        );
    }

    #[test]
    fn syllables_of_other_languages_are_those_of_a_dictionary() {
        check(
            "de",
            "haus:1 bäume:2 lesen:2 freiheit:2 neue:2 bauen:2 frauen:2 steuer:2 feuer:2 \
             beenden:3 beere:2 geehrt:2 knie:1",
        );
        check(
            "fr",
            "porte:1 écrire:2 naïf:2 maison:2 créer:2 théâtre:2 réalité:4 idée:2 voyage:2",
        );
        check(
            "es",
            "teatro:3 ciudad:2 día:2 leer:2 mayor:2 playa:2 aquí:2 guía:2 proyecto:3 muy:1 yo:1",
        );
        check("it", "poeta:3 piano:2 città:2 più:1 giù:1 può:1");
        check(
            "nl",
            "lezen:2 huis:1 mooie:2 groeien:2 mooi:1 nieuw:1 zeeën:2",
        );
        check("pt", "saúde:3 livro:2 química:3");
        check("ru", "молоко:3 чтение:3");
        check("tr", "okuma:3 saat:2 okuyor:3 yok:1");
    }
}
