//! Answers that are written in another way.

use serde_json::{Value, json};

use crate::faults::{AGAIN, EVENTS, JSON, check, in_a_stream, model, raw, request};

#[tokio::test]
async fn an_answer_of_another_shape_may_be_asked_for_again() {
    let whole = |message: Value, reason: Value| json!({"model": "m", "choices": [{"message": message, "finish_reason": reason}]});
    let said = |text: Value| json!({"role": "assistant", "content": text});
    let bodies = [
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        "<html>It works!</html>".to_owned(),
        json!([]).to_string(),
        json!({"hello": "world"}).to_string(),
        json!({"choices": []}).to_string(),
        json!({"choices": [{}]}).to_string(),
        json!({"choices": [{"message": {"content": {"text": 1}}}]}).to_string(),
        whole(said(Value::Null), json!("stop")).to_string(),
        whole(said(json!("")), json!("stop")).to_string(),
        whole(said(json!("Fox")), Value::Null).to_string(),
        whole(said(json!("Fox")), json!("tool_calls")).to_string(),
        whole(said(json!("Fox")), json!("abort")).to_string(),
    ];
    let (server, model) = model().await;
    for body in bodies {
        server.reply([
            raw(JSON, body.clone()),
            raw(EVENTS, format!("data: {body}\n\ndata: [DONE]\n\n")),
            raw(EVENTS, body.clone()),
        ]);
        check(
            &model.complete(&request()).await.unwrap_err(),
            &AGAIN,
            &body,
        );
        for _ in 0..2 {
            check(&in_a_stream(&model).await.unwrap_err(), &AGAIN, &body);
        }
    }
}

#[tokio::test]
async fn a_stream_may_end_without_its_last_event() {
    let (server, model) = model().await;
    let chunk = |delta: Value, reason: Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": reason});
        format!("data: {}\n\n", json!({"choices": [choice]}))
    };
    let text = chunk(json!({"content": "Fox"}), Value::Null);
    let end = chunk(json!({}), json!("stop"));
    server.reply([raw(EVENTS, format!(": hello\n\n{text}{end}"))]);
    let answer = in_a_stream(&model).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.usage), ("Fox", None));
    // A server that names no model answers as the one that was asked.
    assert_eq!(answer.model, "stand-in");
    server.reply([raw(EVENTS, text)]);
    check(&in_a_stream(&model).await.unwrap_err(), &AGAIN, "no end");
}

/// Each server writes "nothing" in its own way.
#[tokio::test]
async fn what_does_not_apply_may_be_missing_null_or_empty() {
    let (server, model) = model().await;
    let words = json!({"content": "Fox", "refusal": null});
    let end = json!("stop");
    for (first, last) in [
        (
            json!({"choices": [{"delta": words, "finish_reason": ""}], "usage": null}),
            json!({"choices": [{"delta": null, "finish_reason": end}]}),
        ),
        (
            json!({"choices": [{"delta": words, "message": null}], "model": null, "error": null}),
            json!({"choices": [{"delta": {"content": null}, "finish_reason": end}]}),
        ),
        (
            json!({"choices": [{"delta": words}], "usage": {"prompt_tokens": null}}),
            json!({"choices": [{"finish_reason": end}]}),
        ),
    ] {
        let events = [
            json!({"choices": null}),
            json!({"choices": []}),
            json!({"id": "1"}),
            first,
            last,
            json!({"usage": null}),
        ];
        let body: String = events.map(|event| format!("data: {event}\n\n")).concat();
        server.reply([raw(EVENTS, body.clone())]);
        let answer = in_a_stream(&model).await.unwrap();
        assert_eq!(answer.text, "Fox", "{body}");
        assert_eq!(answer.model, "stand-in", "{body}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let (server, model) = model().await;
    let choice = json!({"message": {"content": "Fox"}, "finish_reason": "stop"});
    let usage = json!({"prompt_tokens": 3, "completion_tokens": 2});
    let body = json!({"model": "fox-1", "choices": [choice], "usage": usage}).to_string();
    let reply = raw(JSON, body);
    server.reply([reply.clone(), reply]);
    let whole = model.complete(&request()).await.unwrap();
    assert_eq!(in_a_stream(&model).await.unwrap(), whole);
}

#[tokio::test]
async fn of_several_choices_the_first_is_read() {
    let (server, model) = model().await;
    let choice = |text| json!({"message": {"content": text}, "finish_reason": "stop"});
    let body = json!({"choices": [choice("Fox"), choice("Hare"), 1]}).to_string();
    server.reply([raw(JSON, body)]);
    assert_eq!(model.complete(&request()).await.unwrap().text, "Fox");
}

#[tokio::test]
async fn a_byte_order_mark_hides_nothing() {
    let (server, model) = model().await;
    let choice = json!({"delta": {"content": "Fox"}, "finish_reason": "stop"});
    let body = format!("\u{feff}data: {}\n\n", json!({"choices": [choice]}));
    server.reply([raw(EVENTS, body)]);
    assert_eq!(in_a_stream(&model).await.unwrap().text, "Fox");
}

#[tokio::test]
async fn json_that_is_meant_to_harm_is_refused() {
    let (server, model) = model().await;
    let deep = |open: &str, close: &str| open.repeat(1 << 20) + &close.repeat(1 << 20);
    let keys: String = (0..500_000)
        .map(|number| format!("\"{number}\":0,"))
        .collect();
    for body in [
        deep("[", "]"),
        deep("{\"a\":", "}"),
        format!("{{\"error\":{}}}", deep("[", "]")),
        format!("{{\"error\":{{{keys}\"a\":1}}}}"),
        format!("{{\"choices\":[{}{{}}]}}", "{},".repeat(2 << 20)),
        format!("{{{keys}\"choices\":[]}}"),
        "{\"usage\":{\"prompt_tokens\":1e999999999}}".to_owned(),
        format!(
            "{{\"usage\":{{\"prompt_tokens\":{}}}}}",
            "9".repeat(4 << 20)
        ),
    ] {
        let beginning: String = body.chars().take(50).collect();
        server.reply([
            raw(JSON, body.clone()),
            raw(EVENTS, format!("data: {body}\n\n")),
        ]);
        let told = model.complete(&request()).await.unwrap_err();
        check(&told, &AGAIN, &beginning);
        let told = in_a_stream(&model).await.unwrap_err();
        check(&told, &AGAIN, &beginning);
    }
}
