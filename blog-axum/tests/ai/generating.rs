//! Posts that a model writes.

use axum::http::StatusCode;
use blog_core::memory::{ScriptedModel, ScriptedReply};
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::{ask, blog, client, post};

#[tokio::test]
async fn a_generated_post_is_answered_with_what_it_cost_and_its_draft() {
    let client = client([ScriptedReply::answer(post().to_string())]);
    let wanted = json!({
        "topic": "Crabs", "style": "essay", "tone": "formal", "length": "brief", "audience": "all",
        "language": "de", "keywords": ["crab"], "outline": false, "save_as_draft": true,
    });
    let answer = ask(&client, "/ai/generate-content", "author", &wanted).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let body = answer.body;
    assert_eq!(body["engine"], "model:scripted");
    let content = json!({
        "title": "Ferris", "body": "## One\n\nText.", "excerpt": "On a crab.", "tags": ["rust"],
        "category": "Animals",
        "seo": {"title": "Ferris", "description": "All of it.", "keywords": ["crab"]},
    });
    assert_eq!(body["content"], content);
    assert_eq!(
        body["usage"],
        json!({"input": 100, "cached_input": 0, "output": 50})
    );
    assert_eq!(body["cost"], json!(0.0002));
    assert_eq!(body["reports"][0]["what"], "markup");
    assert_eq!(body["post"]["status"], "draft");
    assert_eq!(body["post"]["ai_generated"], true);
    assert_eq!(body["post"]["locale"], "de");
}

#[tokio::test]
async fn a_post_is_drawn_from_sources() {
    let model = ScriptedModel::new([ScriptedReply::answer(post().to_string())]);
    let client = Client::of(blog(model.clone(), |_| ()));
    let path = "/ai/generate-content";
    let source = json!({"text": "They walk sideways.", "url": "https://crabs.test/"});
    let wanted = json!({"topic": "Crabs", "sources": [source, {"text": "Some do not."}]});
    let answer = ask(&client, path, "author", &wanted).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let told = &model.requests()[0].messages[0].text;
    assert!(
        told.contains("https://crabs.test/\n\nThey walk sideways.")
            && told.contains("Some do not."),
        "{told}"
    );
    let empty = json!({"topic": "Crabs", "sources": [{"text": ""}]});
    let refused = ask(&client, path, "author", &empty).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.body["errors"][0]["field"], "sources");
}

#[tokio::test]
async fn without_a_draft_there_is_no_post_and_without_a_price_no_cost() {
    let model = ScriptedModel::new([ScriptedReply::answer(post().to_string())]);
    let client = Client::of(blog(model, |options| options.ai.prices.clear()));
    let answer = ask(
        &client,
        "/ai/generate-content",
        "author",
        &json!({"topic": "Crabs"}),
    )
    .await;
    assert_eq!(answer.body["cost"], Value::Null);
    let members = answer.body.as_object().unwrap();
    assert!(!members.contains_key("post"));
}
