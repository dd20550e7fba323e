//! Answers that end or are written in another way.

use blog_core::ports::StopReason;
use serde_json::{Value, json};

use crate::faults::{AGAIN, EVENTS, JSON, check, in_a_stream, model, raw, request};
use crate::streams::{TEXT, events};

fn message(content: Value, reason: Value) -> Value {
    json!({"type": "message", "model": "m", "content": content, "stop_reason": reason})
}

#[tokio::test]
async fn each_reason_says_how_the_answer_ends() {
    let (server, model) = model().await;
    let because = |explanation: Value| json!({"type": "refusal", "category": "bio", "explanation": explanation});
    let why = "This is not what I am for.";
    let refused = StopReason::Refused(Some(why.to_owned()));
    for (reason, details, expected) in [
        ("end_turn", Value::Null, StopReason::Finished),
        ("stop_sequence", Value::Null, StopReason::Finished),
        ("max_tokens", Value::Null, StopReason::Length),
        (
            "model_context_window_exceeded",
            Value::Null,
            StopReason::Length,
        ),
        ("refusal", because(json!(why)), refused),
        ("refusal", because(json!("")), StopReason::Filtered),
        ("refusal", because(Value::Null), StopReason::Filtered),
        ("refusal", Value::Null, StopReason::Filtered),
    ] {
        let mut whole = message(json!([{"type": "text", "text": "Fox"}]), json!(reason));
        whole["stop_details"] = details.clone();
        let mut stream = TEXT.clone();
        stream[2]["delta"] = json!({"stop_reason": reason, "stop_details": details});
        server.reply([raw(JSON, whole.to_string()), raw(EVENTS, events(&stream))]);
        for answer in [model.complete(&request()).await, in_a_stream(&model).await] {
            let answer = answer.unwrap();
            assert_eq!((answer.text.as_str(), &answer.stop), ("Fox", &expected));
        }
    }
}

#[tokio::test]
async fn of_a_message_only_its_text_is_the_answer() {
    let (server, model) = model().await;
    let content = json!([
        {"type": "thinking", "thinking": "A secret.", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "c2ln"},
        {"type": "text", "text": "The fox", "citations": null},
        {"type": "a_block_of_tomorrow", "text": "Not this."},
        {"type": "text", "text": " says"},
    ]);
    let body = message(content, json!("end_turn"));
    server.reply([raw(JSON, body.to_string())]);
    let answer = model.complete(&request()).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.usage), ("The fox says", None));
}

#[tokio::test]
async fn an_answer_of_another_shape_may_be_asked_for_again() {
    let said = |text: Value| json!([{"type": "text", "text": text}]);
    let bodies = [
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        "<html>It works!</html>".to_owned(),
        json!([]).to_string(),
        json!({"hello": "world"}).to_string(),
        json!({"type": "message"}).to_string(),
        json!({"type": "message", "content": "Fox"}).to_string(),
        message(json!([]), json!("end_turn")).to_string(),
        message(said(json!("")), json!("end_turn")).to_string(),
        message(said(json!(1)), json!("end_turn")).to_string(),
        message(said(json!("Fox")), Value::Null).to_string(),
        message(said(json!("Fox")), json!("tool_use")).to_string(),
        message(said(json!("Fox")), json!("pause_turn")).to_string(),
        message(said(json!("Fox")), json!("a_reason_of_tomorrow")).to_string(),
    ];
    let (server, model) = model().await;
    for body in bodies {
        server.reply([
            raw(JSON, body.clone()),
            raw(EVENTS, format!("event: message_start\ndata: {body}\n\n")),
            raw(EVENTS, body.clone()),
        ]);
        let told = model.complete(&request()).await.unwrap_err();
        check(&told, &AGAIN, &body);
        for _ in 0..2 {
            check(&in_a_stream(&model).await.unwrap_err(), &AGAIN, &body);
        }
    }
}
