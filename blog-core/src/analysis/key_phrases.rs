use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::stop_words::stop_words;
use super::vocabulary::{Token, Vocabulary, Word, word_scores};
use super::{NotCovered, Prose};
use crate::domain::Locale;

const MOST_WORDS: usize = 3;
/// Further words of a text are not looked at.
const WORDS_CONSIDERED: usize = 20_000;
/// In a text of more words, a word that is there once is no key phrase; two words never are.
const LONG_TEXT: usize = 150;
/// Each phrase is compared with those before it.
const MOST_PHRASES: usize = 100;

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

struct Phrase<'a> {
    text: &'a str,
    count: usize,
}

/// At most `limit` key phrases, the most telling first: by case, place, frequency, spread and
/// context of their words (R. Campos and others: YAKE! Keyword extraction from single documents
/// using multiple local features, 2020). None is a part of another or repeats its words. There are
/// never more than 100.
///
/// # Errors
/// [`NotCovered`] if no stop words of the language are known, or it puts no spaces between words.
pub fn key_phrases(
    prose: &Prose,
    locale: &Locale,
    limit: usize,
) -> Result<Vec<KeyPhrase>, NotCovered> {
    let mut vocabulary = Vocabulary::new(stop_words(locale)?);
    let mut phrases: HashMap<Vec<usize>, Phrase<'_>> = HashMap::new();
    let (mut considered, mut sentences) = (0, 0);
    for (number, sentence) in prose.sentences().enumerate() {
        if considered >= WORDS_CONSIDERED {
            break;
        }
        let tokens = vocabulary.tokens(sentence, WORDS_CONSIDERED - considered);
        considered += tokens.len();
        sentences = number + 1;
        vocabulary.count(&tokens, number);
        count_phrases(sentence, &tokens, &mut phrases);
    }
    let words = vocabulary.words;
    let scores = word_scores(&words, sentences);
    let fewest = if considered > LONG_TEXT { 2 } else { 1 };
    let mut scored: Vec<_> = phrases
        .into_iter()
        .filter(|(of, phrase)| phrase.count >= fewest.max(of.len().min(2)))
        .map(|(of, phrase)| (phrase_score(&of, phrase.count, &scores), of, phrase))
        .collect();
    scored.sort_by(|(a, words_a, _), (b, words_b, _)| {
        a.total_cmp(b).then_with(|| words_a.cmp(words_b))
    });
    Ok(distinct(scored, &words, limit.min(MOST_PHRASES)))
}

/// Every run of one to three words that stand beside each other without a mark between them.
fn count_phrases<'a>(
    sentence: &'a str,
    tokens: &[Token<'_>],
    phrases: &mut HashMap<Vec<usize>, Phrase<'a>>,
) {
    let mut words = Vec::with_capacity(MOST_WORDS);
    for first in 0..tokens.len() {
        words.clear();
        for last in first..tokens.len().min(first + MOST_WORDS) {
            let joins = last == first
                || matches!(
                    &sentence[tokens[last - 1].end()..tokens[last].start],
                    " " | "-"
                );
            if !(joins && tokens[last].is_content) {
                break;
            }
            words.push(tokens[last].word);
            if let Some(phrase) = phrases.get_mut(&words) {
                phrase.count += 1;
            } else {
                let text = &sentence[tokens[first].start..tokens[last].end()];
                phrases.insert(words.clone(), Phrase { text, count: 1 });
            }
        }
    }
}

fn phrase_score(words: &[usize], count: usize, scores: &[f64]) -> f64 {
    let scores = || words.iter().map(|word| scores[*word]);
    let (product, sum) = (scores().product::<f64>(), scores().sum::<f64>());
    product / (count as f64 * (1.0 + sum))
}

/// The first phrases of which none has only words of another.
fn distinct(
    scored: Vec<(f64, Vec<usize>, Phrase<'_>)>,
    words: &[Word],
    limit: usize,
) -> Vec<KeyPhrase> {
    let mut kept: Vec<(HashSet<&str>, KeyPhrase)> = Vec::new();
    for (score, of, phrase) in scored {
        if kept.len() == limit {
            break;
        }
        let of: HashSet<_> = of
            .iter()
            .map(|word| singular(&words[*word].lower))
            .collect();
        let overlaps =
            |(other, _): &(HashSet<&str>, KeyPhrase)| of.is_subset(other) || other.is_subset(&of);
        if !kept.iter().any(overlaps) {
            let key_phrase = KeyPhrase {
                text: phrase.text.to_owned(),
                score: 1.0 / (1.0 + score),
                occurrences: phrase.count,
            };
            kept.push((of, key_phrase));
        }
    }
    kept.into_iter().map(|(_, phrase)| phrase).collect()
}

/// Without the s of most plurals, to see that two words are one.
fn singular(word: &str) -> &str {
    word.strip_suffix("'s")
        .or_else(|| word.strip_suffix('s'))
        .unwrap_or(word)
}
