//! The styles, tones and lengths that a blog offers unless its host says otherwise.

use super::{Choice, Length};

const STYLES: [(&str, &str); 8] = [
    (
        "article",
        "an article that informs: the point first, then what supports it, under headings",
    ),
    (
        "tutorial",
        "a tutorial: what is needed, numbered steps that can be followed, and what comes out",
    ),
    (
        "essay",
        "an essay that follows one thought, in paragraphs, with few headings",
    ),
    (
        "story",
        "a story about people and what happened to them, in scenes",
    ),
    (
        "news",
        "a news item: who, what, when, where and why in the first paragraph, then details",
    ),
    (
        "review",
        "a review: what it is, what is good, what is not, and for whom it is",
    ),
    (
        "list",
        "a list: a short introduction, then numbered headings with a paragraph each",
    ),
    (
        "interview",
        "questions as headings, answers below, marked as imagined by the writer",
    ),
];

const TONES: [(&str, &str); 7] = [
    ("neutral", "factual and calm"),
    ("friendly", "warm, as one tells a friend"),
    ("formal", "formal and exact"),
    ("conversational", "loose and direct, addressing the reader"),
    ("enthusiastic", "lively, without exaggeration"),
    ("humorous", "light, with some wit"),
    ("persuasive", "arguing for a view, fair to others"),
];

const LENGTHS: [(&str, u32); 4] = [
    ("medium", 700),
    ("short", 300),
    ("long", 1_500),
    ("brief", 120),
];

pub(super) fn styles() -> Vec<Choice> {
    STYLES.map(choice).into()
}

pub(super) fn tones() -> Vec<Choice> {
    TONES.map(choice).into()
}

pub(super) fn lengths() -> Vec<Length> {
    LENGTHS
        .map(|(name, words)| Length {
            name: name.to_owned(),
            words,
        })
        .into()
}

fn choice((name, meaning): (&str, &str)) -> Choice {
    Choice {
        name: name.to_owned(),
        meaning: meaning.to_owned(),
    }
}
