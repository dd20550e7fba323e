use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use crate::ports::{AnswerFormat, CompletionRequest, Message, Speaker};

use super::guard::Leaks;
use super::in_words;
use super::prompt::{self, Prompt};

/// What a model is asked about a text.
pub(super) struct Question<'a> {
    pub(super) prompt: &'a Prompt,
    /// What the prompt's words in braces stand for.
    pub(super) words: &'a [(&'a str, &'a str)],
    /// What the text is called, and the field that is to blame if the model refuses.
    pub(super) field: &'static str,
    pub(super) text: &'a str,
    /// How the model is shown the text, or what is left of it.
    pub(super) shown: fn(&str) -> Cow<'_, str>,
    /// What else it is given, by name.
    pub(super) data: &'a [(&'a str, &'a str)],
    /// What it is to draw from. Where there are any, they are shortened in place of the text.
    pub(super) sources: &'a [String],
    /// What the answer's JSON looks like; `None` where it is text.
    pub(super) schema: Option<Arc<Value>>,
    pub(super) max_output_tokens: u32,
}

/// A model's answer to a [`Question`].
pub(super) struct Answer<T> {
    pub(super) value: T,
    /// Whether the model has seen less than the whole text.
    pub(super) is_shortened: bool,
    /// What of this prompt and of those before it must not be repeated.
    pub(super) leaks: Leaks,
}

impl Question<'_> {
    /// The request, and what of it must not be repeated.
    pub(super) fn request(
        &self,
        text: &str,
        sources: &[Cow<'_, str>],
    ) -> (CompletionRequest, Leaks) {
        let mut data = vec![(self.field, text)];
        data.extend(self.data);
        data.extend(sources.iter().map(|source| ("source", &**source)));
        let instructions = self.prompt.instructions(self.words);
        let mut leaks = Leaks::of(&instructions, Some(prompt::code(&data)));
        if let Some(schema) = &self.schema {
            leaks.extend(in_words::leaks(schema));
        }
        let request = CompletionRequest {
            instructions,
            messages: vec![Message {
                speaker: Speaker::User,
                text: prompt::fenced(&data),
            }],
            format: match &self.schema {
                Some(schema) => AnswerFormat::Json {
                    name: "answer".to_owned(),
                    schema: Arc::clone(schema),
                },
                None => AnswerFormat::Text,
            },
            max_output_tokens: self.max_output_tokens,
        };
        (request, leaks)
    }
}
