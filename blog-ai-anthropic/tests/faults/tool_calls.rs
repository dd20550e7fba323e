//! Answers in JSON that are the input of a tool.

use blog_ai_anthropic::{Anthropic, JsonAnswers};
use blog_core::Result;
use blog_core::ports::{AnswerFormat, Completion, CompletionRequest, LanguageModel, StopReason};
use serde_json::json;

use crate::faults::{AGAIN, EVENTS, JSON, raw, request};
use crate::kit;
use crate::streams::{TEXT, events};

fn json_request() -> CompletionRequest {
    let mut request = request();
    request.format = AnswerFormat::Json {
        name: "greeting".to_owned(),
        schema: json!({
            "type": "object",
            "properties": {"words": {"type": "string"}},
            "required": ["words"],
            "additionalProperties": false,
        })
        .into(),
    };
    request
}

/// What a model makes of a message that says `Fox` and then calls a tool with an input of these pieces.
async fn called(pieces: &[&str], reason: &str) -> Result<Completion> {
    let server = kit::stand_in().await.unwrap();
    let config = kit::config(&server, JsonAnswers::ToolCall);
    let model = Anthropic::new("stand-in", &config).unwrap();
    let [start, text, mut last, stop] = TEXT.clone();
    last["delta"]["stop_reason"] = reason.into();
    let block = json!({"type": "tool_use", "id": "toolu_1", "name": "greeting", "input": {}});
    let block = json!({"type": "content_block_start", "index": 1, "content_block": block});
    let delta = |piece: &&str| {
        let delta = json!({"type": "input_json_delta", "partial_json": piece});
        json!({"type": "content_block_delta", "index": 1, "delta": delta})
    };
    let body = [start, text, block]
        .into_iter()
        .chain(pieces.iter().map(delta))
        .chain([last, stop]);
    let reply = raw(EVENTS, events(&Vec::from_iter(body)));
    server.reply([reply.clone(), reply]);
    let request = json_request();
    let whole = model.complete(&request).await;
    let stream = model.stream(&request).await.unwrap();
    let streamed = Completion::of_stream(stream).await;
    let shown = |answer: &Result<Completion>| format!("{answer:?}");
    assert_eq!(shown(&whole), shown(&streamed));
    whole
}

#[tokio::test]
async fn what_is_said_beside_a_tool_call_is_no_part_of_the_answer() {
    for reason in ["tool_use", "end_turn"] {
        let pieces = ["", "{\"words\"", ": \"Ring-", "ding\"}"];
        let answer = called(&pieces, reason).await.unwrap();
        assert_eq!(answer.text, "{\"words\": \"Ring-ding\"}");
        assert_eq!(answer.stop, StopReason::Finished);
    }
}

#[tokio::test]
async fn of_a_tool_call_that_is_cut_off_there_is_what_came() {
    let answer = called(&["{\"words\": \"Ri"], "max_tokens").await.unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.stop),
        ("{\"words\": \"Ri", StopReason::Length)
    );
}

#[tokio::test]
async fn an_input_that_does_not_fit_or_is_none_may_be_asked_for_again() {
    for pieces in [&[][..], &["{\"words\": 1}"], &["{\"words\": \"Ri"], &["{}"]] {
        for reason in ["tool_use", "end_turn"] {
            let told = called(pieces, reason).await.unwrap_err();
            assert_eq!(*told.kind(), AGAIN, "{pieces:?} {told:?}");
        }
    }
    let filtered = called(&[], "refusal").await.unwrap();
    assert_eq!(filtered.stop, StopReason::Filtered);
}

#[tokio::test]
async fn a_server_that_does_not_stream_calls_a_tool_as_well() {
    let server = kit::stand_in().await.unwrap();
    let config = kit::config(&server, JsonAnswers::ToolCall);
    let model = Anthropic::new("stand-in", &config).unwrap();
    let content = json!([
        {"type": "text", "text": "Here it is."},
        {"type": "tool_use", "id": "toolu_1", "name": "greeting", "input": {"words": "Hi"}},
    ]);
    let body = json!({"content": content, "stop_reason": "tool_use"});
    server.reply([raw(JSON, body.to_string())]);
    let answer = model.complete(&json_request()).await.unwrap();
    assert_eq!(answer.text, "{\"words\":\"Hi\"}");
}
