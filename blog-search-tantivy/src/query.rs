//! From what was typed to what is looked for. No text is an error: what has no meaning has no
//! effect.

use std::collections::BTreeSet;
use std::ops::Range;

use blog_core::ports::SearchQuery;
use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery,
    FuzzyTermQuery, Occur, PhraseQuery, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use crate::error::Result;
use crate::suggest;
use crate::text::{Analyzer, fold, is_cjk, words};
use crate::view::View;

/// What follows is not read.
const MAX_CHARS: usize = 256;
const MAX_CLAUSES: usize = 16;
const MAX_TOKENS: usize = 32;
/// How many languages a word is stemmed in.
const MAX_LANGUAGES: usize = 8;
/// How many words stand in for one that nobody wrote.
const MAX_VARIANTS: usize = 5;
/// How much of its score a word keeps in fields other than the one in which it counts most: a post
/// with all the words matters more than one that repeats a single one everywhere.
const OTHER_FIELDS: f32 = 0.1;

/// Something that a post must have: words in a row, the last of which may only be begun.
#[derive(Debug, PartialEq, Eq)]
struct Clause {
    tokens: Vec<Range<usize>>,
    prefix: bool,
}

/// What to look for.
pub(crate) struct Plan {
    /// Every clause matches.
    pub(crate) all: Box<dyn Query>,
    /// Some clause matches; `None` where that is the same.
    pub(crate) any: Option<Box<dyn Query>>,
    /// What was probably meant.
    pub(crate) suggestion: Option<String>,
    /// What to mark.
    pub(crate) wanted: Wanted,
}

/// Words to mark in the posts found.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) words: BTreeSet<String>,
    pub(crate) prefixes: BTreeSet<String>,
}

/// Reads `query` under what `view` shows.
pub(crate) fn plan(view: &View, query: &SearchQuery) -> Result<Plan> {
    let filters = filters(view, query);
    let text = bounded(query.text.trim());
    let mut planner = Planner {
        view,
        analyzers: analyzers(view, query),
        text,
        wanted: Wanted::default(),
        replaced: Vec::new(),
    };
    let clauses = parse(text);
    let mut parts = Vec::with_capacity(clauses.len());
    for clause in &clauses {
        parts.push(planner.clause(clause)?);
    }
    let suggestion = planner.suggestion();
    let wanted = planner.wanted;
    let any = (parts.len() > 1).then(|| {
        let parts = parts
            .iter()
            .map(|part| (Occur::Should, part.box_clone()))
            .collect();
        filtered(Box::new(BooleanQuery::new(parts)), &filters)
    });
    let all: Box<dyn Query> = match parts.len() {
        0 if text.is_empty() => Box::new(AllQuery),
        0 => Box::new(EmptyQuery),
        1 => parts.swap_remove(0),
        _ => Box::new(BooleanQuery::intersection(parts)),
    };
    Ok(Plan {
        all: filtered(all, &filters),
        any,
        suggestion,
        wanted,
    })
}

fn bounded(text: &str) -> &str {
    text.char_indices()
        .nth(MAX_CHARS)
        .map_or(text, |(end, _)| &text[..end])
}

fn analyzers(view: &View, query: &SearchQuery) -> Vec<Analyzer> {
    match &query.locale {
        Some(locale) => vec![Analyzer::new(locale.language())],
        None => {
            let languages = view.languages().iter().take(MAX_LANGUAGES);
            languages.map(|language| Analyzer::new(language)).collect()
        }
    }
}

