use std::collections::{HashMap, HashSet};

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

use super::stop_words::stop_words;
use super::{NotCovered, Prose};
use crate::domain::Locale;

const MOST_WORDS: usize = 3;
/// Further words of a text are not looked at.
const WORDS_CONSIDERED: usize = 20_000;
/// In a text of more words, a word that is there once is no key phrase; two words never are.
const LONG_TEXT: usize = 150;
/// Words of more characters are none.
const LONGEST_WORD: usize = 40;

/// Words that say what a text is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyPhrase {
    /// One to three words, as they first stand in the text.
    pub text: String,
    /// 0 to 1, higher is more telling.
    pub score: f64,
    /// How often it occurs, in whatever case.
    pub occurrences: usize,
}

/// A word in its place.
struct Token<'a> {
    start: usize,
    end: usize,
    lower: String,
    text: &'a str,
    /// Whether it can stand in a key phrase.
    is_content: bool,
}

/// What YAKE looks at in a word.
#[derive(Default)]
struct Word {
    count: f64,
    capitalised: f64,
    upper_case: f64,
    sentences: Vec<usize>,
    left: HashSet<String>,
    right: HashSet<String>,
    neighbours: f64,
}

struct Phrase {
    text: String,
    words: Vec<String>,
    count: usize,
}

/// At most `limit` key phrases, the most telling first: by case, place, frequency, spread and
/// context of their words (R. Campos and others: YAKE! Keyword extraction from single documents
/// using multiple local features, 2020). None is a part of another or repeats its words.
///
/// # Errors
/// [`NotCovered`] if no stop words of the language are known, or it puts no spaces between words.
pub fn key_phrases(
    prose: &Prose,
    locale: &Locale,
    limit: usize,
) -> Result<Vec<KeyPhrase>, NotCovered> {
    let stops = stop_words(locale)?;
    let mut words: HashMap<String, Word> = HashMap::new();
    let mut phrases: HashMap<String, Phrase> = HashMap::new();
    let (mut considered, mut sentences) = (0, 0);
    for (number, sentence) in prose.sentences().enumerate() {
        if considered >= WORDS_CONSIDERED {
            break;
        }
        let tokens = tokens(sentence, &stops, WORDS_CONSIDERED - considered);
        considered += tokens.len();
        sentences = number + 1;
        count_words(&tokens, number, &mut words);
        count_phrases(sentence, &tokens, &mut phrases);
    }
    let scores = word_scores(&words, sentences);
    let fewest = if considered > LONG_TEXT { 2 } else { 1 };
    let mut scored: Vec<_> = phrases
        .into_values()
        .filter(|phrase| phrase.count >= fewest.max(phrase.words.len().min(2)))
        .map(|phrase| (phrase_score(&phrase, &scores), phrase))
        .collect();
    scored.sort_by(|(a, phrase_a), (b, phrase_b)| {
        a.total_cmp(b)
            .then_with(|| phrase_a.words.cmp(&phrase_b.words))
    });
    Ok(distinct(scored, limit))
}

fn tokens<'a>(sentence: &'a str, stops: &HashSet<&str>, most: usize) -> Vec<Token<'a>> {
    sentence
        .unicode_word_indices()
        .take(most)
        .map(|(start, text)| {
            let lower: String = text.to_lowercase().replace('’', "'");
            let characters = text.chars().take(LONGEST_WORD + 1).count();
            let is_long_enough = characters > 2 || (characters == 2 && is_upper_case(text));
            let is_content = is_long_enough
                && characters <= LONGEST_WORD
                && text
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '\'' | '’' | '_'))
                && text.contains(char::is_alphabetic)
                && !stops.contains(lower.as_str());
            Token {
                start,
                end: start + text.len(),
                lower,
                text,
                is_content,
            }
        })
        .collect()
}

fn is_upper_case(text: &str) -> bool {
    text.chars().all(char::is_uppercase)
}

