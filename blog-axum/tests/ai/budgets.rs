//! What models may cost, and have cost.

use axum::http::StatusCode;
use blog_core::domain::Role;
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::services::ai::Budget;
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::{ask, blog, post, read};

#[tokio::test]
async fn each_role_has_its_own_day_and_the_lowest_is_the_host_s() {
    let model = ScriptedModel::replying(|_| ScriptedReply::answer(post().to_string()));
    let blog = blog(model.clone(), |options| {
        let ai = &mut options.ai;
        ai.lowest_role = Role::Author;
        ai.budgets.actor_day.tokens = Some(1);
        let day = &mut ai.budgets.actor_day_by_role;
        day.insert(Role::Editor, Budget::default());
    });
    let client = Client::of(blog);
    let wanted = json!({"topic": "Crabs"});
    for (role, status, said) in [
        ("contributor", StatusCode::FORBIDDEN, ""),
        ("author", StatusCode::FORBIDDEN, "budget"),
        ("editor", StatusCode::OK, ""),
    ] {
        let answer = ask(&client, "/ai/generate-content", role, &wanted).await;
        assert_eq!(answer.status, status, "{role}: {}", answer.body);
        let told = answer.body["detail"].as_str().unwrap_or_default();
        assert!(told.contains(said), "{role}: {told}");
    }
    assert_eq!(model.requests().len(), 1);
}

#[tokio::test]
async fn a_budget_that_is_spent_says_when_it_begins_again() {
    let replies = ScriptedModel::replying(|_| ScriptedReply::answer(post().to_string()));
    let client = Client::of(blog(replies, |options| {
        options.ai.budgets.actor_day.tokens = Some(5_000);
    }));
    let mut answer = ask(
        &client,
        "/ai/generate-content",
        "author",
        &json!({"topic": "a"}),
    )
    .await;
    for _ in 0..100 {
        if answer.status != StatusCode::OK {
            break;
        }
        answer = ask(
            &client,
            "/ai/generate-content",
            "author",
            &json!({"topic": "a"}),
        )
        .await;
    }
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&seconds));
}

#[tokio::test]
async fn admins_see_what_models_cost() {
    let replies = ScriptedModel::replying(|_| ScriptedReply::answer(post().to_string()));
    let client = Client::of(blog(replies, |_| ()));
    for _ in 0..3 {
        ask(
            &client,
            "/ai/generate-content",
            "author",
            &json!({"topic": "a"}),
        )
        .await;
    }
    let page = read(&client, "/ai/usage?limit=2", "admin").await.body;
    let call = &page["items"][0];
    assert_eq!(
        (&call["actor"], &call["purpose"]),
        (&json!("ada"), &json!("generate"))
    );
    assert_eq!(
        (&call["model"], &call["outcome"]),
        (&json!("scripted"), &json!("answered"))
    );
    assert_eq!(call["amount"], json!({"tokens": 150, "cost": 0.0002}));
    let next = page["next"].as_str().unwrap();
    let rest = read(
        &client,
        &format!("/ai/usage?limit=2&cursor={next}"),
        "admin",
    )
    .await
    .body;
    assert_eq!(
        (rest["items"].as_array().unwrap().len(), &rest["next"]),
        (1, &Value::Null)
    );
    let totals = read(&client, "/ai/usage/totals", "admin").await.body;
    assert_eq!(totals["items"][0]["calls"], 3);
    assert_eq!(totals["items"][0]["amount"]["tokens"], 450);
    let wrong = read(
        &client,
        "/ai/usage/totals?from=2026-02-01&to=2026-01-01",
        "admin",
    )
    .await;
    assert_eq!(
        (wrong.status, &wrong.body["errors"][0]["field"]),
        (StatusCode::BAD_REQUEST, &json!("from"))
    );
    let wrong = read(&client, "/ai/usage?cursor=zz", "admin").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}
