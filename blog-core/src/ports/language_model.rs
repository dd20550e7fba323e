use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{BoxStream, Stream, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ModelIdentity;
use crate::domain::{Mismatch, fits, strange_keyword};
use crate::error::{Error, Result};

/// Answers in words, or in JSON of a given shape.
///
/// # Promises
///
/// 1. An answer is whole, or says by its [`StopReason`] why it is not: cut by length, refused or
///    filtered is an answer, not an error. What was cut by a lost connection is an error.
/// 2. The texts of a stream, one after the other, are the answer that [`complete`] would give; then
///    comes exactly one [`CompletionEvent::Done`], and nothing after it. A stream that ends without it
///    ends in an error.
/// 3. An answer to [`AnswerFormat::Json`] that stopped because it was [`Finished`](StopReason::Finished)
///    is JSON that fits the schema, wherever the model itself does not see to it, too. A schema with a
///    keyword that is not named there is `Invalid`, and nothing is asked.
/// 4. Dropping the call or the stream ends the call upstream: nothing more is read of it.
/// 5. Errors say what to do: `RateLimited` and `Unavailable { retry: true }` may be tried again, after the
///    time that the model's server names; a key that is refused or a model that does not exist is
///    `Unavailable { retry: false }`; a conversation too long for the model is `TooLarge`; an answer that
///    cannot be read, of the wrong shape or without end is `Unavailable { retry: true }`, and says so where it
///    has no end or the model had been told already what was wrong ([`Error::without_immediate_retry`]). A
///    server that has failed or has too much to do is `Unavailable`, however long it asks to be left in peace
///    ([`Error::retry_after`]). No error, and no `Debug`, has the key in it.
/// 6. What is kept of an answer is bounded, whatever the server sends.
/// 7. An error tells what it has cost, as far as that is known ([`Error::usage`]): what the server counted of
///    an answer that is of no use, and no tokens where the server has refused the request or was not reached.
///    What asks again by itself asks whoever pays before ([`payment`](super::payment)).
/// 8. A stream has a piece for all that its server says, an empty one where that is no text: a model that
///    thinks is not silent.
///
/// How long a call may take, how often it is tried and what it may cost is decided around a model, not
/// in it: see [`Reliable`](crate::decorate::Reliable).
///
/// [`complete`]: LanguageModel::complete
#[async_trait]
pub trait LanguageModel: Send + Sync + std::fmt::Debug {
    /// The model's name, as its vendor writes it.
    fn name(&self) -> &str;

    /// What tells it from models that may answer otherwise: those of one identity are given each other's
    /// answers. Nodes that ask the same model in the same way know it by the same identity, whatever their keys.
    fn identity(&self) -> ModelIdentity;

    /// The whole answer.
    async fn complete(&self, request: &CompletionRequest) -> Result<Completion>;

    /// The answer while it is written.
    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream>;
}

/// An answer while it is written. Dropping it ends the call. A text may be empty: whoever cannot show yet
/// what comes, or has a model that thinks, says so that it is still there.
pub type CompletionStream = BoxStream<'static, Result<CompletionEvent>>;

/// What is asked of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct CompletionRequest {
    /// What the program wants: nothing in it comes from users.
    pub instructions: String,
    /// The conversation, which a user's message begins and ends.
    pub messages: Vec<Message>,
    /// What the answer has to be.
    pub format: AnswerFormat,
    /// The most tokens that the answer may have.
    pub max_output_tokens: u32,
}

impl CompletionRequest {
    /// Bytes of all that a model has to read.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let messages: usize = self.messages.iter().map(|it| it.text.len()).sum();
        let schema = match &self.format {
            AnswerFormat::Json { schema, .. } => schema.to_string().len(),
            AnswerFormat::Text => 0,
        };
        (self.instructions.len() + messages + schema) as u64
    }
}

/// Something said before the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who said it.
    pub speaker: Speaker,
    /// What.
    pub text: String,
}

/// Who said a [`Message`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// Whoever asks.
    User,
    /// The model, earlier.
    Model,
}

/// What an answer has to be.
#[derive(Debug, Clone, PartialEq)]
pub enum AnswerFormat {
    /// Any text.
    Text,
    /// A JSON object.
    Json {
        /// What it is called: letters, digits and underscores.
        name: String,
        /// Its schema (JSON Schema 2020-12), of what all vendors understand: `type`, `properties` that are
        /// all `required`, `additionalProperties: false`, `items`, `enum`, `description`. With other
        /// keywords it is refused.
        schema: Arc<Value>,
    },
}

