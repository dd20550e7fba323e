use std::time::Duration;

use blog_core::ports::{StopReason, TokenUsage};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::call::Asked;
use crate::output::Output;
use crate::reply::Problem;
use crate::vendor::MODEL;

/// When everything was made: nothing here knows the time.
pub(super) const CREATED: u64 = 1_700_000_000;

pub(super) fn whole(text: &str, stop: &StopReason, usage: Option<TokenUsage>) -> Value {
    let refusal = match stop {
        StopReason::Refused(why) => why.as_deref(),
        _ => None,
    };
    let content = (refusal.is_none() || !text.is_empty()).then_some(text);
    let message = json!({"role": "assistant", "content": content, "refusal": refusal});
    let choice = json!({
        "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(stop),
    });
    let mut body = head("chat.completion");
    body["choices"] = json!([choice]);
    if let Some(usage) = usage {
        body["usage"] = usage_body(usage);
    }
    body
}

pub(super) fn problem_output(
    asked: &Asked,
    problem: Problem,
    headers: Vec<(&'static str, String)>,
) -> Output {
    let (status, kind, code) = match problem {
        Problem::WrongKey => (401, "invalid_request_error", Some("invalid_api_key")),
        Problem::UnknownModel => (404, "invalid_request_error", Some("model_not_found")),
        Problem::TooLong => (
            400,
            "invalid_request_error",
            Some("context_length_exceeded"),
        ),
        Problem::TooOften => (429, "requests", Some("rate_limit_exceeded")),
        Problem::OutOfMoney => (429, "insufficient_quota", Some("insufficient_quota")),
        Problem::Overloaded => (
            503,
            "service_unavailable_error",
            Some("server_is_overloaded"),
        ),
        Problem::Broken => (500, "server_error", None),
        Problem::Filtered => (400, "invalid_request_error", Some("content_filter")),
        Problem::Status(status) => (status, "error", None),
    };
    let message = problem.said_to(asked);
    let error = json!({"message": message, "type": kind, "param": null, "code": code});
    let body = json!({"error": error}).to_string();
    Output::new(status, "application/json")
        .with_headers(headers)
        .send(body, Duration::ZERO)
}

/// An event of a stream.
pub(super) fn event(data: &Value) -> Bytes {
    format!("data: {data}\n\n").into()
}

pub(super) fn head(object: &str) -> Value {
    json!({"id": "chatcmpl-stand-in", "object": object, "created": CREATED, "model": MODEL})
}

pub(super) fn chunk(delta: &Value, finish_reason: Option<&str>) -> Value {
    let mut chunk = head("chat.completion.chunk");
    let choice = json!({
        "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason,
    });
    chunk["choices"] = json!([choice]);
    chunk["usage"] = Value::Null;
    chunk
}

pub(super) fn finish_reason(stop: &StopReason) -> &'static str {
    match stop {
        StopReason::Length => "length",
        StopReason::Filtered => "content_filter",
        _ => "stop",
    }
}

pub(super) fn usage_body(usage: TokenUsage) -> Value {
    json!({
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached_input},
    })
}
