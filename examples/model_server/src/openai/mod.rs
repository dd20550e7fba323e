//! OpenAI's wire format: its API reference, "Chat", "Embeddings", "Moderations", "Models", and its guide to
//! error codes.

mod wire;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Json;
use axum::routing::get;
use blog_core::memory::HashingEmbedder;
use blog_core::ports::{StopReason, TokenUsage};
use bytes::Bytes;
use serde_json::{Value, json};

use self::wire::{CREATED, chunk, event, finish_reason, head, problem_output, usage_body, whole};
use crate::call::Asked;
use crate::invented::invented;
use crate::output::Output;
use crate::reply::Problem;
use crate::server::Shared;
use crate::vendor::{MODEL, Vendor, answering, converse, plain, refusal, wrong_key};

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/chat/completions", answering(converse::<OpenAi>))
        .route(
            "/openai/deployments/{model}/chat/completions",
            answering(converse::<OpenAi>),
        )
        .route("/v1/embeddings", answering(embeddings))
        .route("/v1/moderations", answering(moderations))
        .route("/v1/models", get(models))
}

async fn models() -> Json<Value> {
    let model = json!({"id": MODEL, "object": "model", "created": CREATED, "owned_by": "nobody"});
    Json(json!({"object": "list", "data": [model]}))
}

struct OpenAi;

impl Vendor for OpenAi {
    const ENDLESS: &'static str =
        r#"{"object":"chat.completion","choices":[{"message":{"content":""#;

    fn fault(_asked: &Asked) -> Option<Problem> {
        None
    }

    /// In JSON mode it is the last line of the instructions.
    fn schema(asked: &Asked) -> Option<Value> {
        match asked.text("/response_format/type") {
            "json_schema" => asked
                .body
                .pointer("/response_format/json_schema/schema")
                .cloned(),
            "json_object" => {
                let last = asked.text("/messages/0/content").lines().next_back();
                let schema = last.and_then(|line| serde_json::from_str(line).ok());
                Some(schema.unwrap_or_else(|| json!({"type": "object"})))
            }
            _ => None,
        }
    }

    fn whole(_asked: &Asked, text: &str, stop: &StopReason, usage: Option<TokenUsage>) -> Value {
        whole(text, stop, usage)
    }

    fn begin(_asked: &Asked, _usage: Option<TokenUsage>) -> Output {
        let first = json!({"role": "assistant", "content": "", "refusal": null});
        Output::events().send(event(&chunk(&first, None)), Duration::ZERO)
    }

    fn piece(_asked: &Asked, text: &str) -> Bytes {
        let delta = match text {
            // Of servers that speak as OpenAI does.
            "" => json!({"reasoning_content": "Hm."}),
            text => json!({"content": text}),
        };
        event(&chunk(&delta, None))
    }

    fn end(
        asked: &Asked,
        mut output: Output,
        pause: Duration,
        stop: &StopReason,
        usage: Option<TokenUsage>,
    ) -> Output {
        if let StopReason::Refused(Some(why)) = stop {
            output = output.send(event(&chunk(&json!({"refusal": why}), None)), pause);
        }
        let last = chunk(&json!({}), Some(finish_reason(stop)));
        output = output.send(event(&last), Duration::ZERO);
        let is_wanted = asked.body.pointer("/stream_options/include_usage") == Some(&json!(true));
        if let Some(usage) = usage.filter(|_| is_wanted) {
            let mut counted = head("chat.completion.chunk");
            counted["choices"] = json!([]);
            counted["usage"] = usage_body(usage);
            output = output.send(event(&counted), Duration::ZERO);
        }
        output.send("data: [DONE]\n\n", Duration::ZERO)
    }

    fn problem(asked: &Asked, problem: Problem, headers: Vec<(&'static str, String)>) -> Output {
        problem_output(asked, problem, headers)
    }
}

fn embeddings(state: &Shared, asked: &Asked) -> Option<Output> {
    if let Some(problem) = refusal::<OpenAi>(state, asked) {
        return Some(problem_output(asked, problem, Vec::new()));
    }
    let reply = state
        .next_reply()
        .unwrap_or_else(|| invented(None, Duration::ZERO));
    plain::<OpenAi>(asked, reply, |asked, _, _, _| {
        let input = asked.body["input"].as_array();
        let texts = input.into_iter().flatten().filter_map(Value::as_str);
        let mut data: Vec<_> = texts
            .enumerate()
            .map(|(index, text)| {
                let embedding = HashingEmbedder::vector(text);
                json!({"object": "embedding", "index": index, "embedding": embedding})
            })
            .collect();
        // A client has to look at the index.
        data.reverse();
        let usage = json!({"prompt_tokens": data.len(), "total_tokens": data.len()});
        json!({"object": "list", "data": data, "model": MODEL, "usage": usage})
    })
}

/// Whichever model is asked.
fn moderations(state: &Shared, asked: &Asked) -> Option<Output> {
    if let Some(problem) = wrong_key(state, asked) {
        return Some(problem_output(asked, problem, Vec::new()));
    }
    let reply = state
        .next_reply()
        .unwrap_or_else(|| invented(None, Duration::ZERO));
    plain::<OpenAi>(asked, reply, |asked, _, _, _| {
        let is_flagged = asked.text("/input").contains("flag this");
        let score = if is_flagged { 0.9 } else { 0.01 };
        let result = json!({
            "flagged": is_flagged,
            "categories": {"harassment": is_flagged},
            "category_scores": {"harassment": score},
        });
        json!({"id": "modr-0", "model": "stand-in-moderation", "results": [result]})
    })
}
