//! What the history says of versions that a model wrote.

use axum::http::{Method, StatusCode};
use blog_core::memory::ScriptedReply;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::world::{ask, client, post, read};

/// The history, the newest version first.
async fn history(client: &Client, post: &str, role: &str) -> Answer {
    read(client, &format!("/api/posts/{post}/versions"), role).await
}

#[tokio::test]
async fn a_version_says_what_wrote_it_to_those_who_see_the_history() {
    let client = client([ScriptedReply::answer(post().to_string())]);
    let wanted = json!({"topic": "Crabs", "save_as_draft": true});
    let draft = ask(&client, "/ai/generate-content", "editor", &wanted).await;
    let id = draft.body["post"]["id"].as_str().unwrap();

    let headers = [
        ("x-role", "editor"),
        ("content-type", "application/json"),
        ("if-match", "\"1\""),
    ];
    let words = json!({"body": "A person's words."}).to_string();
    let path = format!("/api/posts/{id}");
    let edited = client.raw(Method::PATCH, &path, &headers, &words).await;
    assert_eq!(edited.body["ai_generated"], true, "{}", edited.body);
    let publish = format!("/api/posts/{id}/publish");
    let published = ask(&client, &publish, "editor", &json!({})).await;
    assert_eq!(published.status, StatusCode::OK, "{}", published.body);

    let versions = history(&client, id, "editor").await.body;
    let [person, model] = &versions["items"].as_array().unwrap()[..] else {
        panic!("two versions: {versions}");
    };
    assert_eq!(
        (&person["kind"], &person["provenance"]),
        (&json!("manual"), &Value::Null)
    );
    assert_eq!(model["kind"], "ai");
    let provenance = &model["provenance"];
    let members = json!({
        "model": "scripted", "prompt": "generate 2", "input_tokens": 100, "output_tokens": 50,
        "cost_micros": 200, "requester": "ada",
        "request_hash": provenance["request_hash"], "answer_hash": provenance["answer_hash"],
    });
    assert_eq!(*provenance, members);
    for hash in ["request_hash", "answer_hash"] {
        assert_eq!(provenance[hash].as_str().unwrap().len(), 64);
    }
    let one = |number: u32| format!("/api/posts/{id}/versions/{number}");
    let first = read(&client, &one(1), "editor").await.body;
    assert_eq!(first["provenance"], *provenance);

    let shown = read(&client, &one(2), "reader").await;
    assert_eq!(shown.body["provenance"], Value::Null);
    assert_eq!(
        history(&client, id, "reader").await.status,
        StatusCode::FORBIDDEN
    );
    let public = read(&client, &format!("/api/posts/{id}"), "reader").await;
    assert_eq!(public.body["ai_generated"], true);
}

#[tokio::test]
async fn readers_of_what_a_model_wrote_are_not_told_what_it_cost() {
    let client = client([ScriptedReply::answer(post().to_string())]);
    let wanted = json!({"topic": "Crabs", "save_as_draft": true});
    let draft = ask(&client, "/ai/generate-content", "editor", &wanted).await;
    let id = draft.body["post"]["id"].as_str().unwrap();
    let publish = format!("/api/posts/{id}/publish");
    ask(&client, &publish, "editor", &json!({})).await;
    let version = format!("/api/posts/{id}/versions/1");
    let shown = read(&client, &version, "reader").await;
    assert_eq!(
        (&shown.body["kind"], &shown.body["provenance"]),
        (&json!("ai"), &Value::Null)
    );
    let seen = read(&client, &version, "editor").await;
    assert_eq!(seen.body["provenance"]["requester"], "ada");
}
