//! Suggestions that somebody accepts.

use axum::http::{Method, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blog_core::Blog;
use blog_core::memory::{ScriptedModel, ScriptedReply};
use serde_json::json;

use crate::client::Client;
use crate::world::{ADA, BEN, BODY, World};

#[tokio::test(start_paused = true)]
async fn an_accepted_suggestion_is_a_version_with_its_provenance() {
    let answer = json!({"parts": [{"number": 0, "text": "Crabs have legs."}]});
    let model = ScriptedModel::new([ScriptedReply::answer(answer.to_string())]);
    let world = World::with(model).await;
    let headers = [
        ("x-user", "ben"),
        ("x-role", "editor"),
        ("content-type", "application/json"),
    ];
    let wanted = json!({"post": world.post, "text": BODY}).to_string();
    let revised = world
        .client
        .raw(Method::POST, "/ai/rewrite", &headers, &wanted)
        .await;
    assert_eq!(revised.status, StatusCode::OK, "{}", revised.body);
    let receipt = revised.body["receipt"].as_str().unwrap();
    world.edit("ten ", "").await;
    let accepted =
        |receipt: &str| json!({"receipt": receipt, "edits": [{"client": 7, "from": 0, "to": 0}]});
    let told = String::from_utf8(STANDARD.decode(receipt).unwrap()).unwrap();
    let forged = STANDARD.encode(told.replace("scripted", "another"));
    for (who, body, status) in [
        (BEN, accepted(&forged), StatusCode::UNPROCESSABLE_ENTITY),
        (ADA, accepted(receipt), StatusCode::UNPROCESSABLE_ENTITY),
        (("", "nobody"), accepted(receipt), StatusCode::UNAUTHORIZED),
        (("cyd", "author"), accepted(receipt), StatusCode::NOT_FOUND),
        (BEN, accepted(receipt), StatusCode::NO_CONTENT),
    ] {
        let answer = world
            .send(Method::POST, "/assistant/accepted", who, &body)
            .await;
        assert_eq!(answer.status, status, "{who:?} {}", answer.body);
        if status == StatusCode::UNPROCESSABLE_ENTITY {
            assert_eq!(answer.body["errors"][0]["field"], "receipt");
        }
    }
    let newest = world.versions().await.remove(0);
    assert_eq!(newest["kind"], "ai");
    let provenance = &newest["provenance"];
    assert_eq!(
        (
            &provenance["model"],
            &provenance["prompt"],
            &provenance["requester"]
        ),
        (&json!("scripted"), &json!("rewrite 1"), &json!("ben"))
    );
    let usage = world
        .client
        .raw(Method::GET, "/ai/usage", &[("x-role", "admin")], "")
        .await;
    assert_eq!(usage.body["items"][0]["post"], json!(world.post));
}

#[tokio::test]
async fn without_rooms_no_suggestion_is_accepted() {
    let client = Client::of(Blog::in_memory());
    let created = client.create(json!({"title": "Crabs", "body": BODY})).await;
    let path = format!(
        "/api/posts/{}/assistant/accepted",
        created.body["id"].as_str().unwrap()
    );
    let headers = [("x-role", "editor"), ("content-type", "application/json")];
    let body = json!({"receipt": "", "edits": []}).to_string();
    let refused = client.raw(Method::POST, &path, &headers, &body).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("live documents"), "{detail}");
}
