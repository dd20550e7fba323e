//! What cannot begin.

use axum::http::{Method, StatusCode};
use blog_core::memory::{MemoryStorage, ScriptedModel};
use blog_core::{Blog, BlogOptions};
use serde_json::{Value, json};

use crate::world::{ADA, BEN, BODY, World, slowly};

#[tokio::test(start_paused = true)]
async fn what_cannot_begin_says_why() {
    let world = World::with(ScriptedModel::new([slowly(&["One.\n\n", "Two."])])).await;
    let write = || json!({"task": "write", "instruction": "On claws"});
    for (who, status) in [
        (("", "nobody"), StatusCode::UNAUTHORIZED),
        (("eve", "reader"), StatusCode::NOT_FOUND),
        (("cyd", "author"), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(world.ask(who, write()).await.status, status, "{who:?}");
    }
    for (body, field) in [
        (json!({"task": "write"}), "instruction"),
        (
            json!({"task": "write", "instruction": "x", "style": "rap"}),
            "style",
        ),
        (
            json!({"task": "write", "instruction": "x", "at": "!"}),
            "at",
        ),
        (
            json!({"task": "write", "instruction": "x", "at": "AAAA"}),
            "at",
        ),
        (json!({"task": "sing"}), "task"),
    ] {
        let refused = world.ask(ADA, body).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.body
        );
        assert_eq!(refused.body["errors"][0]["field"], field);
    }
    let none = world
        .send(Method::GET, "/assistant", ADA, &Value::Null)
        .await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let none = world
        .send(Method::DELETE, "/assistant", ADA, &Value::Null)
        .await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);

    world.begin().await;
    let second = world.ask(BEN, write()).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert_eq!(second.body["errors"][0]["field"], "assistant");
    world.ended().await;
    // The script is at its end.
    let failed = world.ask(BEN, write()).await;
    assert_eq!(failed.status, StatusCode::ACCEPTED);
    assert_eq!(world.ended().await["problem"]["status"], 503);
}

#[tokio::test(start_paused = true)]
async fn without_a_model_it_says_what_to_configure() {
    let world = World::of(Blog::in_memory()).await;
    let refused = world
        .ask(ADA, json!({"task": "write", "instruction": "On claws"}))
        .await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("language_model"), "{detail}");
    assert_eq!(world.body().await, BODY);
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_is_spent_is_said_at_once() {
    let mut options = BlogOptions::default();
    options.ai.budgets.total.tokens = Some(10);
    let blog = Blog::builder(MemoryStorage::default()).options(options);
    let model = ScriptedModel::new([slowly(&["One."])]);
    let world = World::of(blog.language_model(model.clone()).build()).await;
    let refused = world
        .ask(ADA, json!({"task": "write", "instruction": "On claws"}))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(model.requests().is_empty());
    assert_eq!(world.body().await, BODY);
}
