use std::collections::HashMap;

use unicode_segmentation::UnicodeSegmentation;

/// Words of a phrase that is looked for: each place of its first word takes as many comparisons.
const PHRASE: usize = 12;

/// The words of a text (UAX #29), to find where it says something in whatever case.
#[derive(Debug)]
pub(super) struct Mentions<'a> {
    text: &'a str,
    /// Each word in lower case, and where it stands.
    words: Vec<(String, usize, usize)>,
    /// The places of each word among the words.
    places: HashMap<String, Vec<usize>>,
}

impl<'a> Mentions<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let words: Vec<_> = text
            .unicode_word_indices()
            .map(|(start, word)| (word.to_lowercase(), start, start + word.len()))
            .collect();
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, (word, ..)) in words.iter().enumerate() {
            places.entry(word.clone()).or_default().push(place);
        }
        Self {
            text,
            words,
            places,
        }
    }

    /// Each time that it says these words in a line, as they stand there; more than twelve are not looked for.
    pub(super) fn each(&self, phrase: &str) -> impl Iterator<Item = &'a str> {
        let wanted: Vec<_> = phrase
            .unicode_words()
            .take(PHRASE + 1)
            .map(str::to_lowercase)
            .collect();
        let first = wanted.first().filter(|_| wanted.len() <= PHRASE);
        let places = first.and_then(|first| self.places.get(first));
        places.into_iter().flatten().filter_map(move |place| {
            let said = self.words.get(*place..*place + wanted.len())?;
            let is_said = said.iter().map(|(word, ..)| word).eq(&wanted);
            let (_, start, _) = said.first().filter(|_| is_said)?;
            let (.., end) = said.last()?;
            let said = &self.text[*start..*end];
            (!said.contains('\n')).then_some(said)
        })
    }

    /// The first time that it says these words.
    pub(super) fn first(&self, phrase: &str) -> Option<&'a str> {
        self.each(phrase).next()
    }
}

#[cfg(test)]
mod tests {
    use super::Mentions;

    #[test]
    fn words_are_found_whole_and_in_any_case() {
        let mentions = Mentions::of("Machine learning, and machine-learning.\nMachine\nlearning");
        let said: Vec<_> = mentions.each("machine Learning").collect();
        assert_eq!(said, ["Machine learning", "machine-learning"]);
        let thirteen = "a ".repeat(13);
        assert_eq!(Mentions::of(&thirteen).first(&thirteen), None);
        for unsaid in ["mach", "learning machine", "", "-"] {
            assert_eq!(mentions.first(unsaid), None, "{unsaid}");
        }
    }
}
