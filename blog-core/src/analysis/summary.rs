use std::collections::HashMap;

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

use super::Prose;
use super::stop_words::stop_words;
use crate::domain::Locale;

/// Each sentence is compared with each: this many are.
const MOST_CONSIDERED: usize = 200;
/// Words of a sentence that says enough and not too much.
const FITTING_WORDS: std::ops::RangeInclusive<usize> = 6..=50;
/// More words of one sentence are not compared.
const MOST_WORDS: usize = 200;
/// Two sentences that are more alike than this say the same.
const SAME: f64 = 0.5;
const ROUNDS: usize = 20;
/// The share of a sentence's rank that comes from those like it.
const DAMPING: f64 = 0.85;

/// The sentences of a text that say the most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExtractiveSummary {
    /// The sentences as one text.
    pub text: String,
    /// The sentences, word for word and in the text's order.
    pub sentences: Vec<String>,
}

struct Candidate<'a> {
    text: &'a str,
    paragraph: usize,
    /// Its words that are no stop words, by number.
    words: Vec<usize>,
}

/// At most `count` sentences that are most like the rest (G. Erkan, D. Radev: LexRank, 2004),
/// early ones before late ones, and none that says the same as another. Only the first 200
/// sentences that are whole and neither very short nor very long are considered, if there are any.
#[must_use]
pub fn extract_summary(prose: &Prose, locale: &Locale, count: usize) -> ExtractiveSummary {
    let candidates = candidates(prose, locale);
    let likeness = likeness(&candidates);
    let ranks = ranks(&likeness);
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let score = |index: usize| ranks[index] * earliness(candidates[index].paragraph);
    order.sort_by(|a, b| score(*b).total_cmp(&score(*a)).then(a.cmp(b)));
    let mut chosen: Vec<usize> = Vec::new();
    for index in order {
        if chosen.len() == count {
            break;
        }
        // Sentences of stop words alone are like none, not even themselves.
        let is_new = |other: &usize| {
            likeness[index][*other] < SAME && candidates[index].text != candidates[*other].text
        };
        if chosen.iter().all(is_new) {
            chosen.push(index);
        }
    }
    chosen.sort_unstable();
    let sentences: Vec<_> = chosen
        .iter()
        .map(|i| candidates[*i].text.to_owned())
        .collect();
    ExtractiveSummary {
        text: joined(&sentences),
        sentences,
    }
}

/// Sentences in one text: with spaces between them, but not behind wide marks such as `。`.
pub(super) fn joined(sentences: &[String]) -> String {
    let mut text = String::new();
    for sentence in sentences {
        if !(text.is_empty() || text.ends_with(['。', '！', '？', '」', '』'])) {
            text.push(' ');
        }
        text.push_str(sentence);
    }
    text
}

fn candidates<'a>(prose: &'a Prose, locale: &Locale) -> Vec<Candidate<'a>> {
    let all = || {
        let paragraphs = prose.paragraphs().iter().enumerate();
        paragraphs.flat_map(|(paragraph, text)| text.sentences().map(move |s| (paragraph, s)))
    };
    let mut sentences: Vec<_> = all()
        .filter(|(_, sentence)| is_whole(sentence))
        .take(MOST_CONSIDERED)
        .collect();
    if sentences.is_empty() {
        sentences = all().take(MOST_CONSIDERED).collect();
    }
    let stops = stop_words(locale).unwrap_or_default();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let candidate = |(paragraph, text): (usize, &'a str)| Candidate {
        text,
        paragraph,
        words: text
            .unicode_words()
            .take(MOST_WORDS)
            .map(str::to_lowercase)
            .filter(|word| !stops.contains(word.as_str()))
            .map(|word| {
                let next = numbers.len();
                *numbers.entry(word).or_insert(next)
            })
            .collect(),
    };
    sentences.into_iter().map(candidate).collect()
}

fn is_whole(sentence: &str) -> bool {
    let said = sentence.trim_end_matches([')', '"', '”', '’', '»', '」']);
    let ends =
        !said.ends_with("..") && said.ends_with(['.', '!', '?', '。', '！', '？', '।', '؟', '۔']);
    let words = sentence
        .unicode_words()
        .take(FITTING_WORDS.end() + 1)
        .count();
    ends && FITTING_WORDS.contains(&words)
}

/// Cosines of the angles between sentences; words that few sentences have weigh more.
fn likeness(candidates: &[Candidate<'_>]) -> Vec<Vec<f64>> {
    let total = candidates.len();
    let mut likeness = vec![vec![0.0_f64; total]; total];
    for sentences in sentences_by_word(candidates) {
        let weight = (1.0 + total as f64 / sentences.len() as f64).ln();
        for (a, count_a) in &sentences {
            for (b, count_b) in &sentences {
                likeness[*a][*b] += weight * weight * count_a * count_b;
            }
        }
    }
    let lengths: Vec<_> = (0..total).map(|a| likeness[a][a].sqrt()).collect();
    for (row, length_a) in likeness.iter_mut().zip(&lengths) {
        for (cosine, length_b) in row.iter_mut().zip(&lengths) {
            *cosine /= (length_a * length_b).max(f64::MIN_POSITIVE);
        }
    }
    likeness
}

/// For each word the sentences that have it, and how often.
fn sentences_by_word(candidates: &[Candidate<'_>]) -> Vec<Vec<(usize, f64)>> {
    let mut sentences: Vec<Vec<(usize, f64)>> = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        for word in &candidate.words {
            // Numbers are given in this order.
            if *word == sentences.len() {
                sentences.push(Vec::new());
            }
            match sentences[*word].last_mut() {
                Some((last, count)) if *last == index => *count += 1.0,
                _ => sentences[*word].push((index, 1.0)),
            }
        }
    }
    sentences
}

/// The stationary distribution of a walk from sentence to like sentence.
fn ranks(likeness: &[Vec<f64>]) -> Vec<f64> {
    let total = likeness.len() as f64;
    let sums: Vec<f64> = likeness.iter().map(|row| row.iter().sum()).collect();
    let mut ranks = vec![1.0 / total; likeness.len()];
    for _ in 0..ROUNDS {
        let mut next = vec![(1.0 - DAMPING) / total; likeness.len()];
        for ((row, sum), rank) in likeness.iter().zip(&sums).zip(&ranks) {
            if *sum > 0.0 {
                let share = DAMPING * rank / sum;
                next.iter_mut()
                    .zip(row)
                    .for_each(|(to, cosine)| *to += share * cosine);
            }
        }
        ranks = next;
    }
    ranks
}

/// The first paragraph counts twice, the following ever less.
fn earliness(paragraph: usize) -> f64 {
    1.0 + 1.0 / (1 + paragraph) as f64
}
