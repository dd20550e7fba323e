//! What the in-memory index does not know of words (stems, phrases and typos), and what goes wrong
//! with words.

use std::collections::BTreeSet;

use blog_core::domain::Content;
use blog_core::ports::PostView;
use blog_core::render::plain_text;

use crate::fault::Fault;

/// The words of a text in small letters, prefixes with their star.
pub(crate) fn words(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '*');
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Leaves the posts that have the phrases of a text, and makes each say every word that it has in
/// another form, so that the in-memory index finds it. Answers what the text should have been, and
/// what to suggest.
pub(crate) fn understand(
    fault: Option<Fault>,
    text: &str,
    posts: &mut Vec<PostView>,
) -> (String, Option<String>) {
    for phrase in phrases(fault, text) {
        posts.retain(|view| has_phrase(&view.version.content, &phrase));
    }
    if fault == Some(Fault::LeavesOutCode) {
        for view in posts.iter_mut() {
            let body = &mut view.version.content.body;
            *body = body.split('`').step_by(2).collect();
        }
    }
    let (text, suggestion) = spelled(fault, text, posts);
    let terms = words(&text);
    for view in posts.iter_mut() {
        say_in_every_form(fault, &terms, &mut view.version.content);
    }
    posts.retain(|view| is_read(fault, &terms, &view.version.content));
    (text, suggestion)
}

fn say_in_every_form(fault: Option<Fault>, terms: &[String], content: &mut Content) {
    let said = said(content);
    let is_widened = |word: &str, term: &str| {
        fault == Some(Fault::WidensKnownWords) && is_slip(fault, word, term)
    };
    let is_found = |word: &str, term: &str| is_form(fault, word, term) || is_widened(word, term);
    let has = |term: &String| said.iter().any(|word| is_found(word, term));
    let has_any = terms.iter().any(has);
    let mut unsaid = BTreeSet::new();
    for term in terms {
        let is_said = said.iter().any(|word| is_match(word, term));
        if !is_said && (has(term) || has_any && fault == Some(Fault::FindsAnyOfTheWords)) {
            unsaid.insert(term.trim_end_matches('*'));
        }
    }
    for word in unsaid {
        content.body.push_str(&format!(" {word}"));
    }
}

/// Whether a post with this content is found at all.
fn is_read(fault: Option<Fault>, terms: &[String], content: &Content) -> bool {
    let is_in_text = |term: &String| {
        let mut content = content.clone();
        content.tags.clear();
        said(&content).iter().any(|word| is_match(word, term))
    };
    match fault {
        Some(Fault::ReadsNoUmlauts) => !terms.iter().any(|term| term.contains('ö')),
        Some(Fault::ReadsNoCjk) => !terms.iter().any(|term| term.contains('東')),
        Some(Fault::LeavesOutTags) => terms.iter().all(is_in_text),
        _ => true,
    }
}

fn said(content: &Content) -> Vec<String> {
    let mut said = words(&content.title);
    said.extend(words(&plain_text(&content.body)));
    said.extend(content.tags.iter().flat_map(|tag| words(tag)));
    said
}

fn phrases(fault: Option<Fault>, text: &str) -> Vec<Vec<String>> {
    match fault {
        Some(Fault::IgnoresQuotes) => vec![],
        Some(Fault::TakesWordsForAPhrase) => vec![words(text)],
        _ => {
            let mut pieces: Vec<_> = text.split('"').collect();
            // What no quote ends is no phrase.
            pieces.pop();
            let phrases = pieces.into_iter().skip(1).step_by(2);
            phrases.map(words).collect()
        }
    }
}

fn has_phrase(content: &Content, phrase: &[String]) -> bool {
    let is_in = |text: &str| {
        let said = words(text);
        phrase.is_empty() || said.windows(phrase.len()).any(|row| row == phrase)
    };
    is_in(&content.title) || is_in(&plain_text(&content.body))
}

/// The text with its unknown words replaced by those that were meant, and what to suggest.
fn spelled(fault: Option<Fault>, text: &str, posts: &[PostView]) -> (String, Option<String>) {
    let contents = posts.iter().map(|view| &view.version.content);
    let known: Vec<_> = contents.flat_map(said).collect();
    let is_known = |term: &String| known.iter().any(|word| is_form(fault, word, term));
    let is_near = |word: &String, term: &String| word != term && is_slip(fault, word, term);
    let nearest = |term: &String| known.iter().find(|word| is_near(word, term));
    let terms = match fault {
        Some(Fault::TakesPrefixesForWords) => words(&text.replace('*', " ")),
        _ => words(text),
    };
    let mut meant = terms.clone();
    for term in &mut meant {
        let is_final = is_known(term) || term.contains('*') || fault == Some(Fault::WidensNothing);
        if !is_final && let Some(word) = nearest(term) {
            term.clone_from(word);
        }
    }
    let mut suggested = meant.clone();
    for term in &mut suggested {
        let other = match fault {
            Some(Fault::SuggestsForKnownWords) => nearest(term),
            Some(Fault::SuggestsWhatAStemFinds) => {
                known.iter().find(|word| stem(word) == stem(term))
            }
            _ => None,
        };
        if let Some(word) = other {
            term.clone_from(word);
        }
    }
    if fault == Some(Fault::SuggestsNothing) {
        suggested.clone_from(&terms);
    }
    let suggestion = (suggested != terms).then(|| suggested.join(" "));
    (meant.join(" "), suggestion)
}

/// Whether the in-memory index finds `word` for `term`.
fn is_match(word: &str, term: &str) -> bool {
    let prefix = term.strip_suffix('*');
    prefix.map_or(word == term, |prefix| word.starts_with(prefix))
}

/// Whether who looks for `term` finds `word`.
fn is_form(fault: Option<Fault>, word: &str, term: &str) -> bool {
    if let Some(prefix) = term.strip_suffix('*') {
        let is_inside = fault == Some(Fault::FindsPrefixesInsideWords) && word.contains(prefix);
        return is_match(word, term) || is_inside;
    }
    let is_stem = fault != Some(Fault::KnowsNoStems) && stem(word) == stem(term);
    word == term || is_stem
}

/// The word without an English ending.
fn stem(word: &str) -> &str {
    let endings = ["ing", "ed", "s"];
    let mut stems = endings
        .iter()
        .filter_map(|ending| word.strip_suffix(ending));
    let Some(stem) = stems.find(|stem| stem.len() > 2) else {
        return word;
    };
    match stem.as_bytes() {
        // As in "running".
        [.., one, other] if one == other => &stem[..stem.len() - 1],
        _ => stem,
    }
}

/// Whether `term` is `word` with as many slips as are allowed.
fn is_slip(fault: Option<Fault>, word: &str, term: &str) -> bool {
    let allowed = match fault {
        Some(Fault::WidensLongWordsByOneSlip) => 1,
        Some(Fault::WidensShortWordsByTwoSlips) => 2,
        _ if term.chars().count() >= 8 => 2,
        _ => 1,
    };
    slips(word, term) <= allowed
}

/// Levenshtein's distance.
fn slips(word: &str, other: &str) -> usize {
    let other: Vec<_> = other.chars().collect();
    let mut row: Vec<_> = (0..=other.len()).collect();
    for (at, letter) in word.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for column in 0..other.len() {
            let replaced = diagonal + usize::from(letter != other[column]);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
