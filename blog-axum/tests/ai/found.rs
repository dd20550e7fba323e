//! What is found, as one event.

use std::time::Duration;

use axum::http::StatusCode;
use blog_core::memory::{ScriptedModel, ScriptedReply};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::client::Client;
use crate::events::{as_events, events, in_pieces};
use crate::world::{TEXT, ask, blog, client};

/// What is asked that is answered by one event, and how a model answers each.
fn found_as_one_event() -> [(&'static str, Value, Value); 5] {
    let reasoned = |value: Value| json!({"value": value, "why": "So."});
    let text = || json!({"text": TEXT});
    let seo = json!({
        "title": reasoned(json!("Rain")), "description": reasoned(json!("Warm rain.")),
        "keywords": reasoned(json!(["rain"])), "slug": reasoned(json!("warm-rain")),
    });
    [
        ("/ai/summarize", text(), json!({"summary": "Rain."})),
        (
            "/ai/sentiment",
            text(),
            json!({"score": 0.8, "confidence": 0.9, "paragraphs": [0.7]}),
        ),
        ("/ai/seo", text(), seo),
        (
            "/ai/suggest",
            json!({"text": TEXT, "kinds": ["titles"]}),
            json!({"titles": ["Warm rain"]}),
        ),
        (
            "/ai/translate",
            json!({"text": TEXT, "to": "de"}),
            json!({"parts": [{"number": 0, "text": "Regen"}, {"number": 1, "text": "Schön."}]}),
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn what_is_found_comes_as_one_event_to_those_who_accept_events() {
    for (path, body, answer) in found_as_one_event() {
        let said = answer.to_string();
        let pause = Duration::from_secs(20);
        let client = client([
            ScriptedReply::answer(said.as_str()),
            ScriptedReply::answer(said.as_str()),
            in_pieces(&[said.as_str()], pause),
            in_pieces(&["No JSON."], pause),
        ]);
        let plain = ask(&client, path, "author", &body).await;
        assert_eq!(plain.status, StatusCode::OK, "{path} {}", plain.body);
        for is_slow in [false, true] {
            let response = client.response(as_events(path, &body)).await;
            assert_eq!(response.headers()["content-type"], "text/event-stream");
            let bytes = response.into_body().collect().await.unwrap().to_bytes();
            let text = std::str::from_utf8(&bytes).unwrap();
            assert_eq!(text.starts_with(":\n\n"), is_slow, "{path} {text}");
            let events = events(text);
            let [(name, data)] = &events[..] else {
                panic!("{path} {events:?}")
            };
            let mut data = data.clone();
            if is_slow && path == "/ai/translate" {
                // This script does not say how many tokens it took.
                for member in ["usage", "cost"] {
                    data[member] = plain.body[member].clone();
                }
            }
            assert_eq!((name.as_str(), &data), ("done", &plain.body), "{path}");
        }
        let response = client.response(as_events(path, &body)).await;
        assert_eq!(response.status(), StatusCode::OK);
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let events = events(std::str::from_utf8(&bytes).unwrap());
        let [(name, problem)] = &events[..] else {
            panic!("{path} {events:?}")
        };
        assert_eq!((name.as_str(), &problem["status"]), ("error", &json!(503)));
    }
}

#[tokio::test]
async fn what_is_refused_at_once_is_no_event() {
    let client = client([]);
    for (path, mut body, _) in found_as_one_event() {
        let failed = client.send(as_events(path, &body)).await;
        assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        body["text"] = json!("");
        let refused = client.send(as_events(path, &body)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(refused.header("content-type"), "application/problem+json");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_wait_for_what_is_found_ends_the_model_s_call() {
    let model = ScriptedModel::new([ScriptedReply::Stall, ScriptedReply::Stall]);
    let client = Client::of(blog(model.clone(), |_| ()));
    let ask = || client.response(as_events("/ai/summarize", &json!({"text": TEXT})));
    let response = ask().await;
    assert_eq!((response.status(), model.open_calls()), (StatusCode::OK, 1));
    drop(response);
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(model.open_calls(), 0);
    // Who does not read either is waited for no longer than others.
    let response = ask().await;
    tokio::time::sleep(Duration::from_secs(240)).await;
    assert_eq!(model.open_calls(), 0);
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let events = events(std::str::from_utf8(&bytes).unwrap());
    assert_eq!(
        (events[0].0.as_str(), &events[0].1["status"]),
        ("error", &json!(503))
    );
}
