//! How text becomes words: split, folded, stemmed; Chinese, Japanese and Korean as pairs of
//! characters.

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, RawTokenizer, Stemmer, TextAnalyzer, TokenStream,
};

/// Longer runs of letters are no words.
const MAX_WORD: usize = 100;

/// A word and where it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    pub(crate) start: usize,
    pub(crate) text: &'a str,
}

/// The words of a text. With `last`, the last character of a run of Chinese, Japanese or Korean
/// also stands alone, so that it can be found by itself.
pub(crate) fn words(text: &str, last: bool) -> Words<'_> {
    Words {
        text,
        at: 0,
        last,
        run: None,
    }
}

/// See [`words`].
#[derive(Debug)]
pub(crate) struct Words<'a> {
    text: &'a str,
    at: usize,
    last: bool,
    /// Whether the character before `at` belongs to a run of such characters.
    run: Option<()>,
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = &self.text[self.at..];
            let start = self.at;
            let first = rest.chars().next()?;
            if is_cjk(first) {
                let one = first.len_utf8();
                let continued = self.run.replace(()).is_some();
                self.at += one;
                match rest[one..].chars().next().filter(|next| is_cjk(*next)) {
                    Some(second) => {
                        let end = start + one + second.len_utf8();
                        return Some(Word {
                            start,
                            text: &self.text[start..end],
                        });
                    }
                    None => {
                        self.run = None;
                        if self.last || !continued {
                            return Some(Word {
                                start,
                                text: &rest[..one],
                            });
                        }
                    }
                }
                continue;
            }
            self.run = None;
            if !is_letter(first) {
                self.at += first.len_utf8();
                continue;
            }
            let ascii = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
            let length = rest[ascii..]
                .find(|c: char| !is_letter(c) || is_cjk(c))
                .map_or(rest.len(), |more| ascii + more);
            self.at += length;
            if length <= MAX_WORD {
                return Some(Word {
                    start,
                    text: &rest[..length],
                });
            }
        }
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric()
        // Marks that belong to the letter before them; of the Indic and Thai blocks all but the
        // two full stops.
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{963}' | '\u{966}'..='\u{e7f}')
}

/// Scripts that are written without spaces between words.
pub(crate) const fn is_cjk(c: char) -> bool {
    // Most characters of most texts stand before all of these.
    c >= '\u{1100}'
        && matches!(c,
        '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{323af}')
}

/// Lower case, without accents.
pub(crate) fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    run(&mut folding(), &word.to_lowercase())
}

fn folding() -> TextAnalyzer {
    TextAnalyzer::builder(RawTokenizer::default())
        .filter(AsciiFoldingFilter)
        .build()
}

fn run(analyzer: &mut TextAnalyzer, word: &str) -> String {
    let mut stream = analyzer.token_stream(word);
    if stream.advance() {
        std::mem::take(&mut stream.token_mut().text)
    } else {
        word.to_owned()
    }
}

/// Stems the words of one language.
pub(crate) struct Analyzer {
    stemmer: Option<TextAnalyzer>,
    memory: std::collections::HashMap<String, String>,
}

impl Analyzer {
    /// For the language with this two-letter code.
    pub(crate) fn new(language: &str) -> Self {
        let stemmer = stemming(language).map(|language| {
            TextAnalyzer::builder(RawTokenizer::default())
                .filter(Stemmer::new(language))
                .filter(AsciiFoldingFilter)
                .build()
        });
        Self {
            stemmer,
            memory: std::collections::HashMap::new(),
        }
    }

    /// Leaves words as they are.
    pub(crate) fn plain() -> Self {
        Self {
            stemmer: None,
            memory: std::collections::HashMap::new(),
        }
    }

    /// The stem, folded.
    pub(crate) fn stem(&mut self, word: &str) -> String {
        let Some(stemmer) = &mut self.stemmer else {
            return fold(word);
        };
        if let Some(stem) = self.memory.get(word) {
            return stem.clone();
        }
        let stem = run(stemmer, &word.to_lowercase());
        if self.memory.len() < 4096 {
            self.memory.insert(word.to_owned(), stem.clone());
        }
        stem
    }
}

/// Whether stems of the language may begin otherwise than the words.
pub(crate) fn changes_beginnings(language: &str) -> bool {
    language == "ar"
}

fn stemming(language: &str) -> Option<Language> {
    Some(match language {
        "ar" => Language::Arabic,
        "da" => Language::Danish,
        "nl" => Language::Dutch,
        "en" => Language::English,
        "fi" => Language::Finnish,
        "fr" => Language::French,
        "de" => Language::German,
        "el" => Language::Greek,
        "hu" => Language::Hungarian,
        "it" => Language::Italian,
        "no" | "nb" | "nn" => Language::Norwegian,
        "pt" => Language::Portuguese,
        "ro" => Language::Romanian,
        "ru" => Language::Russian,
        "es" => Language::Spanish,
        "sv" => Language::Swedish,
        "ta" => Language::Tamil,
        "tr" => Language::Turkish,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Analyzer, fold, words};

    fn of(text: &str, last: bool) -> Vec<&str> {
        words(text, last).map(|word| word.text).collect()
    }

    #[test]
    fn versions_split_at_their_dots() {
        assert_eq!(of("Rust 1.70.0!", true), ["Rust", "1", "70", "0"]);
    }

    #[test]
    fn text_without_spaces_becomes_pairs() {
        assert_eq!(of("東京都 a", false), ["東京", "京都", "a"]);
        assert_eq!(of("東京都a", true), ["東京", "京都", "都", "a"]);
        assert_eq!(of("都", false), ["都"]);
    }

    #[test]
    fn words_are_folded_and_stemmed() {
        assert_eq!(fold("Éléphant"), "elephant");
        assert_eq!(Analyzer::new("en").stem("Running"), "run");
        assert_eq!(Analyzer::new("ja").stem("Running"), "running");
    }
}
