use blog_ai_http::{Endpoint, Failure, Part, Result};
use blog_core::ports::{StopReason, TokenUsage};
use serde::Deserialize;
use serde_json::Value;

/// The data of the event that ends a stream.
const END: &str = "[DONE]";

const NO_ANSWER: Failure = Failure::Unreadable("it is no chat completion");

/// A chat completion, or a chunk of one.
#[derive(Deserialize)]
struct Chat {
    #[serde(default)]
    model: String,
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(alias = "delta")]
    message: Option<Message>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
    prompt_tokens_details: Option<PromptTokens>,
}

#[derive(Deserialize)]
struct PromptTokens {
    cached_tokens: Option<u64>,
}

/// What a whole answer says.
pub(crate) fn whole(endpoint: &Endpoint, answer: Value) -> Result<Vec<Part>> {
    let chat = chat(endpoint, answer)?;
    if chat.choices.is_empty() {
        return Err(NO_ANSWER);
    }
    chat.parts()
}

/// What the data of an event says.
pub(crate) fn event(endpoint: &Endpoint, data: &str) -> Result<Vec<Part>> {
    if data == END {
        return Ok(vec![Part::End]);
    }
    let data = serde_json::from_str(data).map_err(|_| NO_ANSWER)?;
    chat(endpoint, data)?.parts()
}

fn chat(endpoint: &Endpoint, answer: Value) -> Result<Chat> {
    match answer.get("error") {
        None | Some(Value::Null) => serde_json::from_value(answer).map_err(|_| NO_ANSWER),
        Some(error) => Err(endpoint.said(error)),
    }
}

impl Chat {
    fn parts(self) -> Result<Vec<Part>> {
        let mut parts = vec![Part::Model(self.model)];
        for choice in self.choices {
            if let Some(message) = choice.message {
                parts.extend(message.content.map(Part::Text));
                parts.extend(message.refusal.map(Part::Refusal));
            }
            if let Some(reason) = choice.finish_reason {
                parts.push(Part::Stop(stop(&reason)?));
            }
        }
        parts.extend(self.usage.map(|usage| Part::Usage(usage.into())));
        Ok(parts)
    }
}

fn stop(reason: &str) -> Result<StopReason> {
    match reason {
        "stop" => Ok(StopReason::Finished),
        "length" => Ok(StopReason::Length),
        "content_filter" => Ok(StopReason::Filtered),
        _ => Err(Failure::Unreadable("it ends for no known reason")),
    }
}

impl From<Usage> for TokenUsage {
    fn from(usage: Usage) -> Self {
        let cached = usage.prompt_tokens_details;
        Self {
            input: usage.prompt_tokens,
            cached_input: cached.and_then(|prompt| prompt.cached_tokens).unwrap_or(0),
            output: usage.completion_tokens,
        }
    }
}
