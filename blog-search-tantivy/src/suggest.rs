//! Words that are nearly like another, and words that begin like another.

use std::collections::HashMap;

use tantivy::Term;
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Value;

use crate::error::Result;
use crate::schema::title_start;
use crate::text::{fold, is_cjk, words};
use crate::view::{View, visible};

/// Shorter words are not widened.
const MIN_LETTERS: usize = 3;
/// From so many letters on, two slips are forgiven.
const LONG: usize = 8;
/// How many beginnings are looked at.
const MAX_BEGINNINGS: usize = 4000;

/// The visible words nearest to a folded word that no visible document has, the best first: the
/// fewest slips, then the most documents.
pub(crate) fn closest(view: &View, word: &str, at_most: usize) -> Result<Vec<String>> {
    let letters = word.chars().count();
    if letters < MIN_LETTERS || word.chars().all(char::is_numeric) || word.chars().any(is_cjk) {
        return Ok(Vec::new());
    }
    let field = view.fields().words;
    let furthest = if letters >= LONG { 2 } else { 1 };
    for distance in 1..=furthest {
        let mut found: HashMap<String, u64> = HashMap::new();
        for (segment, mask) in view.segments() {
            let term = Term::from_field_text(field, word);
            let automaton = FuzzyTermQuery::new(term, distance, true).automaton()?;
            let inverted = segment.inverted_index(field)?;
            let mut stream = inverted.terms().search(automaton).into_stream()?;
            while let Some((key, info)) = stream.next() {
                let count = visible(&inverted, info, mask)?;
                if count > 0 {
                    *found
                        .entry(String::from_utf8_lossy(key).into_owned())
                        .or_default() += count;
                }
            }
        }
        if !found.is_empty() {
            return Ok(commonest(found, at_most));
        }
    }
    Ok(Vec::new())
}

/// Titles and words that begin like `prefix`: up to half of them titles, then words, the commonest
/// first.
pub(crate) fn complete(view: &View, prefix: &str, limit: usize) -> Result<Vec<String>> {
    let prefix: String = prefix.chars().take(100).collect();
    let prefix = prefix.trim_start();
    let start = title_start(prefix);
    if start.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let fields = view.fields();
    let mut found: Vec<String> = Vec::new();
    let mut titles: Vec<_> = view
        .beginning(fields.title_start, &start, limit)?
        .into_keys()
        .collect();
    titles.sort();
    for title in titles.into_iter().take(limit) {
        let term = Term::from_field_text(fields.title_start, &title);
        let Some(at) = view.first(&term)? else {
            continue;
        };
        let document: tantivy::TantivyDocument = view.searcher().doc(at)?;
        let text = document.get_first(fields.title_text);
        if let Some(text) = text.as_ref().and_then(|value| value.as_str()) {
            found.push(text.to_owned());
        }
    }

    let mut completed = Vec::new();
    let last = words(prefix, false)
        .last()
        .filter(|last| prefix.ends_with(last.text));
    if let Some(last) = last.filter(|last| !last.text.chars().any(is_cjk)) {
        let begun = view.beginning(fields.words, &fold(last.text), MAX_BEGINNINGS)?;
        let front = &prefix[..last.start];
        let best = commonest(begun, limit).into_iter();
        completed.extend(best.map(|word| format!("{front}{word}")));
    }
    let titles = found
        .len()
        .min(limit.div_ceil(2).max(limit.saturating_sub(completed.len())));
    found.truncate(titles);
    for word in completed {
        if found.len() >= limit {
            break;
        }
        if !found
            .iter()
            .any(|title| title.to_lowercase() == word.to_lowercase())
        {
            found.push(word);
        }
    }
    Ok(found)
}

fn commonest(found: HashMap<String, u64>, at_most: usize) -> Vec<String> {
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|(a, one), (b, other)| other.cmp(one).then_with(|| a.cmp(b)));
    found
        .into_iter()
        .take(at_most)
        .map(|(word, _)| word)
        .collect()
}
