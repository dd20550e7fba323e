use std::collections::BTreeSet;

use crate::words::{Word, shown, torn, words};

/// What people were told of the text, and what they have seen of it.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    /// Words that were acknowledged, or that somebody has of another.
    pub(crate) there: BTreeSet<Word>,
    /// Words that somebody wanted to remove, whatever became of it.
    pub(crate) removed: BTreeSet<Word>,
    /// Words whose removal was acknowledged, or that somebody saw vanish.
    pub(crate) gone: BTreeSet<Word>,
    /// Words that a version has which somebody wanted to restore.
    restored: BTreeSet<Word>,
}

impl Promises {
    pub(crate) fn add(&mut self, other: Self) {
        self.there.extend(other.there);
        self.removed.extend(other.removed);
        self.gone.extend(other.gone);
        self.restored.extend(other.restored);
    }

    /// Somebody wants to restore a version that says this, whatever becomes of it. `made` are all words
    /// so far: which of them the text has that it replaces, nobody knows.
    pub(crate) fn restore(&mut self, text: &str, made: BTreeSet<Word>) {
        let kept: BTreeSet<_> = words(text).into_iter().collect();
        self.removed.extend(made.difference(&kept));
        self.restored.extend(kept);
    }

    /// Fails unless a text holds to all of them.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        let broken = |word: Word, what| Err(format!("{word:?} {what}: {:?}", shown(text)));
        if let Some(word) = torn(text) {
            return broken(word, "is torn");
        }
        let mut there = BTreeSet::new();
        for word in words(text) {
            if !there.insert(word) {
                return broken(word, "is there twice");
            }
            if self.gone.contains(&word) && !self.restored.contains(&word) {
                return broken(word, "was gone, and is there again");
            }
        }
        let kept = self.there.difference(&self.removed);
        match kept.into_iter().find(|word| !there.contains(word)) {
            Some(word) => broken(*word, "is lost"),
            None => Ok(()),
        }
    }
}
