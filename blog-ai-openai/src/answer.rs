use std::fmt;

use blog_ai_http::{Endpoint, Failure, Part, Result};
use blog_core::ports::{StopReason, TokenUsage};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

/// The data of the event that ends a stream.
const END: &str = "[DONE]";

const NO_ANSWER: Failure = Failure::Unreadable("it is no chat completion");

/// A chat completion, or a chunk of one. Servers leave out what they have nothing for, or say null.
#[derive(Deserialize)]
struct Chat {
    error: Option<IgnoredAny>,
    model: Option<String>,
    choices: Option<First>,
    usage: Option<Usage>,
}

/// The first of the choices: one is asked for, and nothing is kept of others.
struct First(Option<Choice>);

#[derive(Deserialize)]
struct Choice {
    message: Option<Message>,
    delta: Option<Message>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptTokens>,
}

#[derive(Deserialize)]
struct PromptTokens {
    cached_tokens: Option<u64>,
}

/// What a whole answer says.
pub(crate) fn whole(endpoint: &Endpoint, answer: &[u8]) -> Result<Vec<Part>> {
    let chat = chat(endpoint, answer)?;
    if !matches!(chat.choices, Some(First(Some(_)))) {
        return Err(NO_ANSWER);
    }
    Ok(chat.parts())
}

/// What the data of an event says.
pub(crate) fn event(endpoint: &Endpoint, data: &str) -> Result<Vec<Part>> {
    if data == END {
        return Ok(vec![Part::End]);
    }
    or_filtered(chat(endpoint, data.as_bytes()).map(Chat::parts))
}

/// The same, where Azure tells of what its filter holds back as of an error.
pub(crate) fn or_filtered(parts: Result<Vec<Part>>) -> Result<Vec<Part>> {
    match parts {
        Err(failure) if failure.is_filtered() => {
            Ok(vec![Part::Stop(StopReason::Filtered), Part::End])
        }
        parts => parts,
    }
}

fn chat(endpoint: &Endpoint, answer: &[u8]) -> Result<Chat> {
    let chat: Chat = serde_json::from_slice(answer).map_err(|_| NO_ANSWER)?;
    match chat.error {
        None => Ok(chat),
        Some(_) => Err(endpoint.said_in(answer)),
    }
}

impl Chat {
    fn parts(self) -> Vec<Part> {
        let mut parts: Vec<_> = self.model.map(Part::Model).into_iter().collect();
        if let Some(First(Some(choice))) = self.choices {
            if let Some(message) = choice.message.or(choice.delta) {
                parts.extend(message.content.map(Part::Text));
                parts.extend(message.refusal.map(Part::Refusal));
            }
            if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) {
                parts.push(stop(&reason));
            }
        }
        parts.extend(self.usage.map(|usage| Part::Usage(usage.into())));
        parts
    }
}

fn stop(reason: &str) -> Part {
    match reason {
        "stop" => Part::Stop(StopReason::Finished),
        "length" => Part::Stop(StopReason::Length),
        "content_filter" => Part::Stop(StopReason::Filtered),
        _ => Part::StrangeStop,
    }
}

impl From<Usage> for TokenUsage {
    fn from(usage: Usage) -> Self {
        let cached = usage.prompt_tokens_details;
        Self {
            input: usage.prompt_tokens.unwrap_or(0),
            cached_input: cached.and_then(|prompt| prompt.cached_tokens).unwrap_or(0),
            output: usage.completion_tokens.unwrap_or(0),
        }
    }
}

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(list: D) -> Result<Self, D::Error> {
        list.deserialize_seq(FirstOfList)
    }
}

struct FirstOfList;

impl<'de> Visitor<'de> for FirstOfList {
    type Value = First;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<First, A::Error> {
        let first = list.next_element()?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(First(first))
    }
}
