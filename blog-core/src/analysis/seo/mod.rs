//! Checks of what search engines show of a post.

mod body;
mod checks;
mod finding;
mod outline;
mod width;

use std::ops::RangeInclusive;

use serde::Serialize;

use super::{KeyPhrase, Prose, key_phrases};
use crate::domain::{Content, Locale};

pub use finding::{Finding, FindingCode, Severity};

/// What search engines show of a title is enough and not cut.
pub(super) const TITLE_CHARACTERS: RangeInclusive<usize> = 15..=60;
/// As for titles.
pub(super) const DESCRIPTION_CHARACTERS: RangeInclusive<usize> = 50..=155;
/// Key phrases that a report names.
const KEY_PHRASES: usize = 10;

/// What is checked.
#[derive(Debug, Clone, Copy)]
pub struct SeoSubject<'a> {
    /// The post. The first of its SEO keywords is the one that readers are to find it by.
    pub content: &'a Content,
    /// The readable part of its address.
    pub slug: &'a str,
    /// The language it is in.
    pub locale: &'a Locale,
    /// What the blog's other posts have.
    pub in_use: InUse<'a>,
}

/// What other posts have of which there should be no two in a language; the caller looks it up.
#[derive(Debug, Clone, Copy, Default)]
pub struct InUse<'a> {
    /// Titles, those of the SEO fields where there are any.
    pub titles: &'a [&'a str],
    /// Descriptions, or excerpts where there is none.
    pub descriptions: &'a [&'a str],
    /// Slugs.
    pub slugs: &'a [&'a str],
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeoReport {
    /// 100 less the weight of each code that was found, however often; at least 0. The weights are
    /// [`FindingCode::weight`]'s.
    pub score: u8,
    /// Errors first, then warnings and hints; equal ones by line, those of no line before.
    pub findings: Vec<Finding>,
    /// What the post is about; empty where the language is not covered.
    pub key_phrases: Vec<KeyPhrase>,
}

/// Checks title, description, slug, headings, pictures, links, length and keyword of a post whose
/// body reads as `prose`.
#[must_use]
pub fn check_seo(subject: &SeoSubject<'_>, prose: &Prose) -> SeoReport {
    let key_phrases = key_phrases(prose, subject.locale, KEY_PHRASES).unwrap_or_default();
    let mut findings = Vec::new();
    checks::title(subject, &key_phrases, &mut findings);
    checks::description(subject, &mut findings);
    checks::slug(subject, &mut findings);
    checks::keyword(subject, prose, &mut findings);
    body::check(&subject.content.body, &mut findings);
    findings.sort_by_key(|finding: &Finding| (finding.severity, finding.line));
    SeoReport {
        score: score(&findings),
        findings,
        key_phrases,
    }
}

fn score(findings: &[Finding]) -> u8 {
    let mut codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
        .into_iter()
        .fold(100, |score: u8, code| score.saturating_sub(code.weight()))
}

/// The description that a page shows: of the SEO fields, else the excerpt.
pub(crate) fn described(content: &Content) -> Option<&str> {
    let texts = [
        content.seo.description.as_deref(),
        content.excerpt.as_deref(),
    ];
    texts
        .into_iter()
        .flatten()
        .find(|text| !text.trim().is_empty())
}

/// The title that a page shows: of the SEO fields, else the post's.
pub(crate) fn titled(content: &Content) -> &str {
    let of_seo = content.seo.title.as_deref();
    of_seo
        .filter(|title| !title.trim().is_empty())
        .unwrap_or(&content.title)
}
