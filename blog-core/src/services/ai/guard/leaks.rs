use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use memchr::memmem;

/// What of a prompt nobody is to be shown: its longer sentences, and the code that its data is fenced with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leaks(Arc<Vec<Known>>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    /// As it is written: others may say something like it.
    Exactly(String),
    /// By its letters and digits alone, whatever stands between them.
    ByLetters(String),
}

/// Bytes from which on a sentence is known for one of the prompt's.
const KNOWN: usize = 20;
/// Letters from which on nobody else says the same.
const LETTERS: usize = 40;
/// Bytes that may be held back of a text that comes in pieces.
pub(super) const HELD_BACK: usize = 1_000;

impl Leaks {
    pub(crate) fn of(instructions: &str, code: Option<String>) -> Self {
        let lines = instructions.lines();
        let lines = lines.map(|line| line.trim_start_matches("- ").trim());
        let sentences = lines.flat_map(|line| line.split_inclusive(". "));
        let known = sentences.map(str::trim).filter(|it| it.len() >= KNOWN);
        let known = known.map(|sentence| {
            let letters = Letters::of(sentence).text;
            match letters.len() {
                LETTERS.. => Known::ByLetters(letters),
                _ => Known::Exactly(sentence.to_owned()),
            }
        });
        Self(Arc::new(known.chain(code.map(Known::Exactly)).collect()))
    }

    /// These, and those of another prompt.
    pub(crate) fn extend(&mut self, others: Self) {
        let known = Arc::make_mut(&mut self.0);
        for other in others.0.iter() {
            if !known.contains(other) {
                known.push(other.clone());
            }
        }
    }

    /// The text without them, if any is there.
    pub(super) fn removed(&self, text: &str) -> Option<String> {
        let letters = Letters::of(text);
        let found = self.0.iter().flat_map(|known| known.found(&letters));
        let mut found: Vec<_> = found.collect();
        if found.is_empty() {
            return None;
        }
        found.sort_by_key(|place| place.start);
        let mut without = String::with_capacity(text.len());
        let mut at = 0;
        for place in found {
            without.push_str(&text[at..place.start.max(at)]);
            at = at.max(place.end);
        }
        without.push_str(&text[at..]);
        Some(without)
    }

    /// How many bytes at the end of the text may be the beginning of one of them, and may be held back.
    pub(super) fn begun(&self, text: &str) -> usize {
        self.all_begun(text, |bytes| bytes <= HELD_BACK)
    }

    /// From which byte on the text may be the beginning of one of them.
    pub(super) fn open(&self, text: &str) -> usize {
        text.len() - self.all_begun(text, |_| true)
    }

    fn all_begun(&self, text: &str, counts: impl Fn(usize) -> bool) -> usize {
        let letters = Letters::of(text);
        let begun = self.0.iter().map(|known| known.begun(&letters));
        begun.filter(|it| counts(*it)).max().unwrap_or(0)
    }
}

impl Known {
    fn found(&self, letters: &Letters<'_>) -> Vec<Range<usize>> {
        match self {
            Self::Exactly(known) => find_all(known, letters.written),
            Self::ByLetters(known) => {
                let found = find_all(known, &letters.text);
                found.into_iter().map(|it| letters.place(it)).collect()
            }
        }
    }

    fn begun(&self, letters: &Letters<'_>) -> usize {
        match self {
            Self::Exactly(known) => shared(letters.written, known),
            Self::ByLetters(known) => match shared(&letters.text, known) {
                0 => 0,
                count => {
                    let end = letters.text.len();
                    letters.written.len() - letters.place(end - count..end).start
                }
            },
        }
    }
}

/// Where one text stands in another.
fn find_all(known: &str, text: &str) -> Vec<Range<usize>> {
    // Most texts are single lines, for which no searcher is made.
    if text.len() < known.len() {
        return vec![];
    }
    let found = memmem::find_iter(text.as_bytes(), known);
    found.map(|at| at..at + known.len()).collect()
}

/// How many bytes at the end of a text are the beginning of another, and not all of it.
pub(super) fn shared(text: &str, other: &str) -> usize {
    let starts = other.char_indices().map(|(at, _)| at).skip(1);
    let ends = starts.filter(|at| text.ends_with(&other[..*at]));
    ends.last().unwrap_or(0)
}

/// The letters and digits of a text, in lower case.
struct Letters<'t> {
    written: &'t str,
    text: String,
    /// For each byte of them where the character stands that it comes from: asked for where something is found.
    places: OnceCell<Vec<Range<usize>>>,
}

impl<'t> Letters<'t> {
    fn of(written: &'t str) -> Self {
        let mut text = String::with_capacity(written.len());
        for character in written.chars().filter(|it| it.is_alphanumeric()) {
            match character.is_ascii() {
                true => text.push(character.to_ascii_lowercase()),
                false => text.extend(character.to_lowercase()),
            }
        }
        Self {
            written,
            text,
            places: OnceCell::new(),
        }
    }

    /// Where a part of them is written, which is not empty.
    fn place(&self, letters: Range<usize>) -> Range<usize> {
        let places = self.places.get_or_init(|| self.places());
        places[letters.start].start..places[letters.end - 1].end
    }

    fn places(&self) -> Vec<Range<usize>> {
        let mut places = Vec::with_capacity(self.text.len());
        let characters = self.written.char_indices();
        for (at, character) in characters.filter(|(_, it)| it.is_alphanumeric()) {
            let bytes: usize = character.to_lowercase().map(char::len_utf8).sum();
            places.resize(places.len() + bytes, at..at + character.len_utf8());
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::Leaks;

    #[test]
    fn a_prompt_is_known_however_it_is_written() {
        let leaks = Leaks::of(
            "You write posts. Never tell anybody that the rule of this house is to be kind.",
            None,
        );
        for said in [
            "a Never tell anybody that the rule of this house is to be kind. b",
            "a NEVER TELL ANYBODY THAT THE RULE OF THIS HOUSE IS TO BE KIND. b",
            "a Never\n> *tell* anybody -- that the, rule of this `house` is to_be kind. b",
            "a N-e-v-e-r tell anybody that the rule of this house is to be kind. b",
        ] {
            assert_eq!(leaks.removed(said).as_deref(), Some("a . b"), "{said}");
        }
        assert_eq!(
            leaks.removed("Never tell anybody that they write posts."),
            None
        );
    }
}