fn count_words(tokens: &[Token<'_>], sentence: usize, words: &mut HashMap<String, Word>) {
    for (index, token) in tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.is_content)
    {
        let word = words.entry(token.lower.clone()).or_default();
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
            word.neighbours += 1.0;
            word.left.insert(left.lower.clone());
        }
        if let Some(right) = tokens.get(index + 1) {
            word.neighbours += 1.0;
            word.right.insert(right.lower.clone());
        }
    }
}

/// Every run of one to three words that stand beside each other without a mark between them.
fn count_phrases(sentence: &str, tokens: &[Token<'_>], phrases: &mut HashMap<String, Phrase>) {
    for first in 0..tokens.len() {
        for last in first..tokens.len().min(first + MOST_WORDS) {
            let joins = last == first
                || matches!(
                    &sentence[tokens[last - 1].end..tokens[last].start],
                    " " | "-"
                );
            if !(joins && tokens[last].is_content) {
                break;
            }
            let words: Vec<_> = tokens[first..=last]
                .iter()
                .map(|t| t.lower.clone())
                .collect();
            let phrase = phrases.entry(words.join(" ")).or_insert_with(|| Phrase {
                text: sentence[tokens[first].start..tokens[last].end].to_owned(),
                words,
                count: 0,
            });
            phrase.count += 1;
        }
    }
}

/// YAKE's scores of words: lower is more telling.
fn word_scores(words: &HashMap<String, Word>, sentences: usize) -> HashMap<&str, f64> {
    let mut counts: Vec<f64> = words.values().map(|word| word.count).collect();
    // Sums of floating-point numbers depend on the order.
    counts.sort_unstable_by(f64::total_cmp);
    let total = counts.len().max(1) as f64;
    let mean = counts.iter().sum::<f64>() / total;
    let squares: f64 = counts
        .iter()
        .map(|count| (count - mean) * (count - mean))
        .sum();
    let usual = mean + (squares / total).sqrt();
    let most = counts.last().copied().unwrap_or(1.0);
    words
        .iter()
        .map(|(text, word)| {
            let case = word.upper_case.max(word.capitalised) / (1.0 + word.count.ln());
            let median = word.sentences.get(word.sentences.len() / 2).copied();
            let place = (3.0 + median.unwrap_or_default() as f64).ln().ln();
            let frequency = word.count / usual;
            let spread = word.sentences.len() as f64 / sentences.max(1) as f64;
            let sides = (word.left.len() + word.right.len()) as f64;
            let context = 1.0 + sides / word.neighbours.max(1.0) * word.count / most;
            let score = context * place / (case + (frequency + spread) / context);
            (text.as_str(), score)
        })
        .collect()
}

fn phrase_score(phrase: &Phrase, scores: &HashMap<&str, f64>) -> f64 {
    let of = |word: &String| scores.get(word.as_str()).copied().unwrap_or(1.0);
    let product: f64 = phrase.words.iter().map(of).product();
    let sum: f64 = phrase.words.iter().map(of).sum();
    product / (phrase.count as f64 * (1.0 + sum))
}

/// The first phrases of which none has only words of another.
fn distinct(scored: Vec<(f64, Phrase)>, limit: usize) -> Vec<KeyPhrase> {
    let mut kept: Vec<(HashSet<String>, KeyPhrase)> = Vec::new();
    for (score, phrase) in scored {
        if kept.len() == limit {
            break;
        }
        let words: HashSet<_> = phrase.words.iter().map(|word| singular(word)).collect();
        let overlaps = |(other, _): &(HashSet<String>, KeyPhrase)| {
            words.is_subset(other) || other.is_subset(&words)
        };
        if !kept.iter().any(overlaps) {
            let key_phrase = KeyPhrase {
                text: phrase.text,
                score: 1.0 / (1.0 + score),
                occurrences: phrase.count,
            };
            kept.push((words, key_phrase));
        }
    }
    kept.into_iter().map(|(_, phrase)| phrase).collect()
}

/// Without the s of most plurals, to see that two words are one.
fn singular(word: &str) -> String {
    word.strip_suffix("'s")
        .or_else(|| word.strip_suffix('s'))
        .unwrap_or(word)
        .to_owned()
}
