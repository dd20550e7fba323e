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
            let letters: String = letters_of(sentence).map(|(_, letter)| letter).collect();
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
        let found = self.0.iter().flat_map(|known| known.found(text, &letters));
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
        let begun = self.0.iter().map(|known| known.begun(text, &letters));
        begun.filter(|it| counts(*it)).max().unwrap_or(0)
    }
}

impl Known {
    fn found(&self, text: &str, letters: &Letters) -> Vec<Range<usize>> {
        match self {
            Self::Exactly(known) => find_all(known, text),
            Self::ByLetters(known) => {
                let mut found = find_all(known, &letters.text);
                for place in &mut found {
                    let (first, last) =
                        (&letters.places[place.start], &letters.places[place.end - 1]);
                    *place = first.start..last.end;
                }
                found
            }
        }
    }

    fn begun(&self, text: &str, letters: &Letters) -> usize {
        match self {
            Self::Exactly(known) => shared(text, known),
            Self::ByLetters(known) => match shared(&letters.text, known) {
                0 => 0,
                count => text.len() - letters.places[letters.places.len() - count].start,
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

/// The letters and digits of a text, in lower case, and for each of their bytes where the character stands.
struct Letters {
    text: String,
    places: Vec<Range<usize>>,
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut letters = Self {
            text: String::with_capacity(text.len()),
            places: Vec::with_capacity(text.len()),
        };
        for (place, letter) in letters_of(text) {
            letters.text.push(letter);
            letters.places.resize(letters.text.len(), place);
        }
        letters
    }
}

/// The letters and digits of a text, in lower case, and where the character of each stands.
fn letters_of(text: &str) -> impl Iterator<Item = (Range<usize>, char)> {
    let characters = text.char_indices().filter(|(_, it)| it.is_alphanumeric());
    characters.flat_map(|(at, character)| {
        let place = at..at + character.len_utf8();
        character
            .to_lowercase()
            .map(move |letter| (place.clone(), letter))
    })
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