impl AnswerFormat {
    /// Whether all vendors understand the schema: what adapters ask before they ask a model.
    ///
    /// # Errors
    /// `Invalid`, which names the place of a keyword that some do not.
    pub fn check_schema(&self) -> Result<()> {
        let Self::Json { schema, .. } = self else {
            return Ok(());
        };
        match strange_keyword(schema) {
            None => Ok(()),
            Some(place) => {
                let message = "is no keyword that every model understands";
                Err(Error::invalid_field(format!("schema{place}"), message))
            }
        }
    }

    /// Whether the text of an answer is what was asked for: what adapters ask before they say that an
    /// answer is [`Finished`](StopReason::Finished).
    ///
    /// # Errors
    /// Where it is not.
    pub fn check(&self, text: &str) -> Result<(), Mismatch> {
        let Self::Json { schema, .. } = self else {
            return Ok(());
        };
        let not_json = |error| Mismatch::of_all(format!("has to be JSON: {error}"));
        let answer: Value = serde_json::from_str(text).map_err(not_json)?;
        if !answer.is_object() {
            return Err(Mismatch::of_all("has to be a JSON object"));
        }
        fits(schema, &answer)
    }
}

/// A model's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What it says.
    pub text: String,
    /// Why it ends there.
    pub stop: StopReason,
    /// What was counted, where the server says so.
    pub usage: Option<TokenUsage>,
    /// The name of the model that answered, as its server writes it: often more exact than the one that
    /// was asked for.
    pub model: String,
}

impl Completion {
    /// The answer that a stream comes to.
    ///
    /// # Errors
    /// The stream's; unavailable, if it ends without [`CompletionEvent::Done`].
    pub async fn of_stream(
        mut events: impl Stream<Item = Result<CompletionEvent>> + Unpin,
    ) -> Result<Self> {
        let mut text = String::new();
        while let Some(event) = events.next().await {
            match event? {
                CompletionEvent::Text(piece) => text.push_str(&piece),
                CompletionEvent::Done { stop, usage, model } => {
                    return Ok(Self {
                        text,
                        stop,
                        usage,
                        model,
                    });
                }
            }
        }
        Err(Error::unavailable("the answer broke off", true))
    }
}

/// A part of an answer that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompletionEvent {
    /// More text.
    Text(String),
    /// The end.
    Done {
        /// Why it ends there.
        stop: StopReason,
        /// What was counted, where the server says so.
        usage: Option<TokenUsage>,
        /// The name of the model that answered.
        model: String,
    },
}

/// Why an answer ends.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// Everything was said.
    Finished,
    /// The most tokens were reached.
    Length,
    /// The model did not want to, and may have said why.
    Refused(Option<String>),
    /// The vendor's filter held it back.
    Filtered,
}

/// Tokens of one call, as the vendor counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TokenUsage {
    /// Tokens of the request.
    pub input: u64,
    /// How many of them the vendor had in its own cache, and asks less for.
    pub cached_input: u64,
    /// Tokens of the answer, with those that the model only thought.
    pub output: u64,
}

impl TokenUsage {
    /// Nothing was used.
    pub const NONE: Self = Self {
        input: 0,
        cached_input: 0,
        output: 0,
    };

    /// Bytes of a token, on the small side: English has four, other languages less.
    const BYTES: u64 = 3;

    /// What a request uses, at a guess: a token for every three bytes.
    #[must_use]
    pub fn guessed(request: &CompletionRequest) -> Self {
        Self {
            input: request.bytes().div_ceil(Self::BYTES),
            ..Self::NONE
        }
    }

    /// What an answer of so many bytes uses, at a guess.
    #[must_use]
    pub const fn guessed_answer(bytes: usize) -> Self {
        Self {
            output: (bytes as u64).div_ceil(Self::BYTES),
            ..Self::NONE
        }
    }

    /// The same, but of each no more than that.
    #[must_use]
    pub fn at_most(self, most: Self) -> Self {
        Self {
            input: self.input.min(most.input),
            cached_input: self.cached_input.min(most.cached_input),
            output: self.output.min(most.output),
        }
    }
}

impl std::ops::Add for TokenUsage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            cached_input: self.cached_input.saturating_add(other.cached_input),
            output: self.output.saturating_add(other.output),
        }
    }
}
