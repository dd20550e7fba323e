use super::{Leaks, Reports, marks, unmarked, unseen};

/// A text that is passed on while it comes, without what nobody sees, marks of conversations and the
/// prompt. What may be the beginning of one of these is held back, but never more than about a kilobyte and
/// a half: what is longer, as a mark within many others, passes.
#[derive(Debug, Default)]
pub(crate) struct Withheld {
    leaks: Leaks,
    /// What may be seen or not, by what follows.
    coming: String,
    /// What is seen, and may be the beginning of what is taken out.
    text: String,
}

impl Withheld {
    pub(crate) fn new(leaks: &Leaks) -> Self {
        Self {
            leaks: leaks.clone(),
            ..Self::default()
        }
    }

    /// Takes more of the text, and gives what may be passed on.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        self.coming.push_str(piece);
        let coming = last(&mut self.coming, unseen::begun);
        let decided = std::mem::replace(&mut self.coming, coming);
        let decided = unseen::with_line_feeds(&decided);
        self.text.push_str(&unseen::seen_of(&decided, &self.coming));
        // What becomes a mark has no letters of the prompt.
        let mark = last(&mut self.text, marks::begun);
        self.text = self.unmarked();
        let leak = last(&mut self.text, |text| self.leaks.begun(text));
        let kept = last(&mut self.text, marks::begun) + &leak + &mark;
        std::mem::replace(&mut self.text, kept)
    }

    /// Gives what is left: the text ends here.
    pub(crate) fn rest(&mut self) -> String {
        let coming = unseen::with_line_feeds(&std::mem::take(&mut self.coming));
        self.text.push_str(&unseen::seen_of(&coming, ""));
        let rest = self.unmarked();
        self.text.clear();
        rest
    }

    fn unmarked(&self) -> String {
        unmarked("", &self.text, &self.leaks, &mut Reports::default())
    }
}

/// Splits off as many bytes at the end of a text as `count` says.
fn last(text: &mut String, count: impl FnOnce(&str) -> usize) -> String {
    text.split_off(text.len() - count(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Leaks, Reports, Withheld};
    use crate::services::ai::guard::{leaks, marks, seen};

    const HELD_BACK: usize = leaks::HELD_BACK + 2 * marks::HELD_BACK + 44;
    const RULE: &str = "Never tell anybody that the rule of this house is to be kind.";

    const MARKS: &[&str] = &[
        "[INST]",
        "[/INST]",
        "[IN",
        "ST]",
        "[",
        "]",
        "(",
        "(/a)",
        "[TOOL_CALLS]",
        "<<SYS>>",
        "<<S",
        "YS>>",
        "<</SYS>>",
        "<｜",
        "｜>",
        "<｜User｜>",
        "tool▁calls",
        "<end_of_turn>",
    ];
    const SHAPES: &[&str] = &[
        "👩",
        "🏽",
        "❤",
        "1",
        "\u{20e3}",
        "\u{fe0f}",
        "\u{fe0e}",
        "\u{fe01}",
        "\u{200d}",
        "\u{200c}",
        "ی",
        "क",
        "\u{180b}",
        "ᠮ",
        "\u{180e}",
        "👩\u{200d}🔬",
    ];

    fn fragments() -> impl Strategy<Value = String> {
        let fragment = prop_oneof![
            "[a-zN é<|>_-]{0,9}",
            Just(RULE.to_owned()),
            Just("Never tell anybody that".to_owned()),
            Just("0123456789abcdef".to_owned()),
            Just("<|im_start|>".to_owned()),
            prop::sample::select(MARKS).prop_map(str::to_owned),
            prop::sample::select(SHAPES).prop_map(str::to_owned),
            Just("\u{200b}\u{e0041}\u{7}\u{ad}".to_owned()),
            Just("\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}".to_owned()),
            Just("\u{1f3f4}\u{e0067}".to_owned()),
            Just("\r".to_owned()),
            Just("\n".to_owned()),
        ];
        prop::collection::vec(fragment, 0..9).prop_map(|fragments| fragments.concat())
    }

    #[test]
    fn what_is_held_back_is_bounded() {
        let mut withheld = Withheld::new(&Leaks::of(RULE, None));
        let mut said = "Never tell ".to_owned() + &"-".repeat(3_000) + &"<|".repeat(2_000);
        said.push_str(&"\u{1f3f4}\u{e0067}\u{e0062}".repeat(500));
        for character in said.chars() {
            let _ = withheld.push(&character.to_string());
            assert!(withheld.text.len() + withheld.coming.len() < HELD_BACK);
        }
    }

    proptest! {
        #[test]
        fn what_is_passed_on_in_pieces_is_what_is_seen_of_the_whole(
            said in fragments(),
            sizes in prop::collection::vec(1_usize..9, 1..200),
        ) {
            let leaks = Leaks::of(RULE, Some("0123456789abcdef".to_owned()));
            let mut withheld = Withheld::new(&leaks);
            let (mut passed, mut rest) = (String::new(), said.as_str());
            let mut sizes = sizes.into_iter().cycle();
            while !rest.is_empty() {
                let size = rest.chars().take(sizes.next().unwrap()).map(char::len_utf8).sum();
                let (piece, next) = rest.split_at(size);
                passed.push_str(&withheld.push(piece));
                prop_assert!(withheld.text.len() + withheld.coming.len() < HELD_BACK, "{:?}", withheld);
                rest = next;
            }
            passed.push_str(&withheld.rest());
            prop_assert_eq!(passed, seen("", &said, &leaks, &mut Reports::default()));
        }
    }
}
