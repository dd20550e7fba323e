//! Anthropic's wire format: its API reference, "Messages", "Streaming messages" and "Errors".

mod wire;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use blog_core::ports::{StopReason, TokenUsage};
use bytes::Bytes;
use serde_json::{Value, json};

use self::wire::{ending, event, message, problem_output, tool_of, usage_body};
use crate::call::Asked;
use crate::output::Output;
use crate::reply::Problem;
use crate::server::Shared;
use crate::vendor::{Vendor, answering, converse};

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/v1/messages", answering(converse::<Anthropic>))
}

struct Anthropic;

impl Vendor for Anthropic {
    const ENDLESS: &'static str = r#"{"type":"message","content":[{"type":"text","text":""#;

    fn fault(asked: &Asked) -> Option<Problem> {
        let is_whole =
            asked.header("anthropic-version").is_some() && asked.body["max_tokens"].is_u64();
        (!is_whole).then_some(Problem::Status(400))
    }

    fn schema(asked: &Asked) -> Option<Value> {
        let schema = match tool_of(asked) {
            Some(tool) => &tool["input_schema"],
            None => asked.body.pointer("/output_config/format/schema")?,
        };
        Some(schema.clone())
    }

    fn whole(asked: &Asked, text: &str, stop: &StopReason, usage: Option<TokenUsage>) -> Value {
        let block = match tool_of(asked) {
            // Of an input that is cut off, Anthropic's whole answers have nothing, either.
            Some(tool) => tool_use(
                tool,
                serde_json::from_str(text).unwrap_or_else(|_| json!({})),
            ),
            None => json!({"type": "text", "text": text}),
        };
        let mut body = message(usage);
        body["content"] = if text.is_empty() {
            json!([])
        } else {
            json!([block])
        };
        for (name, value) in ending(asked, stop) {
            body[name] = value;
        }
        body
    }

    fn begin(asked: &Asked, usage: Option<TokenUsage>) -> Output {
        let usage = usage.map(|usage| TokenUsage { output: 1, ..usage });
        let block = match tool_of(asked) {
            Some(tool) => tool_use(tool, json!({})),
            None => json!({"type": "text", "text": ""}),
        };
        let begun = [
            json!({"type": "message_start", "message": message(usage)}),
            json!({"type": "content_block_start", "index": 0, "content_block": block}),
            json!({"type": "ping"}),
        ];
        sent(Output::events(), &begun)
    }

    fn piece(asked: &Asked, text: &str) -> Bytes {
        let delta = match tool_of(asked) {
            _ if text.is_empty() => json!({"type": "thinking_delta", "thinking": "Hm."}),
            Some(_) => json!({"type": "input_json_delta", "partial_json": text}),
            None => json!({"type": "text_delta", "text": text}),
        };
        event(&json!({"type": "content_block_delta", "index": 0, "delta": delta}))
    }

    fn end(
        asked: &Asked,
        output: Output,
        _pause: Duration,
        stop: &StopReason,
        usage: Option<TokenUsage>,
    ) -> Output {
        let delta = Value::from_iter(ending(asked, stop));
        let mut last = json!({"type": "message_delta", "delta": delta});
        if let Some(usage) = usage {
            last["usage"] = usage_body(usage);
        }
        let ended = [
            json!({"type": "content_block_stop", "index": 0}),
            last,
            json!({"type": "message_stop"}),
        ];
        sent(output, &ended)
    }

    fn problem(asked: &Asked, problem: Problem, headers: Vec<(&'static str, String)>) -> Output {
        problem_output(asked, problem, headers)
    }
}

fn tool_use(tool: &Value, input: Value) -> Value {
    json!({"type": "tool_use", "id": "toolu_stand_in", "name": tool["name"], "input": input})
}

fn sent(output: Output, events: &[Value]) -> Output {
    let sending = |output: Output, data| output.send(event(data), Duration::ZERO);
    events.iter().fold(output, sending)
}
