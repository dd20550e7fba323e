//! OpenAI's wire format: its API reference, "Chat", "Embeddings", "Moderations", "Models", and its guide to
//! error codes.

mod wire;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Json, State};
use axum::http::{HeaderMap, Uri};
use axum::routing::{MethodRouter, get, post};
use blog_core::memory::{HashingEmbedder, ScriptedReply};
use blog_core::ports::{StopReason, TokenUsage};
use serde_json::{Value, json};

use self::wire::{CREATED, chunk, finish_reason, head, problem_output, usage_body, whole};
use crate::call::Asked;
use crate::invented::{asked_for, invented};
use crate::line::On;
use crate::output::{Output, Then};
use crate::reply::{Problem, Reply};
use crate::server::{Shared, serve};

const MODEL: &str = "stand-in";

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/chat/completions", answering(chat))
        .route(
            "/openai/deployments/{model}/chat/completions",
            answering(chat),
        )
        .route("/v1/embeddings", answering(embeddings))
        .route("/v1/moderations", answering(moderations))
        .route("/v1/models", get(models))
}

fn answering(answer: fn(&Shared, &Asked) -> Option<Output>) -> MethodRouter<Arc<Shared>> {
    let handler =
        move |state: State<Arc<Shared>>,
              on: ConnectInfo<On>,
              uri: Uri,
              headers: HeaderMap,
              body: Json<Value>| serve(state, on, uri, headers, body, answer);
    post(handler)
}

async fn models() -> Json<Value> {
    let model = json!({"id": MODEL, "object": "model", "created": CREATED, "owned_by": "nobody"});
    Json(json!({"object": "list", "data": [model]}))
}

fn chat(state: &Shared, asked: &Asked) -> Option<Output> {
    if let Some(problem) = refusal(state, asked) {
        return Some(problem_output(asked, problem, Vec::new()));
    }
    let last = asked.body["messages"]
        .as_array()
        .map_or(0, Vec::len)
        .saturating_sub(1);
    let wish = asked_for(asked.text(&format!("/messages/{last}/content")));
    let reply = state.next_reply().or(wish);
    let reply = reply.unwrap_or_else(|| invented(schema(asked).as_ref(), state.options.pause));
    if asked.body["stream"] == json!(true) {
        streamed(asked, reply)
    } else {
        plain(asked, reply, whole)
    }
}

fn embeddings(state: &Shared, asked: &Asked) -> Option<Output> {
    if let Some(problem) = refusal(state, asked) {
        return Some(problem_output(asked, problem, Vec::new()));
    }
    let reply = state
        .next_reply()
        .unwrap_or_else(|| invented(None, Duration::ZERO));
    plain(asked, reply, |asked, _, _, _| {
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

fn moderations(state: &Shared, asked: &Asked) -> Option<Output> {
    let reply = state
        .next_reply()
        .unwrap_or_else(|| invented(None, Duration::ZERO));
    plain(asked, reply, |asked, _, _, _| {
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

/// What is wrong with a request, whatever it asks for.
fn refusal(state: &Shared, asked: &Asked) -> Option<Problem> {
    if state
        .options
        .key
        .as_deref()
        .is_some_and(|right| key(asked) != right)
    {
        return Some(Problem::WrongKey);
    }
    let is_known = asked.text("/model").starts_with(MODEL);
    (!is_known).then_some(Problem::UnknownModel)
}

fn key(asked: &Asked) -> &str {
    let bearer = asked
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "));
    bearer
        .or_else(|| asked.header("api-key"))
        .unwrap_or_default()
}

/// The schema that an answer has to fit: in JSON mode it is the last line of the instructions.
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

/// The body of a whole answer.
type Whole = fn(&Asked, &str, &StopReason, Option<TokenUsage>) -> Value;

fn plain(asked: &Asked, reply: Reply, whole: Whole) -> Option<Output> {
    let half = |pieces: Vec<String>, then| {
        let body = whole(asked, &pieces.concat(), &StopReason::Finished, None).to_string();
        let mut bytes = body.into_bytes();
        bytes.truncate(bytes.len() / 2);
        Some(Output::json().send(bytes, Duration::ZERO).then(then))
    };
    match reply {
        Reply::Scripted(ScriptedReply::Answer {
            pieces,
            pause,
            stop,
            usage,
        }) => {
            let count = u32::try_from(pieces.len()).unwrap_or(u32::MAX);
            let body = whole(asked, &pieces.concat(), &stop, usage).to_string();
            Some(Output::json().send(body, pause.saturating_mul(count)))
        }
        Reply::Scripted(ScriptedReply::Cut { pieces }) => half(pieces, Then::Cut),
        Reply::Reset { pieces } => half(pieces, Then::Reset),
        Reply::Stall { pieces } => half(pieces, Then::Stall),
        Reply::Scripted(ScriptedReply::Endless { piece }) => {
            let quoted = json!(piece).to_string();
            let inner = quoted.trim_matches('"').to_owned();
            let beginning = r#"{"object":"chat.completion","choices":[{"message":{"content":""#;
            let output = Output::json().send(beginning, Duration::ZERO);
            Some(output.then(Then::Repeat(inner.into())))
        }
        other => without_answer(asked, other),
    }
}

fn streamed(asked: &Asked, reply: Reply) -> Option<Output> {
    let mut output = Output::events();
    let first = json!({"role": "assistant", "content": "", "refusal": null});
    output = output.event(&chunk(&first, None), Duration::ZERO);
    let said = |mut output: Output, pieces: Vec<String>, pause| {
        for piece in pieces {
            output = output.event(&chunk(&json!({"content": piece}), None), pause);
        }
        output
    };
    Some(match reply {
        Reply::Scripted(ScriptedReply::Answer {
            pieces,
            pause,
            stop,
            usage,
        }) => {
            output = said(output, pieces, pause);
            if let StopReason::Refused(Some(why)) = &stop {
                output = output.event(&chunk(&json!({"refusal": why}), None), pause);
            }
            let last = chunk(&json!({}), Some(finish_reason(&stop)));
            output = output.event(&last, Duration::ZERO);
            let is_wanted =
                asked.body.pointer("/stream_options/include_usage") == Some(&json!(true));
            if let Some(usage) = usage.filter(|_| is_wanted) {
                let mut counted = head("chat.completion.chunk");
                counted["choices"] = json!([]);
                counted["usage"] = usage_body(usage);
                output = output.event(&counted, Duration::ZERO);
            }
            output.send("data: [DONE]\n\n", Duration::ZERO)
        }
        Reply::Scripted(ScriptedReply::Cut { pieces }) => {
            said(output, pieces, Duration::ZERO).then(Then::Cut)
        }
        Reply::Reset { pieces } => said(output, pieces, Duration::ZERO).then(Then::Reset),
        Reply::Stall { pieces } => said(output, pieces, Duration::ZERO).then(Then::Stall),
        Reply::Scripted(ScriptedReply::Endless { piece }) => {
            let chunk = chunk(&json!({"content": piece}), None);
            output.then(Then::Repeat(format!("data: {chunk}\n\n").into()))
        }
        other => return without_answer(asked, other),
    })
}

/// What is the same for answers in one piece and in many; `None` says nothing at all.
fn without_answer(asked: &Asked, reply: Reply) -> Option<Output> {
    match reply {
        Reply::Problem { problem, headers } => Some(problem_output(asked, problem, headers)),
        Reply::Raw {
            status,
            content_type,
            body,
        } => Some(Output::new(status, content_type).send(body, Duration::ZERO)),
        _ => None,
    }
}
