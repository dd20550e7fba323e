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
    /// Weights of its words, of length 1.
    words: HashMap<String, f64>,
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
        if chosen.iter().all(|other| likeness[index][*other] < SAME) {
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
fn joined(sentences: &[String]) -> String {
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
    let mut candidates: Vec<_> = sentences
        .into_iter()
        .map(|(paragraph, text)| {
            let mut words: HashMap<String, f64> = HashMap::new();
            for word in text.unicode_words().take(MOST_WORDS) {
                let word = word.to_lowercase();
                if !stops.contains(word.as_str()) {
                    *words.entry(word).or_default() += 1.0;
                }
            }
            Candidate {
                text,
                paragraph,
                words,
            }
        })
        .collect();
    weigh(&mut candidates);
    candidates
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

/// Words that few sentences have weigh more.
fn weigh(candidates: &mut [Candidate<'_>]) {
    let mut sentences: HashMap<String, f64> = HashMap::new();
    for word in candidates
        .iter()
        .flat_map(|candidate| candidate.words.keys())
    {
        *sentences.entry(word.clone()).or_default() += 1.0;
    }
    let total = candidates.len() as f64;
    for candidate in candidates {
        for (word, weight) in &mut candidate.words {
            *weight *= (1.0 + total / sentences[word]).ln();
        }
    }
}

/// Cosines of the angles between sentences.
fn likeness(candidates: &[Candidate<'_>]) -> Vec<Vec<f64>> {
    let mut having: HashMap<&str, Vec<(usize, f64)>> = HashMap::new();
    let mut lengths = vec![0.0_f64; candidates.len()];
    for (index, candidate) in candidates.iter().enumerate() {
        for (word, weight) in &candidate.words {
            having.entry(word).or_default().push((index, *weight));
        }
    }
    let mut words: Vec<_> = having.into_iter().collect();
    // Sums of floating-point numbers depend on the order.
    words.sort_unstable_by_key(|(word, _)| *word);
    let mut likeness = vec![vec![0.0; candidates.len()]; candidates.len()];
    for (_, sentences) in &words {
        for (a, weight_a) in sentences {
            lengths[*a] += weight_a * weight_a;
            for (b, weight_b) in sentences {
                likeness[*a][*b] += weight_a * weight_b;
            }
        }
    }
    for (a, row) in likeness.iter_mut().enumerate() {
        for (b, cosine) in row.iter_mut().enumerate() {
            *cosine /= (lengths[a] * lengths[b]).sqrt().max(f64::MIN_POSITIVE);
        }
    }
    likeness
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
