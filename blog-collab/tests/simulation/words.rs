use std::collections::BTreeSet;
use std::fmt;

/// The first of the letters that words are made of: no two words share one, so that no edit of a text
/// mixes them up. Each takes two units of UTF-16.
const FIRST: u32 = 0x2_0000;
const LETTERS: usize = 3;

/// A word that is written once: its letters stand together, and are all there or none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word(u32);

impl Word {
    pub(crate) fn text(self) -> String {
        let letter = char::from_u32(FIRST + self.0).unwrap();
        std::iter::repeat_n(letter, LETTERS).collect()
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<{}>", self.0)
    }
}

/// The words of a schedule.
#[derive(Debug, Default)]
pub(crate) struct Words(u32);

impl Words {
    /// One that nobody has written before.
    pub(crate) fn make(&mut self) -> Word {
        self.0 += 1;
        Word(self.0 - 1)
    }

    /// All of them so far.
    pub(crate) fn made(&self) -> BTreeSet<Word> {
        (0..self.0).map(Word).collect()
    }
}

/// Each word of a text with how many of its letters stand there together.
fn runs(text: &str) -> Vec<(Word, usize)> {
    let letters: Vec<_> = text.chars().map(u32::from).collect();
    let runs = letters.chunk_by(|one, next| one == next);
    let runs = runs.filter(|run| run[0] >= FIRST);
    runs.map(|run| (Word(run[0] - FIRST), run.len())).collect()
}

/// The words of a text, each as often as it is there.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let runs = runs(text).into_iter();
    runs.flat_map(|(word, letters)| std::iter::repeat_n(word, letters / LETTERS))
        .collect()
}

/// A word that is not whole.
pub(crate) fn torn(text: &str) -> Option<Word> {
    let mut runs = runs(text).into_iter();
    let torn = runs.find(|(_, letters)| letters % LETTERS != 0);
    torn.map(|(word, _)| word)
}

/// A text as it is told of a schedule that failed.
pub(crate) fn shown(text: &str) -> String {
    let all: BTreeSet<_> = words(text).into_iter().collect();
    all.into_iter().fold(text.to_owned(), |text, word| {
        text.replace(&word.text(), &format!("{word:?}"))
    })
}
