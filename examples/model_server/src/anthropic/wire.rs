use std::time::Duration;

use blog_core::ports::{StopReason, TokenUsage};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::call::Asked;
use crate::output::Output;
use crate::reply::Problem;
use crate::vendor::MODEL;

/// The tool that has to be called.
pub(super) fn tool_of(asked: &Asked) -> Option<&Value> {
    let name = asked.body.pointer("/tool_choice/name")?;
    let mut tools = asked.body["tools"].as_array()?.iter();
    tools.find(|tool| tool["name"] == *name)
}

/// A message that says nothing and has not ended.
pub(super) fn message(usage: Option<TokenUsage>) -> Value {
    let mut message = json!({
        "id": "msg_stand_in", "type": "message", "role": "assistant", "model": MODEL, "content": [],
        "stop_reason": null, "stop_sequence": null, "stop_details": null,
    });
    if let Some(usage) = usage {
        message["usage"] = usage_body(usage);
    }
    message
}

/// Why a message ends.
pub(super) fn ending(asked: &Asked, stop: &StopReason) -> [(&'static str, Value); 3] {
    let reason = match stop {
        StopReason::Length => "max_tokens",
        StopReason::Refused(_) | StopReason::Filtered => "refusal",
        _ if tool_of(asked).is_some() => "tool_use",
        _ => "end_turn",
    };
    let explanation = match stop {
        StopReason::Refused(why) => why.as_deref(),
        _ => None,
    };
    let details = json!({"type": "refusal", "category": null, "explanation": explanation});
    let details = (reason == "refusal").then_some(details);
    [
        ("stop_reason", reason.into()),
        ("stop_sequence", Value::Null),
        ("stop_details", details.into()),
    ]
}

pub(super) fn usage_body(usage: TokenUsage) -> Value {
    json!({
        "input_tokens": usage.input.saturating_sub(usage.cached_input),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached_input,
        "output_tokens": usage.output,
    })
}

/// An event of a stream.
pub(super) fn event(data: &Value) -> Bytes {
    let name = data["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n").into()
}

pub(super) fn problem_output(
    asked: &Asked,
    problem: Problem,
    headers: Vec<(&'static str, String)>,
) -> Output {
    let (status, kind) = match problem {
        Problem::WrongKey => (401, "authentication_error"),
        Problem::UnknownModel => (404, "not_found_error"),
        Problem::TooLong | Problem::Filtered => (400, "invalid_request_error"),
        Problem::TooOften => (429, "rate_limit_error"),
        Problem::OutOfMoney => (402, "billing_error"),
        Problem::Overloaded => (529, "overloaded_error"),
        Problem::Broken => (500, "api_error"),
        Problem::Status(status) => (status, "error"),
    };
    let said = problem.said_to(asked);
    let message = match problem {
        Problem::TooLong => format!("prompt is too long: 200001 tokens > 200000 maximum. {said}"),
        Problem::Filtered => format!("Output blocked by content filtering policy. {said}"),
        _ => said,
    };
    let error = json!({"type": kind, "message": message});
    let body = json!({"type": "error", "error": error, "request_id": "req_stand_in"}).to_string();
    Output::new(status, "application/json")
        .with_headers(headers)
        .send(body, Duration::ZERO)
}
