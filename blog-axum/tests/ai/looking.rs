//! Texts that are looked at, by a model or without one.

use axum::http::{Method, StatusCode};
use blog_core::memory::ScriptedReply;
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::{TEXT, ask, client};

#[tokio::test]
async fn texts_are_looked_at_by_the_model() {
    let reasoned = |value: Value| json!({"value": value, "why": "So."});
    let client = client([
        ScriptedReply::answer(json!({"summary": "Rain."}).to_string()),
        ScriptedReply::answer(json!({"summary": "<b>Rain."}).to_string()),
        ScriptedReply::answer(
            json!({"score": 0.8, "confidence": 0.9, "paragraphs": [0.7]}).to_string(),
        ),
        ScriptedReply::answer(
            json!({
                "title": reasoned(json!("Rain")), "description": reasoned(json!("Warm rain.")),
                "keywords": reasoned(json!(["rain"])), "slug": reasoned(json!("warm-rain")),
            })
            .to_string(),
        ),
    ]);
    let text = json!({"text": TEXT});
    let summary = ask(&client, "/ai/summarize", "author", &text).await;
    assert_eq!(
        summary.body,
        json!({"engine": "model:scripted", "summary": "Rain."})
    );
    let guarded = ask(&client, "/ai/summarize", "author", &text).await.body;
    assert_eq!(guarded["summary"], "Rain.");
    assert_eq!(
        guarded["reports"],
        json!([{"field": "summary", "what": "markup", "text": "<b>"}])
    );
    let sentiment = ask(&client, "/ai/sentiment", "author", &text).await.body;
    assert_eq!(sentiment["engine"], "model:scripted");
    assert_eq!(
        (&sentiment["label"], &sentiment["score"]),
        (&json!("positive"), &json!(0.8))
    );
    assert_eq!(sentiment["confidence"], 0.9);
    assert_eq!(sentiment["paragraphs"][0]["score"], 0.7);
    let seo = ask(&client, "/ai/seo", "author", &text).await.body;
    assert_eq!(seo["slug"], json!({"value": "warm-rain", "why": "So."}));
    assert!(
        seo["findings"].is_array() && seo["score"].is_number(),
        "{seo}"
    );
}

#[tokio::test]
async fn what_needs_no_model_is_answered_without_one() {
    let client = Client::new();
    let text = json!({"text": TEXT, "sentences": 1});
    let summary = ask(&client, "/ai/summarize", "author", &text).await;
    assert_eq!(summary.body["engine"], "local");
    let text = json!({"text": TEXT});
    for path in ["/ai/sentiment", "/ai/seo"] {
        let found = ask(&client, path, "author", &text).await;
        assert_eq!(
            (found.status, &found.body["engine"]),
            (StatusCode::OK, &json!("local"))
        );
    }
    let seo = ask(&client, "/ai/seo", "author", &text).await.body;
    assert_eq!(seo["language"]["language"], "en", "{seo}");
    assert!(seo["language"]["confidence"].is_number(), "{seo}");
    assert_eq!(seo["readability"]["sentences"], 1, "{seo}");
    assert!(seo["readability"]["grade"].is_string(), "{seo}");
    let phrases = seo["key_phrases"].as_array().unwrap();
    assert!(phrases.iter().any(|it| it["text"] == "rain"), "{seo}");
    let answer = ask(
        &client,
        "/ai/generate-content",
        "author",
        &json!({"topic": "a"}),
    )
    .await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("no language model is configured"),
        "{detail}"
    );
    assert!(!answer.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_caller_may_let_this_program_answer_for_a_model_that_fails() {
    let client = client([]);
    let failed = ask(&client, "/ai/summarize", "author", &json!({"text": TEXT})).await;
    assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE);
    let allowed = json!({"text": TEXT, "fall_back": true});
    let found = ask(&client, "/ai/summarize", "author", &allowed).await;
    assert_eq!(found.body["engine"], "local");
}

#[tokio::test]
async fn a_post_is_looked_at_by_those_who_see_it() {
    let client = Client::new();
    let created = client.create(json!({"title": "Rain", "body": TEXT})).await;
    let look = json!({"post": created.body["id"]});
    let found = ask(&client, "/ai/summarize", "editor", &look).await;
    assert_eq!(found.status, StatusCode::OK);
    let headers = [
        ("x-role", "author"),
        ("x-user", "eve"),
        ("content-type", "application/json"),
    ];
    let hidden = client
        .raw(Method::POST, "/ai/seo", &headers, &look.to_string())
        .await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
}
