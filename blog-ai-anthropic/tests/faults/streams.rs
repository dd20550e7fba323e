//! What streams may have in them.

use std::sync::LazyLock;

use blog_core::ports::{StopReason, TokenUsage};
use serde_json::{Value, json};

use crate::faults::{AGAIN, EVENTS, JSON, check, in_a_stream, model, raw, request};

/// The stream of a message that says `Fox`.
pub(crate) static TEXT: LazyLock<[Value; 4]> = LazyLock::new(|| {
    let usage = json!({
        "input_tokens": 10, "cache_creation_input_tokens": 30, "cache_read_input_tokens": 60,
        "output_tokens": 1,
    });
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m-20261101", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": usage,
    });
    let delta = json!({"type": "text_delta", "text": "Fox"});
    let ending = json!({"stop_reason": "end_turn", "stop_sequence": null});
    [
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        json!({"type": "message_delta", "delta": ending, "usage": {"output_tokens": 5}}),
        json!({"type": "message_stop"}),
    ]
});

/// The body of a stream of these.
pub(crate) fn events(events: &[Value]) -> String {
    let event = |data: &Value| {
        format!(
            "event: {}\ndata: {data}\n\n",
            data["type"].as_str().unwrap()
        )
    };
    events.iter().map(event).collect()
}

#[tokio::test]
async fn what_was_counted_is_all_of_the_request_and_the_last_of_the_answer() {
    let (server, model) = model().await;
    server.reply([raw(EVENTS, events(&*TEXT))]);
    let answer = in_a_stream(&model).await.unwrap();
    let usage = TokenUsage {
        input: 100,
        cached_input: 60,
        output: 5,
    };
    assert_eq!(answer.usage, Some(usage));
    assert_eq!(answer.model, "m-20261101");

    let mut again = TEXT.clone();
    again[2]["usage"] = json!({
        "input_tokens": 12, "cache_creation_input_tokens": 30, "cache_read_input_tokens": 60,
        "output_tokens": 7, "output_tokens_details": {"thinking_tokens": 3},
    });
    server.reply([raw(EVENTS, events(&again))]);
    let answer = in_a_stream(&model).await.unwrap();
    let usage = TokenUsage {
        input: 102,
        cached_input: 60,
        output: 7,
    };
    assert_eq!(answer.usage, Some(usage));
}

#[tokio::test]
async fn what_nobody_knows_is_passed_over() {
    let (server, model) = model().await;
    let [start, text, last, stop] = TEXT.clone();
    let block =
        |block: Value| json!({"type": "content_block_start", "index": 0, "content_block": block});
    let delta = |delta: Value| json!({"type": "content_block_delta", "index": 0, "delta": delta});
    let body = [
        json!({"type": "ping"}),
        start,
        json!({"type": "ping"}),
        block(json!({"type": "thinking", "thinking": "", "signature": ""})),
        delta(json!({"type": "thinking_delta", "thinking": "A secret."})),
        delta(json!({"type": "signature_delta", "signature": "c2ln"})),
        json!({"type": "content_block_stop", "index": 0}),
        block(json!({"type": "a_block_of_tomorrow", "text": 1})),
        delta(json!({"type": "a_delta_of_tomorrow", "text": "Not this."})),
        delta(json!({"type": "input_json_delta", "partial_json": "{\"nor\": \"this\"}"})),
        json!({"type": "an_event_of_tomorrow", "delta": {"text": "nor that"}}),
        block(json!({"type": "text", "text": "", "citations": null})),
        text,
        json!({"type": "content_block_stop", "index": 1}),
        last,
        stop,
    ];
    server.reply([raw(EVENTS, events(&body))]);
    let answer = in_a_stream(&model).await.unwrap();
    assert_eq!(answer.text, "Fox");
    assert_eq!(answer.stop, StopReason::Finished);
}

#[tokio::test]
async fn a_stream_may_end_without_its_last_event_but_not_without_a_reason() {
    let (server, model) = model().await;
    server.reply([
        raw(EVENTS, events(&TEXT[..3])),
        raw(EVENTS, events(&TEXT[..2])),
    ]);
    assert_eq!(in_a_stream(&model).await.unwrap().text, "Fox");
    check(&in_a_stream(&model).await.unwrap_err(), &AGAIN, "no end");
    let [start, text, _, stop] = TEXT.clone();
    server.reply([raw(EVENTS, events(&[start, text, stop]))]);
    check(&in_a_stream(&model).await.unwrap_err(), &AGAIN, "no reason");
}

#[tokio::test]
async fn a_server_may_leave_out_what_it_has_nothing_for() {
    let (server, model) = model().await;
    let [_, text, mut last, stop] = TEXT.clone();
    last["usage"] = Value::Null;
    for message in [
        json!({}),
        json!({"model": null, "content": null, "usage": null}),
    ] {
        let start = json!({"type": "message_start", "message": message});
        let body = [start, text.clone(), last.clone(), stop.clone()];
        server.reply([raw(EVENTS, events(&body))]);
        let answer = in_a_stream(&model).await.unwrap();
        assert_eq!((answer.text.as_str(), answer.usage), ("Fox", None));
        // A server that names no model answers as the one that was asked.
        assert_eq!(answer.model, "stand-in");
    }
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let (server, model) = model().await;
    let content = json!([{"type": "text", "text": "Fox"}]);
    let usage = json!({"input_tokens": 3, "output_tokens": 2});
    let body = json!({"content": content, "stop_reason": "end_turn", "usage": usage});
    let reply = raw(JSON, body.to_string());
    server.reply([reply.clone(), reply]);
    let whole = model.complete(&request()).await.unwrap();
    assert_eq!(in_a_stream(&model).await.unwrap(), whole);
}
