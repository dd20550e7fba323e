//! The words of a text as YAKE looks at them.

use std::collections::{HashMap, HashSet};

use unicode_segmentation::UnicodeSegmentation;

/// Words of more characters are none.
const LONGEST_WORD: usize = 40;

/// A word in its place.
pub(super) struct Token<'a> {
    pub(super) start: usize,
    pub(super) text: &'a str,
    /// Its place in the vocabulary.
    pub(super) word: usize,
    /// Whether it can stand in a key phrase.
    pub(super) is_content: bool,
}

/// The different words of a text.
pub(super) struct Vocabulary {
    stops: HashSet<&'static str>,
    places: HashMap<String, usize>,
    pub(super) words: Vec<Word>,
}

/// What YAKE looks at in a word, which is of whatever case.
pub(super) struct Word {
    pub(super) lower: String,
    is_stop: bool,
    count: f64,
    capitalised: f64,
    upper_case: f64,
    sentences: Vec<usize>,
    left: Vec<usize>,
    right: Vec<usize>,
}

impl Vocabulary {
    pub(super) fn new(stops: HashSet<&'static str>) -> Self {
        Self {
            stops,
            places: HashMap::new(),
            words: Vec::new(),
        }
    }

    pub(super) fn tokens<'a>(&mut self, sentence: &'a str, most: usize) -> Vec<Token<'a>> {
        sentence
            .unicode_word_indices()
            .take(most)
            .map(|(start, whole)| {
                let text = self.without_elision(whole);
                let word = self.place(lower_case(text));
                Token {
                    start: start + whole.len() - text.len(),
                    text,
                    word,
                    is_content: !self.words[word].is_stop && says_something(text),
                }
            })
            .collect()
    }

    /// The part behind a stop word and an apostrophe, as in `l'école`, `qu'il` and `that's`.
    fn without_elision<'a>(&self, text: &'a str) -> &'a str {
        let Some((before, behind)) = text.split_once(['\'', '’']) else {
            return text;
        };
        let before = before.to_lowercase();
        // O'Reilly is a name.
        let is_stop = before.ends_with("qu") || self.stops.contains(before.as_str());
        if is_stop && before != "o" {
            behind
        } else {
            text
        }
    }

    fn place(&mut self, lower: String) -> usize {
        if let Some(place) = self.places.get(&lower) {
            return *place;
        }
        self.places.insert(lower.clone(), self.words.len());
        self.words.push(Word {
            is_stop: self.stops.contains(lower.as_str()),
            lower,
            count: 0.0,
            capitalised: 0.0,
            upper_case: 0.0,
            sentences: Vec::new(),
            left: Vec::new(),
            right: Vec::new(),
        });
        self.words.len() - 1
    }

    pub(super) fn count(&mut self, tokens: &[Token<'_>], sentence: usize) {
        for (index, token) in tokens.iter().enumerate() {
            if !token.is_content {
                continue;
            }
            let word = &mut self.words[token.word];
            word.count += 1.0;
            if is_upper_case(token.text) {
                word.upper_case += 1.0;
            } else if index > 0 && token.text.starts_with(char::is_uppercase) {
                word.capitalised += 1.0;
            }
            if word.sentences.last() != Some(&sentence) {
                word.sentences.push(sentence);
            }
            if let Some(left) = index.checked_sub(1).and_then(|left| tokens.get(left)) {
                word.left.push(left.word);
            }
            if let Some(right) = tokens.get(index + 1) {
                word.right.push(right.word);
            }
        }
    }
}

impl Token<'_> {
    pub(super) const fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// With straight apostrophes, as in lists of stop words.
fn lower_case(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.contains('’') {
        lower.replace('’', "'")
    } else {
        lower
    }
}

fn says_something(text: &str) -> bool {
    let characters = text.chars().take(LONGEST_WORD + 1).count();
    let is_long_enough = characters > 2 || (characters == 2 && is_upper_case(text));
    is_long_enough
        && characters <= LONGEST_WORD
        && text.contains(char::is_alphabetic)
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '\'' | '’' | '_' | '.'))
}

fn is_upper_case(text: &str) -> bool {
    text.chars().all(char::is_uppercase)
}

/// YAKE's scores of words: lower is more telling.
pub(super) fn word_scores(words: &[Word], sentences: usize) -> Vec<f64> {
    let counts = || words.iter().map(|word| word.count).filter(|n| *n > 0.0);
    let total = counts().count().max(1) as f64;
    let mean = counts().sum::<f64>() / total;
    let squares: f64 = counts().map(|n| (n - mean) * (n - mean)).sum();
    let usual = mean + (squares / total).sqrt();
    let most = counts().fold(1.0, f64::max);
    words
        .iter()
        .map(|word| {
            let case = word.upper_case.max(word.capitalised) / (1.0 + word.count.max(1.0).ln());
            let median = word.sentences.get(word.sentences.len() / 2).copied();
            let place = (3.0 + median.unwrap_or_default() as f64).ln().ln();
            let frequency = word.count / usual;
            let spread = word.sentences.len() as f64 / sentences.max(1) as f64;
            let variety = variety(&word.left) + variety(&word.right);
            let context = 1.0 + variety * word.count / most;
            context * place / (case + (frequency + spread) / context)
        })
        .collect()
}

/// 1 if each neighbour is another.
fn variety(neighbours: &[usize]) -> f64 {
    let mut distinct = neighbours.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.len() as f64 / neighbours.len().max(1) as f64
}
