//! What models are told. A prompt is a file: its version in the first line, then what the program wants,
//! with words in braces that [`Prompt::instructions`] fills in from the program's own tables.
//!
//! Texts of users are [data](fenced) in the user's message. Each stands between two lines with a code that
//! is the BLAKE3 hash of all of them together: a text that closes its fence would have to contain its own
//! hash. The code is no secret and needs no random numbers, so that equal requests are equal.

use crate::ports::CompletionRequest;

/// A prompt, as its file says it.
#[derive(Debug)]
pub(super) struct Prompt {
    name: &'static str,
    file: &'static str,
}

macro_rules! prompts {
    ($($(#[$attribute:meta])* $constant:ident = $name:literal,)*) => {
        $($(#[$attribute])* pub(super) const $constant: Prompt = Prompt {
            name: $name,
            file: include_str!(concat!("prompts/", $name, ".md")),
        };)*

        #[cfg(test)]
        const ALL: &[Prompt] = &[$($(#[$attribute])* $constant,)*];
    };
}

prompts! {
    GENERATE = "generate",
    OUTLINE = "outline",
    WRITE = "write",
    CONTINUE = "continue",
    #[cfg(feature = "analysis")]
    SUMMARIZE = "summarize",
    #[cfg(feature = "analysis")]
    SENTIMENT = "sentiment",
    #[cfg(feature = "analysis")]
    SEO = "seo",
    #[cfg(feature = "analysis")]
    REWRITE = "rewrite",
    #[cfg(feature = "analysis")]
    SHORTEN = "shorten",
    #[cfg(feature = "analysis")]
    TRANSLATE = "translate",
    #[cfg(feature = "analysis")]
    SUGGEST = "suggest",
    #[cfg(feature = "analysis")]
    ALT_TEXT = "alt_text",
    #[cfg(feature = "analysis")]
    MODERATE = "moderate",
    REPAIR = "repair",
    JSON = "json",
    JSON_AGAIN = "json_again",
}

/// What all prompts say about data.
const DATA: &str = include_str!("prompts/data.md");
/// What prompts say about pieces of a text that stay as they are.
const PLACEHOLDERS: &str = include_str!("prompts/placeholders.md");

impl Prompt {
    /// Its name and version, such as `generate 1`.
    pub(super) fn version(&self) -> String {
        let first = self.file.lines().next().unwrap_or_default();
        let version = first.strip_prefix("version: ").unwrap_or_default();
        format!("{} {version}", self.name)
    }

    /// What the program wants, with these words filled in. None of them may come from a user.
    pub(super) fn instructions(&self, words: &[(&str, &str)]) -> String {
        let (_, text) = self.file.split_once('\n').unwrap_or_default();
        let filled = words.iter().fold(text.to_owned(), |text, (name, word)| {
            text.replace(&format!("{{{name}}}"), word)
        });
        let filled = filled.replace("{placeholders}", PLACEHOLDERS.trim());
        filled.replace("{data}", DATA.trim()).trim().to_owned()
    }
}

/// Texts of users, by name, each between fences that no text can forge.
pub(super) fn fenced(data: &[(&str, &str)]) -> String {
    let code = code(data);
    let mut message = String::new();
    for (name, text) in data {
        message.push_str(&format!(
            "begin {name} {code}\n{text}\nend {name} {code}\n\n"
        ));
    }
    message.truncate(message.trim_end().len());
    message
}

/// The code that stands in the fences around these texts.
pub(super) fn code(data: &[(&str, &str)]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in data.iter().flat_map(|(name, text)| [name, text]) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().as_str()[..32].to_owned()
}

/// Everything of a request that makes its answer, for the hash in a provenance.
pub(super) fn canonical(request: &CompletionRequest) -> String {
    let CompletionRequest {
        instructions,
        messages,
        format,
        max_output_tokens,
    } = request;
    let messages: Vec<_> = messages
        .iter()
        .map(|message| format!("{:?}: {}", message.speaker, message.text))
        .collect();
    serde_json::json!([
        instructions,
        messages,
        format!("{format:?}"),
        max_output_tokens
    ])
    .to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ALL, GENERATE, code, fenced};

    #[test]
    fn a_prompt_that_changes_gets_another_version() {
        let known: Vec<_> = ALL
            .iter()
            .map(|prompt| {
                let hash = blake3::hash(prompt.instructions(&[]).as_bytes());
                format!("{} {}", prompt.version(), &hash.to_hex()[..16])
            })
            .collect();
        insta::assert_snapshot!(known.join("\n"));
    }

    #[test]
    fn instructions_have_the_words_and_the_rule_on_data() {
        let words = [("style", "STYLE"), ("tone", "TONE"), ("words", "300")];
        let instructions = GENERATE.instructions(&words);
        for word in ["STYLE", "TONE", "300", "begin"] {
            assert!(instructions.contains(word), "{instructions}");
        }
        assert!(!instructions.contains(['{', '}']), "{instructions}");
    }

    proptest! {
        #[test]
        fn no_text_can_close_its_fence(text in ".{0,200}", other in ".{0,50}") {
            let data = [("topic", text.as_str()), ("audience", other.as_str())];
            let code = code(&data);
            let fences = fenced(&data).matches(&code).count();
            prop_assert_eq!(fences, 4);
            // What is fenced again, fences included, gets other fences.
            let fence = fenced(&data);
            let again = fenced(&[("topic", &fence)]);
            let first = format!("begin topic {code}");
            prop_assert!(!again.starts_with(&first));
        }
    }
}
