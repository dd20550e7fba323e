use blog_core::ports::{Completion, StopReason, TokenUsage};

use crate::error::{Failure, Result};
use crate::limits::ANSWER_BYTES;

/// Characters of a model's name that are kept.
const MODEL: usize = 200;

/// Something that an answer, or an event of it, says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// More text.
    Text(String),
    /// More of why the model does not want to.
    Refusal(String),
    /// Why the answer ends.
    Stop(StopReason),
    /// It ends for a reason that nobody knows.
    StrangeStop,
    /// What was counted so far: a later count is of the same tokens and of more.
    Usage(TokenUsage),
    /// The model that answers.
    Model(String),
    /// Nothing comes any more.
    End,
}

/// What an answer has said so far.
#[derive(Debug)]
pub struct Transcript {
    text: String,
    refusal: String,
    stop: Option<StopReason>,
    is_strange: bool,
    usage: Option<TokenUsage>,
    model: String,
    pub(crate) is_at_end: bool,
}

impl Transcript {
    /// Of an answer of this model, unless it names another.
    #[must_use]
    pub fn new(model: &str) -> Self {
        Self {
            text: String::new(),
            refusal: String::new(),
            stop: None,
            is_strange: false,
            usage: None,
            model: model.to_owned(),
            is_at_end: false,
        }
    }

    /// An answer that is there as a whole.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn of(model: &str, parts: impl IntoIterator<Item = Part>) -> Result<Completion> {
        let mut transcript = Self::new(model);
        for part in parts {
            transcript.add(part)?;
        }
        transcript.finish()
    }

    /// Adds a part.
    ///
    /// # Errors
    /// If there have been too many.
    pub fn add(&mut self, part: Part) -> Result<()> {
        match part {
            Part::Text(text) => self.text.push_str(&text),
            Part::Refusal(text) => self.refusal.push_str(&text),
            Part::Stop(stop) => self.stop = Some(stop),
            Part::StrangeStop => self.is_strange = true,
            Part::Usage(usage) => self.usage = Some(self.usage.map_or(usage, |it| most(it, usage))),
            Part::Model(model) if !model.is_empty() => {
                self.model = model.chars().take(MODEL).collect();
            }
            Part::Model(_) => {}
            Part::End => self.is_at_end = true,
        }
        if self.text.len() + self.refusal.len() > ANSWER_BYTES {
            return Err(Failure::Endless);
        }
        Ok(())
    }

    /// The answer.
    ///
    /// # Errors
    /// If nothing that is known has said why it ends, or nothing was said at all.
    pub fn finish(self) -> Result<Completion> {
        if self.is_strange {
            return Err(Failure::Strange(self.usage));
        }
        let stop = self.stop.ok_or(Failure::BrokeOff(None))?;
        let stop = match stop {
            StopReason::Finished | StopReason::Refused(_) if !self.refusal.is_empty() => {
                StopReason::Refused(Some(self.refusal))
            }
            StopReason::Finished if self.text.is_empty() => {
                return Err(Failure::Empty(self.usage));
            }
            stop => stop,
        };
        Ok(Completion {
            text: self.text,
            stop,
            usage: self.usage,
            model: self.model,
        })
    }
}

/// Of each count the larger one, as a later one may leave some out.
fn most(one: TokenUsage, other: TokenUsage) -> TokenUsage {
    TokenUsage {
        input: one.input.max(other.input),
        cached_input: one.cached_input.max(other.cached_input),
        output: one.output.max(other.output),
    }
}