fn filters(view: &View, query: &SearchQuery) -> Vec<Term> {
    let fields = view.fields();
    let text = Term::from_field_text;
    let category = query.category.as_deref().map(|path| path.trim_matches('/'));
    [
        query.tag.as_deref().map(|tag| text(fields.tag, tag)),
        category.map(|path| text(fields.category, path)),
        query
            .author
            .as_deref()
            .map(|author| text(fields.author, author)),
        query
            .locale
            .as_ref()
            .map(|locale| fields.locale_term(locale)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn filtered(query: Box<dyn Query>, filters: &[Term]) -> Box<dyn Query> {
    if filters.is_empty() {
        return query;
    }
    let mut parts = vec![query];
    for term in filters {
        let term = TermQuery::new(term.clone(), IndexRecordOption::Basic);
        parts.push(Box::new(ConstScoreQuery::new(Box::new(term), 0.0)));
    }
    Box::new(BooleanQuery::intersection(parts))
}

/// The clauses of a text: words, `"phrases"` and `prefix*`.
fn parse(text: &str) -> Vec<Clause> {
    let mut clauses = Vec::new();
    let mut tokens = 0;
    let mut add = |start: usize, part: &str, prefix: bool| {
        let part_tokens: Vec<_> = words(part, false)
            .take(MAX_TOKENS - tokens)
            .map(|word| start + word.start..start + word.start + word.text.len())
            .collect();
        if !part_tokens.is_empty() && clauses.len() < MAX_CLAUSES {
            tokens += part_tokens.len();
            clauses.push(Clause {
                tokens: part_tokens,
                prefix,
            });
        }
    };
    let mut at = 0;
    for (place, quoted) in text.split('"').enumerate() {
        if place % 2 == 1 {
            add(at, quoted, false);
        } else {
            let mut start = at;
            for word in quoted.split_inclusive(char::is_whitespace) {
                let bare = word.trim_end();
                add(start, bare, bare.ends_with('*'));
                start += word.len();
            }
        }
        at += quoted.len() + 1;
    }
    clauses
}

struct Planner<'a> {
    view: &'a View,
    analyzers: Vec<Analyzer>,
    text: &'a str,
    wanted: Wanted,
    replaced: Vec<(Range<usize>, String)>,
}

impl Planner<'_> {
    fn clause(&mut self, clause: &Clause) -> Result<Box<dyn Query>> {
        let Some((last, front)) = clause.tokens.split_last() else {
            return Ok(Box::new(EmptyQuery));
        };
        // One character of a script without spaces is the beginning of a pair.
        let mut characters = self.text[last.clone()].chars();
        let single = characters.next().is_some_and(is_cjk) && characters.next().is_none();
        let is_begun = clause.prefix || (single && front.is_empty());
        if !is_begun {
            return self.row(&clause.tokens);
        }
        let prefix = self.prefix(&fold(&self.text[last.clone()]));
        if front.is_empty() {
            return Ok(prefix);
        }
        Ok(Box::new(BooleanQuery::intersection(vec![
            self.row(front)?,
            prefix,
        ])))
    }

    fn prefix(&mut self, prefix: &str) -> Box<dyn Query> {
        let fields = self.view.fields();
        let begun = |field| {
            Box::new(FuzzyTermQuery::new_prefix(
                Term::from_field_text(field, prefix),
                0,
                false,
            ))
        };
        self.wanted.prefixes.insert(prefix.to_owned());
        Box::new(BooleanQuery::new(vec![
            (Occur::Should, begun(fields.words) as Box<dyn Query>),
            (
                Occur::Should,
                Box::new(BoostQuery::new(begun(fields.title), 3.0)),
            ),
        ]))
    }

    /// Words in a row.
    fn row(&mut self, tokens: &[Range<usize>]) -> Result<Box<dyn Query>> {
        let mut spelled = Vec::with_capacity(tokens.len());
        for range in tokens {
            let word = &self.text[range.clone()];
            if self.is_known(word)? {
                spelled.push(vec![word.to_owned()]);
                continue;
            }
            let variants = suggest::closest(self.view, &fold(word), MAX_VARIANTS)?;
            match variants.first() {
                Some(best) => {
                    self.replaced.push((range.clone(), best.clone()));
                    spelled.push(variants);
                }
                None => spelled.push(vec![word.to_owned()]),
            }
        }
        let mut parts = Vec::new();
        match spelled.as_slice() {
            [variants] => {
                for (place, variant) in (1_u8..).zip(variants) {
                    self.word(variant, 1.0 / f32::from(place), &mut parts)?;
                }
            }
            row => {
                let row: Vec<&str> = row
                    .iter()
                    .filter_map(|variants| variants.first())
                    .map(String::as_str)
                    .collect();
                self.phrase(&row, &mut parts)?;
            }
        }
        Ok(match parts.len() {
            0 => Box::new(EmptyQuery),
            1 => parts.swap_remove(0),
            _ => Box::new(DisjunctionMaxQuery::with_tie_breaker(parts, OTHER_FIELDS)),
        })
    }

    fn stems(&mut self, word: &str) -> BTreeSet<String> {
        let mut stems: BTreeSet<String> = self
            .analyzers
            .iter_mut()
            .map(|analyzer| analyzer.stem(word))
            .collect();
        stems.insert(fold(word));
        stems
    }

    /// Whether a visible document has the word.
    fn is_known(&mut self, word: &str) -> Result<bool> {
        let fields = self.view.fields();
        if self
            .view
            .count(&Term::from_field_text(fields.words, &fold(word)))?
            > 0
        {
            return Ok(true);
        }
        for stem in self.stems(word) {
            for (field, _) in fields.weighted() {
                if self.view.count(&Term::from_field_text(field, &stem))? > 0 {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn word(&mut self, word: &str, boost: f32, parts: &mut Vec<Box<dyn Query>>) -> Result<()> {
        let fields = self.view.fields();
        self.wanted.words.insert(word.to_owned());
        let stems = self.stems(word);
        let mut add = |field: Field, text: &str, weight: f32, option| -> Result<()> {
            let term = Term::from_field_text(field, text);
            if self.view.count(&term)? > 0 {
                let term = Box::new(TermQuery::new(term, option));
                parts.push(Box::new(BoostQuery::new(term, weight * boost)));
            }
            Ok(())
        };
        // As it is written, a word counts a little more than its other forms.
        add(fields.words, &fold(word), 0.3, IndexRecordOption::Basic)?;
        for stem in stems {
            for (field, weight) in fields.weighted() {
                add(field, &stem, weight, IndexRecordOption::WithFreqs)?;
            }
        }
        Ok(())
    }

    fn phrase(&mut self, row: &[&str], parts: &mut Vec<Box<dyn Query>>) -> Result<()> {
        let mut phrases: BTreeSet<Vec<String>> = self
            .analyzers
            .iter_mut()
            .map(|analyzer| row.iter().map(|word| analyzer.stem(word)).collect())
            .collect();
        phrases.insert(row.iter().map(|word| fold(word)).collect());
        self.wanted
            .words
            .extend(row.iter().map(|word| (*word).to_owned()));
        for phrase in phrases {
            'fields: for (field, weight) in self.view.fields().weighted() {
                let mut terms = Vec::with_capacity(phrase.len());
                for word in &phrase {
                    let term = Term::from_field_text(field, word);
                    if self.view.count(&term)? == 0 {
                        continue 'fields;
                    }
                    terms.push(term);
                }
                let phrase = Box::new(PhraseQuery::new(terms));
                parts.push(Box::new(BoostQuery::new(phrase, weight)));
            }
        }
        Ok(())
    }

    /// The text with what was found in place of what was not.
    fn suggestion(&self) -> Option<String> {
        let mut text = self.text.to_owned();
        for (range, word) in self.replaced.iter().rev() {
            text.replace_range(range.clone(), word);
        }
        (!self.replaced.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn clauses(text: &str) -> Vec<(Vec<&str>, bool)> {
        let clauses = parse(text).into_iter();
        clauses
            .map(|clause| {
                (
                    clause
                        .tokens
                        .into_iter()
                        .map(|token| &text[token])
                        .collect(),
                    clause.prefix,
                )
            })
            .collect()
    }

    #[test]
    fn words_phrases_and_prefixes_are_told_apart() {
        assert_eq!(
            clauses(r#"rust "borrow checker" own* 1.70"#),
            [
                (vec!["rust"], false),
                (vec!["borrow", "checker"], false),
                (vec!["own"], true),
                (vec!["1", "70"], false),
            ]
        );
    }

    #[test]
    fn odd_text_is_no_error() {
        for text in [
            "",
            "\"",
            "***",
            "\"\"\"",
            "a\"",
            "(((",
            "a AND OR -",
            "\u{0}",
            "é*\"ü",
        ] {
            parse(text);
        }
        assert!(parse(&"a ".repeat(100)).len() <= 16);
    }
}
