//! Where a post matches, as HTML.

use std::collections::BTreeSet;
use std::ops::Range;

use blog_core::ports::Highlights;

use crate::query::Wanted;
use crate::text::{Analyzer, changes_beginnings, fold, words};

/// How many pieces of the body are shown, and about how long they are, in bytes.
const PIECES: usize = 3;
const PIECE: usize = 160;
/// How much of a body is read, and how many matches are looked at.
const READ: usize = 64 * 1024;
const MATCHES: usize = 64;

/// Marks the words that one search looks for in texts of one language.
pub(crate) struct Marker {
    analyzer: Analyzer,
    exact: BTreeSet<String>,
    stems: BTreeSet<String>,
    prefixes: BTreeSet<String>,
    /// What a word must begin with, if that is known.
    beginnings: Option<BTreeSet<char>>,
}

/// A word found, and which of the words looked for it is.
struct Match {
    range: Range<usize>,
    word: String,
}

impl Marker {
    pub(crate) fn new(wanted: &Wanted, language: &str) -> Self {
        let mut analyzer = Analyzer::new(language);
        let exact: BTreeSet<_> = wanted.words.iter().map(|word| fold(word)).collect();
        let stems: BTreeSet<_> = wanted
            .words
            .iter()
            .map(|word| analyzer.stem(word))
            .collect();
        let prefixes = wanted.prefixes.clone();
        let beginnings = (!changes_beginnings(language)).then(|| {
            let all = exact.iter().chain(&stems).chain(&prefixes);
            all.filter_map(|word| word.chars().next()).collect()
        });
        Self {
            analyzer,
            exact,
            stems,
            prefixes,
            beginnings,
        }
    }

    /// The title and the best pieces of the body.
    pub(crate) fn highlights(&mut self, title: &str, body: &str) -> Highlights {
        let in_title = self.matches(title);
        let in_body = self.matches(&body[..floor(body, READ)]);
        Highlights {
            title: marked(title, &in_title, 0..title.len()),
            body: pieces(body, &in_body)
                .into_iter()
                .map(|piece| marked(body, &in_body, piece))
                .collect(),
        }
    }

    fn matches(&mut self, text: &str) -> Vec<Match> {
        let mut found = Vec::new();
        if self.exact.is_empty() && self.prefixes.is_empty() {
            return found;
        }
        for word in words(text, true) {
            if !self.may_match(word.text) {
                continue;
            }
            let folded = fold(word.text);
            let stem = if self.exact.contains(&folded)
                || self
                    .prefixes
                    .iter()
                    .any(|prefix| folded.starts_with(prefix))
            {
                Some(folded)
            } else {
                Some(self.analyzer.stem(word.text)).filter(|stem| self.stems.contains(stem))
            };
            if let Some(stem) = stem {
                found.push(Match {
                    range: word.start..word.start + word.text.len(),
                    word: stem,
                });
                if found.len() == MATCHES {
                    break;
                }
            }
        }
        found
    }

    fn may_match(&self, word: &str) -> bool {
        let Some(beginnings) = &self.beginnings else {
            return true;
        };
        match word.chars().next() {
            Some(first) if first.is_ascii() => beginnings.contains(&first.to_ascii_lowercase()),
            Some(_) => true,
            None => false,
        }
    }
}

/// The pieces with the most different words, in the order of the text.
fn pieces(text: &str, matches: &[Match]) -> Vec<Range<usize>> {
    let mut windows: Vec<(usize, usize, Range<usize>)> = Vec::new();
    let mut at = 0;
    while let Some(first) = matches.get(at) {
        let inside: Vec<_> = matches[at..]
            .iter()
            .take_while(|found| found.range.end <= first.range.start + PIECE * 3 / 4)
            .collect();
        let different: BTreeSet<_> = inside.iter().map(|found| &found.word).collect();
        let end = inside.last().map_or(first.range.end, |last| last.range.end);
        windows.push((different.len(), inside.len(), first.range.start..end));
        at += inside.len().max(1);
    }
    windows.sort_by_key(|(different, all, _)| std::cmp::Reverse((*different, *all)));
    windows.truncate(PIECES);
    let mut ranges: Vec<_> = windows.into_iter().map(|(_, _, range)| range).collect();
    ranges.sort_by_key(|range| range.start);
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        let before = PIECE.saturating_sub(range.len()) / 2;
        let start = word_start(text, range.start, before);
        let end = word_end(text, range.end, PIECE.saturating_sub(range.end - start));
        match pieces.last_mut() {
            Some(last) if start <= last.end => last.end = end.max(last.end),
            _ => pieces.push(start..end),
        }
    }
    pieces
}

/// At most `by` bytes before `at`, where a word starts.
fn word_start(text: &str, at: usize, by: usize) -> usize {
    let earliest = floor(text, at.saturating_sub(by));
    if earliest == 0 {
        return 0;
    }
    let space = text[earliest..at].find(char::is_whitespace);
    let start = space.map_or(earliest, |space| earliest + space);
    start + text[start..at].len() - text[start..at].trim_start().len()
}

/// At most `by` bytes after `at`, where a word ends.
fn word_end(text: &str, at: usize, by: usize) -> usize {
    let latest = floor(text, at.saturating_add(by));
    if latest <= at || latest == text.len() {
        return latest.max(at);
    }
    text[at..latest]
        .rfind(char::is_whitespace)
        .map_or(latest, |space| at + space)
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// A range of the text, escaped, with the matches marked.
fn marked(text: &str, matches: &[Match], range: Range<usize>) -> String {
    let mut html = String::with_capacity(range.len() + 32);
    let mut at = range.start;
    let mut open: Option<usize> = None;
    for found in matches {
        if found.range.start < range.start || found.range.end > range.end {
            continue;
        }
        // Pairs of characters overlap: they make one mark.
        if open.is_some() && found.range.start > at {
            html.push_str("</mark>");
            open = None;
        }
        if open.is_none() {
            escape(&text[at..found.range.start], &mut html);
            html.push_str("<mark>");
            open = Some(found.range.start);
            at = found.range.start;
        }
        if found.range.end > at {
            escape(&text[at..found.range.end], &mut html);
            at = found.range.end;
        }
    }
    if open.is_some() {
        html.push_str("</mark>");
    }
    escape(&text[at..range.end], &mut html);
    html
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' | '\r' | '\t' => html.push(' '),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Marker;
    use crate::query::Wanted;

    fn marker(words: &[&str], language: &str) -> Marker {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Marker::new(
            &Wanted {
                words,
                ..Wanted::default()
            },
            language,
        )
    }

    #[test]
    fn other_forms_are_marked_and_text_is_escaped() {
        let found = marker(&["runs"], "en").highlights("Running <b>", "He runs & ran");
        assert_eq!(found.title, "<mark>Running</mark> &lt;b&gt;");
        assert_eq!(found.body, ["He <mark>runs</mark> &amp; ran"]);
    }

    #[test]
    fn pairs_of_characters_make_one_mark() {
        let found = marker(&["東京", "京都"], "ja").highlights("これは東京都です", "");
        assert_eq!(found.title, "これは<mark>東京都</mark>です");
        assert!(found.body.is_empty());
    }

    #[test]
    fn a_long_body_gives_three_pieces_at_most() {
        let body = format!("{} word ", "filler ".repeat(60)).repeat(9);
        let found = marker(&["word"], "en").highlights("", &body);
        assert_eq!(found.body.len(), 3);
        assert!(
            found
                .body
                .iter()
                .all(|piece| piece.len() < 200 && piece.contains("<mark>word"))
        );
    }
}
