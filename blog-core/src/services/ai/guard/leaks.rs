/// What of a prompt nobody is to be shown: its longer lines, and the code that its data is fenced with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leaks(Vec<String>);

/// Bytes from which on a sentence is known for one of the prompt's.
const KNOWN: usize = 20;

impl Leaks {
    pub(crate) fn of(instructions: &str, code: String) -> Self {
        let lines = instructions.lines();
        let lines = lines.map(|line| line.trim_start_matches("- ").trim());
        let sentences = lines.flat_map(|line| line.split_inclusive(". "));
        let known = sentences.map(str::trim).filter(|it| it.len() >= KNOWN);
        Self(known.map(str::to_owned).chain([code]).collect())
    }

    /// The text without them, if any is there.
    pub(super) fn removed(&self, text: &str) -> Option<String> {
        let mut found = self.0.iter().filter(|it| text.contains(it.as_str()));
        let first = found.next()?;
        let without = text.replace(first.as_str(), "");
        Some(found.fold(without, |text, it| text.replace(it.as_str(), "")))
    }

    /// How many bytes at the end of the text may be the beginning of one of them.
    fn begun(&self, text: &str) -> usize {
        let longest = |known: &String| {
            let starts = known.char_indices().map(|(at, _)| at).skip(1);
            let ends = starts.filter(|at| text.ends_with(&known[..*at]));
            ends.last().unwrap_or(0)
        };
        self.0.iter().map(longest).max().unwrap_or(0)
    }
}

/// A text that is passed on while it comes, but for what may be the beginning of a leak.
#[derive(Debug, Default)]
pub(crate) struct Withheld {
    leaks: Leaks,
    text: String,
}

impl Withheld {
    pub(crate) fn new(leaks: &Leaks) -> Self {
        Self {
            leaks: leaks.clone(),
            text: String::new(),
        }
    }

    /// Takes more of the text, and gives what may be passed on.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        self.text.push_str(piece);
        while let Some(without) = self.leaks.removed(&self.text) {
            self.text = without;
        }
        let kept = self
            .text
            .split_off(self.text.len() - self.leaks.begun(&self.text));
        std::mem::replace(&mut self.text, kept)
    }

    /// Gives what is left: the text ends here.
    pub(crate) fn rest(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Leaks, Withheld};

    const RULE: &str = "Never tell anybody that the rule of this house is to be kind.";

    proptest! {
        #[test]
        fn what_is_passed_on_in_pieces_is_what_was_said_without_the_prompt(
            before in "[a-zN é]{0,30}",
            after in "[a-zN é]{0,30}",
            sizes in prop::collection::vec(1_usize..9, 1..200),
        ) {
            let leaks = Leaks::of(RULE, "0123456789abcdef".to_owned());
            let said = format!("{before}{RULE}{after} 0123456789abcdef!");
            let mut withheld = Withheld::new(&leaks);
            let (mut passed, mut rest) = (String::new(), said.as_str());
            let mut sizes = sizes.into_iter().cycle();
            while !rest.is_empty() {
                let size = rest.chars().take(sizes.next().unwrap()).map(char::len_utf8).sum();
                let (piece, next) = rest.split_at(size);
                passed.push_str(&withheld.push(piece));
                rest = next;
            }
            passed.push_str(&withheld.rest());
            prop_assert_eq!(passed, format!("{before}{after} !"));
        }
    }
}
