use blog_ai_http::{Endpoint, Failure, Part, Result};
use blog_core::ports::{StopReason, TokenUsage};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::errors::understood;

const NO_ANSWER: Failure = Failure::Unreadable("it is no message");

/// Where in a message its answer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In its text.
    Text,
    /// In the input of the tool that it calls.
    ToolInput,
}

/// A message, or the beginning of one. Servers leave out what they have nothing for, or say null.
#[derive(Deserialize)]
struct Message {
    error: Option<IgnoredAny>,
    model: Option<String>,
    content: Option<Vec<Block>>,
    stop_reason: Option<String>,
    stop_details: Option<StopDetails>,
    usage: Option<Usage>,
}

/// New kinds of blocks, events and deltas may come at any time ("Versions" of the API reference).
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    ToolUse {
        input: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: Message,
    },
    ContentBlockDelta {
        delta: Delta,
    },
    MessageDelta {
        delta: Ending,
        usage: Option<Usage>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Delta {
    #[serde(rename = "text_delta")]
    Text { text: String },
    #[serde(rename = "input_json_delta")]
    InputJson { partial_json: String },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Ending {
    stop_reason: Option<String>,
    stop_details: Option<StopDetails>,
}

#[derive(Deserialize)]
struct StopDetails {
    explanation: Option<String>,
}

/// In a stream each is of all that has come, and those that have not changed may be missing.
#[derive(Deserialize)]
struct Usage {
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

/// What a whole answer says that stands in `place`.
pub(crate) fn whole(endpoint: &Endpoint, place: Place, answer: &[u8]) -> Result<Vec<Part>> {
    let message: Message = serde_json::from_slice(answer).map_err(|_| NO_ANSWER)?;
    if message.error.is_some() {
        return Err(understood(endpoint.said_in(answer)));
    }
    match message.content {
        Some(_) => Ok(message.parts(place)),
        None => Err(NO_ANSWER),
    }
}

/// What the data of an event says of an answer that stands in `place`.
pub(crate) fn event(endpoint: &Endpoint, place: Place, data: &str) -> Result<Vec<Part>> {
    let event: Event = serde_json::from_str(data).map_err(|_| NO_ANSWER)?;
    match event {
        Event::MessageStart { message } => Ok(message.parts(place)),
        Event::ContentBlockDelta { delta } => Ok(match (delta, place) {
            (Delta::Text { text }, Place::Text)
            | (Delta::InputJson { partial_json: text }, Place::ToolInput) => {
                vec![Part::Text(text)]
            }
            _ => Vec::new(),
        }),
        Event::MessageDelta { delta, usage } => {
            let mut parts = delta.parts(place);
            parts.extend(usage.map(|usage| Part::Usage(usage.into())));
            Ok(parts)
        }
        Event::MessageStop => Ok(vec![Part::End]),
        Event::Error { error } => match understood(endpoint.said(&error)) {
            failure if failure.is_filtered() => {
                Ok(vec![Part::Stop(StopReason::Filtered), Part::End])
            }
            failure => Err(failure),
        },
        Event::Other => Ok(Vec::new()),
    }
}

impl Message {
    fn parts(self, place: Place) -> Vec<Part> {
        let mut parts: Vec<_> = self.model.map(Part::Model).into_iter().collect();
        for block in self.content.into_iter().flatten() {
            match (block, place) {
                (Block::Text { text }, Place::Text) => parts.push(Part::Text(text)),
                (Block::ToolUse { input }, Place::ToolInput) => {
                    parts.push(Part::Text(input.to_string()));
                }
                _ => {}
            }
        }
        let ending = Ending {
            stop_reason: self.stop_reason,
            stop_details: self.stop_details,
        };
        parts.extend(ending.parts(place));
        parts.extend(self.usage.map(|usage| Part::Usage(usage.into())));
        parts
    }
}

impl Ending {
    fn parts(self, place: Place) -> Vec<Part> {
        let Some(reason) = self.stop_reason else {
            return Vec::new();
        };
        let stop = match (reason.as_str(), place) {
            ("end_turn" | "stop_sequence", _) | ("tool_use", Place::ToolInput) => {
                StopReason::Finished
            }
            ("max_tokens" | "model_context_window_exceeded", _) => StopReason::Length,
            // It is Anthropic's classifiers that refuse, with an explanation or without.
            ("refusal", _) => match self.stop_details.and_then(|details| details.explanation) {
                Some(why) if !why.is_empty() => StopReason::Refused(Some(why)),
                _ => StopReason::Filtered,
            },
            // `pause_turn` is of tools that Anthropic runs, and nobody asks for any.
            _ => return vec![Part::StrangeStop],
        };
        match stop {
            StopReason::Refused(Some(why)) => {
                vec![Part::Refusal(why), Part::Stop(StopReason::Refused(None))]
            }
            stop => vec![Part::Stop(stop)],
        }
    }
}

impl From<Usage> for TokenUsage {
    fn from(usage: Usage) -> Self {
        let cached_input = usage.cache_read_input_tokens.unwrap_or(0);
        let others = [usage.input_tokens, usage.cache_creation_input_tokens];
        let input = others.into_iter().flatten();
        Self {
            input: input.fold(cached_input, u64::saturating_add),
            cached_input,
            output: usage.output_tokens.unwrap_or(0),
        }
    }
}
