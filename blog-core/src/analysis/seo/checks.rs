use super::finding::{Finding, FindingCode};
use super::width::estimated_width;
use super::{DESCRIPTION_CHARACTERS, SeoSubject, TITLE_CHARACTERS, described, titled};
use crate::analysis::{KeyPhrase, Prose};
use crate::domain::Slug;

/// What Google shows on a desktop: titles in Arial of 20 pixels, descriptions in 14.
const TITLE_PIXELS: f64 = 580.0;
const DESCRIPTION_PIXELS: f64 = 920.0;
const SLUG_CHARACTERS: usize = 60;

pub(super) fn title(subject: &SeoSubject<'_>, about: &[KeyPhrase], findings: &mut Vec<Finding>) {
    let title = titled(subject.content).trim();
    let mut add = |code, message: String| findings.push(Finding::new(code, message));
    let (length, width) = (title.chars().count(), estimated_width(title, 20.0));
    if title.is_empty() {
        return add(FindingCode::TitleMissing, "There is no title.".to_owned());
    }
    if length > *TITLE_CHARACTERS.end() || width > TITLE_PIXELS {
        let message = format!(
            "The title has {length} characters and is about {width:.0} pixels wide; search engines \
             cut it after {} or {TITLE_PIXELS:.0}.",
            TITLE_CHARACTERS.end(),
        );
        add(FindingCode::TitleLong, message);
    } else if length < *TITLE_CHARACTERS.start() && width < TITLE_PIXELS / 4.0 {
        add(
            FindingCode::TitleShort,
            format!("The title has only {length} characters."),
        );
    }
    if subject
        .in_use
        .titles
        .iter()
        .any(|other| is_same(other, title))
    {
        let message = format!("Another post has the title “{title}”.");
        add(FindingCode::TitleDuplicate, message);
    }
    let mut words = about
        .iter()
        .flat_map(|phrase| phrase.text.split([' ', '-']));
    if !about.is_empty() && !words.any(|word| has(title, word)) {
        let phrases: Vec<_> = about.iter().take(3).map(|p| p.text.as_str()).collect();
        let message = format!(
            "The title has none of the words that the post is about, such as {}.",
            phrases.join(", ")
        );
        add(FindingCode::TitleOffTopic, message);
    }
}

pub(super) fn description(subject: &SeoSubject<'_>, findings: &mut Vec<Finding>) {
    let mut add = |code, message: String| findings.push(Finding::new(code, message));
    let Some(text) = described(subject.content).map(str::trim) else {
        let message = "There is neither a description nor an excerpt.".to_owned();
        return add(FindingCode::DescriptionMissing, message);
    };
    let (length, width) = (text.chars().count(), estimated_width(text, 14.0));
    if length > *DESCRIPTION_CHARACTERS.end() || width > DESCRIPTION_PIXELS {
        let message = format!(
            "The description has {length} characters and is about {width:.0} pixels wide; search \
             engines cut it after {} or {DESCRIPTION_PIXELS:.0}.",
            DESCRIPTION_CHARACTERS.end(),
        );
        add(FindingCode::DescriptionLong, message);
    } else if length < *DESCRIPTION_CHARACTERS.start() && width < DESCRIPTION_PIXELS / 3.0 {
        let message = format!("The description has only {length} characters.");
        add(FindingCode::DescriptionShort, message);
    }
    if subject
        .in_use
        .descriptions
        .iter()
        .any(|other| is_same(other, text))
    {
        let message = "Another post has the same description.".to_owned();
        add(FindingCode::DescriptionDuplicate, message);
    }
}

pub(super) fn slug(subject: &SeoSubject<'_>, findings: &mut Vec<Finding>) {
    let slug = subject.slug;
    let mut add = |code, message: String| findings.push(Finding::new(code, message));
    if let Err(error) = Slug::parse(slug) {
        return add(FindingCode::SlugInvalid, format!("The slug {error}."));
    }
    if slug.len() > SLUG_CHARACTERS {
        let length = slug.len();
        let message = format!("The slug has {length} characters; {SLUG_CHARACTERS} are enough.");
        add(FindingCode::SlugLong, message);
    }
    if subject.in_use.slugs.contains(&slug) {
        let message = format!("Another post has the slug “{slug}”.");
        add(FindingCode::SlugDuplicate, message);
    }
    let is_word = |part: &str| part.len() > 1 && part.contains(|c: char| c.is_ascii_alphabetic());
    if !slug.split('-').any(|part| is_word(part) && part != "post") {
        let message = format!("The slug “{slug}” does not say what the post is about.");
        add(FindingCode::SlugMeaningless, message);
    }
}

/// Whether the first SEO keyword that is not blank is where searchers look.
pub(super) fn keyword(subject: &SeoSubject<'_>, prose: &Prose, findings: &mut Vec<Finding>) {
    let mut keywords = subject.content.seo.keywords.iter().map(|k| k.trim());
    let Some(keyword) = keywords.find(|keyword| !keyword.is_empty()) else {
        return;
    };
    let mut add = |code, place: &str| {
        let message = format!("The keyword “{keyword}” is not in the {place}.");
        findings.push(Finding::new(code, message));
    };
    if !has(titled(subject.content), keyword) {
        add(FindingCode::KeywordNotInTitle, "title");
    }
    if described(subject.content).is_some_and(|text| !has(text, keyword)) {
        add(FindingCode::KeywordNotInDescription, "description");
    }
    let Some(first) = prose.paragraphs().first() else {
        return;
    };
    if !has(&prose.text(), keyword) {
        add(FindingCode::KeywordNotInBody, "body");
    } else if !has(first.text(), keyword) {
        add(FindingCode::KeywordNotInBeginning, "first paragraph");
    }
}

/// Whether the words stand in the text as whole words, in whatever case.
fn has(text: &str, words: &str) -> bool {
    let (text, words) = (text.to_lowercase(), words.to_lowercase());
    text.match_indices(&words).any(|(start, found)| {
        let end = start + found.len();
        is_boundary(text[..start].chars().next_back(), found.chars().next())
            && is_boundary(text[end..].chars().next(), found.chars().next_back())
    })
}

fn is_boundary(outside: Option<char>, inside: Option<char>) -> bool {
    let goes_on = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    inside.is_some_and(is_written_without_spaces) || !(goes_on(outside) && goes_on(inside))
}

/// Thai, Lao, Burmese, Khmer, and the scripts of East Asia (Korean puts particles behind words).
const fn is_written_without_spaces(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..)
}

fn is_same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}
