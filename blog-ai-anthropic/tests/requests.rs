//! What is asked of servers: bodies that are valid against Anthropic's types of its API, and headers as its API
//! reference has them.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod description;
mod kit;
#[path = "../../tests/models/question.rs"]
mod question;

use blog_ai_anthropic::{Anthropic, JsonAnswers};
use blog_core::ports::{AnswerFormat, LanguageModel};
use question::{greeting, request};
use serde_json::{Value, json};

/// What the server was asked, which is valid.
async fn asked(json: JsonAnswers, format: AnswerFormat, streams: bool) -> Value {
    let server = kit::stand_in().await.unwrap();
    let model = Anthropic::new("stand-in", &kit::config(&server, json)).unwrap();
    if streams {
        drop(model.stream(&request(format)).await.unwrap());
    } else {
        model.complete(&request(format)).await.unwrap();
    }
    let body = server.asked().pop().unwrap().body;
    let faults = description::faults(&body);
    assert!(faults.is_empty(), "{faults:?} in {body}");
    body
}

#[tokio::test]
async fn a_text_is_asked_for() {
    let body = asked(JsonAnswers::OutputFormat, AnswerFormat::Text, false).await;
    insta::assert_json_snapshot!(body);
    let other = asked(JsonAnswers::ToolCall, AnswerFormat::Text, false).await;
    assert_eq!(other, body);
}

#[tokio::test]
async fn json_is_asked_for_by_its_schema() {
    let body = asked(JsonAnswers::OutputFormat, greeting(), false).await;
    insta::assert_json_snapshot!(body);
}

#[tokio::test]
async fn json_is_asked_for_as_the_input_of_a_tool() {
    let body = asked(JsonAnswers::ToolCall, greeting(), false).await;
    insta::assert_json_snapshot!(body);
}

#[tokio::test]
async fn a_stream_is_the_same_request() {
    for (json, format) in [
        (JsonAnswers::OutputFormat, AnswerFormat::Text),
        (JsonAnswers::OutputFormat, greeting()),
        (JsonAnswers::ToolCall, greeting()),
    ] {
        let mut whole = asked(json, format.clone(), false).await;
        whole["stream"] = true.into();
        assert_eq!(asked(json, format, true).await, whole);
    }
}

#[tokio::test]
async fn the_effort_stands_beside_the_format() {
    let server = kit::stand_in().await.unwrap();
    let mut config = kit::config(&server, JsonAnswers::OutputFormat);
    config.effort = Some("low".to_owned());
    let model = Anthropic::new("stand-in", &config).unwrap();
    for format in [AnswerFormat::Text, greeting()] {
        model.complete(&request(format.clone())).await.unwrap();
        let mut with = server.asked().pop().unwrap().body;
        assert!(description::faults(&with).is_empty(), "{with}");
        let output = with["output_config"].as_object_mut().unwrap();
        assert_eq!(output.remove("effort"), Some(json!("low")));
        if output.is_empty() {
            with.as_object_mut().unwrap().remove("output_config");
        }
        let without = asked(JsonAnswers::OutputFormat, format, false).await;
        assert_eq!(with, without);
    }
}

#[tokio::test]
async fn a_request_that_anthropic_does_not_describe_is_noticed() {
    let text = asked(JsonAnswers::OutputFormat, greeting(), true).await;
    let tool = asked(JsonAnswers::ToolCall, greeting(), true).await;
    for (sound, place, wrong) in [
        (&text, "/model", json!(1)),
        (&text, "/messages/0/role", json!("robot")),
        (&text, "/messages/0/content", Value::Null),
        (&text, "/max_tokens", json!("500")),
        (&text, "/system", json!({})),
        (&text, "/stream", json!("yes")),
        (&text, "/output_config/format/type", json!("json")),
        (&text, "/output_config/format/schema", json!("object")),
        (&text, "/output_config/format", json!({"schema": {}})),
        (&tool, "/tools/0/name", Value::Null),
        (&tool, "/tools/0/input_schema", json!([])),
        (&tool, "/tool_choice/type", json!("function")),
        (
            &tool,
            "/tool_choice/disable_parallel_tool_use",
            json!("yes"),
        ),
    ] {
        let mut body = sound.clone();
        *body.pointer_mut(place).unwrap() = wrong;
        assert!(!description::faults(&body).is_empty(), "{body}");
    }
    for (mut body, place) in [
        (text.clone(), ""),
        (text.clone(), "/messages/0"),
        (text, "/output_config"),
        (tool, "/tools/0"),
    ] {
        body.pointer_mut(place).unwrap()["nonsense"] = json!(1);
        assert!(!description::faults(&body).is_empty(), "{body}");
    }
}

#[tokio::test]
async fn the_key_and_the_version_are_in_headers() {
    let server = kit::stand_in().await.unwrap();
    let mut config = kit::config(&server, JsonAnswers::OutputFormat);
    config.base_url = format!("{}/", server.anthropic_url());
    config.headers = vec![("anthropic-beta".to_owned(), "context-1m-2025-08-07".into())];
    let model = Anthropic::new("stand-in", &config).unwrap();
    model.complete(&request(AnswerFormat::Text)).await.unwrap();
    let asked = server.asked().pop().unwrap();
    assert_eq!(asked.uri.path(), "/v1/messages");
    for (name, value) in [
        ("x-api-key", Some(kit::KEY)),
        ("anthropic-version", Some("2023-06-01")),
        ("anthropic-beta", Some("context-1m-2025-08-07")),
        ("content-type", Some("application/json")),
        ("authorization", None),
    ] {
        assert_eq!(asked.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn a_key_of_another_kind_may_be_in_a_header() {
    let server = kit::stand_in().await.unwrap();
    let mut config = kit::config(&server, JsonAnswers::OutputFormat);
    config.key = None;
    let bearer = format!("Bearer {}", kit::KEY);
    config.headers = vec![("authorization".to_owned(), bearer.into())];
    let model = Anthropic::new("stand-in", &config).unwrap();
    model.complete(&request(AnswerFormat::Text)).await.unwrap();
    assert_eq!(server.asked().pop().unwrap().header("x-api-key"), None);
    assert!(!format!("{model:?} {config:?}").contains(kit::KEY));
}
