use serde::Serialize;

use super::seo::{DESCRIPTION_CHARACTERS, TITLE_CHARACTERS};
use super::stop_words::stop_words;
use super::summary::joined;
use super::{Prose, extract_summary, key_phrases};
use crate::domain::{Content, Locale, Slug};

/// A description that is shorter is made of two sentences if they fit.
const SHORT_DESCRIPTION: usize = 70;
const KEYWORDS: usize = 8;
const SLUG_WORDS: usize = 6;

/// SEO fields drawn from a post, without a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeoProposal {
    /// At most 60 characters.
    pub title: Proposal<String>,
    /// At most 155 characters; empty for a post without text.
    pub description: Proposal<String>,
    /// At most 8: the first four of the post's tags, then its key phrases.
    pub keywords: Proposal<Vec<String>>,
    /// Of at most six words.
    pub slug: Proposal<Slug>,
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Proposal<T> {
    /// What is proposed.
    pub value: T,
    /// A sentence for people, in English.
    pub why: String,
}

/// Proposes SEO fields for a post in the language of `locale` whose body reads as `prose`.
#[must_use]
pub fn propose_seo(content: &Content, prose: &Prose, locale: &Locale) -> SeoProposal {
    SeoProposal {
        title: title(content.title.trim()),
        description: description(content, prose, locale),
        keywords: keywords(content, prose, locale),
        slug: slug(&content.title, locale),
    }
}

impl<T> Proposal<T> {
    fn new(value: T, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { value, why }
    }
}

fn title(title: &str) -> Proposal<String> {
    let longest = *TITLE_CHARACTERS.end();
    if is_within(title, longest) {
        return Proposal::new(title.to_owned(), "The post's title fits.");
    }
    let parts = [": ", " – ", " — ", " | ", " - ", " ("];
    let ends = parts.iter().filter_map(|part| title.find(part));
    let part = ends
        .map(|end| &title[..end])
        .filter(|part| TITLE_CHARACTERS.contains(&part.chars().count()));
    match part.max_by_key(|part| part.len()) {
        Some(part) => Proposal::new(
            part.to_owned(),
            "The first part of the title: the whole would be cut.",
        ),
        None => Proposal::new(
            shortened(title, longest),
            "The title, cut between words: search engines show about 60 characters.",
        ),
    }
}

fn description(content: &Content, prose: &Prose, locale: &Locale) -> Proposal<String> {
    let excerpt = content
        .excerpt
        .as_deref()
        .map(str::trim)
        .unwrap_or_default();
    let longest = *DESCRIPTION_CHARACTERS.end();
    if !excerpt.is_empty() && is_within(excerpt, longest) {
        return Proposal::new(excerpt.to_owned(), "The post's excerpt fits.");
    }
    let summary = extract_summary(prose, locale, 5);
    let fits = |text: &String| is_within(text, longest);
    let Some(best) = summary.sentences.iter().position(fits) else {
        let first = summary.sentences.first().map_or(excerpt, String::as_str);
        return Proposal::new(
            shortened(first, longest),
            "The sentence that says the most, cut between words.",
        );
    };
    let best = &summary.sentences[best..];
    let both = best.get(..2).map(joined);
    match both.filter(|both| is_within(&best[0], SHORT_DESCRIPTION) && is_within(both, longest)) {
        Some(both) => Proposal::new(both, "Two sentences that say the most and fit together."),
        None => Proposal::new(
            best[0].clone(),
            "The first of the sentences that say the most and fit.",
        ),
    }
}

fn keywords(content: &Content, prose: &Prose, locale: &Locale) -> Proposal<Vec<String>> {
    let phrases = key_phrases(prose, locale, KEYWORDS).unwrap_or_default();
    let why = if phrases.is_empty() {
        "The post's tags: no key phrases were found."
    } else {
        "What the text speaks of most, and the post's tags."
    };
    let mut keywords: Vec<String> = Vec::new();
    let tags = content.tags.iter().take(KEYWORDS / 2).cloned();
    for keyword in tags.chain(phrases.into_iter().map(|phrase| phrase.text)) {
        let is_new = |other: &String| other.to_lowercase() != keyword.to_lowercase();
        if keywords.len() < KEYWORDS && keywords.iter().all(is_new) {
            keywords.push(keyword);
        }
    }
    Proposal::new(keywords, why)
}

/// The title's first words that say something, or its first words if too few do.
fn slug(title: &str, locale: &Locale) -> Proposal<Slug> {
    let stops = stop_words(locale).unwrap_or_default();
    let telling: Vec<_> = title
        .split_whitespace()
        .filter(|word| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            !word.is_empty() && !stops.contains(word.to_lowercase().as_str())
        })
        .take(SLUG_WORDS)
        .collect();
    if telling.len() < 2 {
        return Proposal::new(shortened_slug(title), "The words of the title.");
    }
    let why = "The words of the title that say something.";
    Proposal::new(shortened_slug(&telling.join(" ")), why)
}

/// Titles without spaces have many words in a slug too.
fn shortened_slug(title: &str) -> Slug {
    let slug = Slug::from_title(title);
    let words: Vec<_> = slug.as_str().split('-').take(SLUG_WORDS).collect();
    Slug::from_title(&words.join("-"))
}

fn is_within(text: &str, characters: usize) -> bool {
    text.chars().nth(characters).is_none()
}

/// The text's beginning with an ellipsis, cut between words if it has spaces.
fn shortened(text: &str, characters: usize) -> String {
    if is_within(text, characters) {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(characters - 1).collect();
    let end = beginning.rfind(char::is_whitespace).filter(|end| *end > 0);
    let kept = &beginning[..end.unwrap_or(beginning.len())];
    kept.trim_end_matches(|c: char| !c.is_alphanumeric())
        .to_owned()
        + "…"
}
