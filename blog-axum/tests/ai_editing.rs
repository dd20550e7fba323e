//! What the API says where a language model works on texts of people, driven as a client drives it.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod client;

use axum::http::{Method, StatusCode};
use blog_core::consumers::catch_up;
use blog_core::memory::{MemoryStorage, ScriptedModel, ScriptedReply};
use blog_core::services::ai::Price;
use blog_core::{Blog, BlogOptions};
use serde_json::{Value, json};

use client::{Answer, Client};

const PATHS: [&str; 6] = [
    "/ai/suggest",
    "/ai/translate",
    "/ai/rewrite",
    "/ai/shorten",
    "/ai/alt-text",
    "/ai/moderate",
];

fn client(replies: impl IntoIterator<Item = Value>) -> Client {
    Client::of(blog(replies))
}

fn blog(replies: impl IntoIterator<Item = Value>) -> Blog {
    let mut options = BlogOptions::default();
    let price = Price {
        input: 1_000_000,
        cached_input: 0,
        output: 2_000_000,
    };
    options.ai.prices.insert("scripted".to_owned(), price);
    let replies = replies.into_iter();
    let replies = replies.map(|reply| ScriptedReply::answer(reply.to_string()));
    let blog = Blog::builder(MemoryStorage::default());
    let blog = blog.language_model(ScriptedModel::new(replies));
    blog.options(options).build()
}

async fn ask(client: &Client, path: &str, role: &str, body: &Value) -> Answer {
    let headers = [("x-role", role), ("content-type", "application/json")];
    let body = body.to_string();
    client.raw(Method::POST, path, &headers, &body).await
}

/// A request that each of them takes.
fn sound(path: &str) -> Value {
    match path {
        "/ai/translate" => json!({"text": "Crabs walk.", "to": "de"}),
        "/ai/alt-text" => json!({"text": "![a](/crab.png)"}),
        _ => json!({"text": "Crabs walk."}),
    }
}

#[tokio::test]
async fn paragraphs_are_worded_anew_one_by_one() {
    let part = |number: u32, text: &str| json!({"number": number, "text": text});
    let client = client([
        json!({"parts": [part(1, "She `#0`s well.")]}),
        json!({"parts": [part(0, ""), part(1, "She `#0`s.")]}),
    ]);
    let text = "Crabs walk.\n\nShe `walk`s quite well.";
    let wanted =
        json!({"text": text, "instruction": "Shorter.", "style": "essay", "tone": "formal"});
    let answer = ask(&client, "/ai/rewrite", "author", &wanted).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let expected = json!({
        "engine": "model:scripted",
        "paragraphs": [{"index": 1, "start": 13, "before": "She `walk`s quite well.", "after": "She `walk`s well."}],
        "usage": {"input": 100, "cached_input": 0, "output": 50},
        "cost": 0.0002,
        "reports": [],
    });
    assert_eq!(answer.body, expected);
    let wanted = json!({"text": text, "to": 4});
    let answer = ask(&client, "/ai/shorten", "author", &wanted).await;
    let paragraphs = json!([
        {"index": 0, "start": 0, "before": "Crabs walk.", "after": ""},
        {"index": 1, "start": 13, "before": "She `walk`s quite well.", "after": "She `walk`s."},
    ]);
    assert_eq!(answer.body["paragraphs"], paragraphs, "{}", answer.body);
}

#[tokio::test]
async fn a_post_is_translated_into_a_draft() {
    let part = |number: u32, text: &str| json!({"number": number, "text": text});
    let parts = json!({"parts": [
        part(0, "Krabben"), part(1, "Krabben!"), part(2, "[Krabben](#0) gehen."),
    ]});
    let client = client([parts]);
    let post = json!({
        "title": "Crabs", "body": "[Crabs](https://a.test) walk.", "tags": ["crabs"],
        "seo": {"title": "Crabs!"},
    });
    let created = client.create(post).await;
    let wanted = json!({"post": created.body["id"], "to": "de", "save_as_draft": true});
    let answer = ask(&client, "/ai/translate", "editor", &wanted).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let body = answer.body;
    let content = json!({
        "title": "Krabben", "body": "[Krabben](https://a.test) gehen.", "seo": {"title": "Krabben!"},
    });
    assert_eq!(
        (&body["language"], &body["content"]),
        (&json!("de"), &content)
    );
    assert_eq!(
        (&body["engine"], &body["cost"]),
        (&json!("model:scripted"), &json!(0.0002))
    );
    let draft = &body["post"];
    assert_eq!(
        (&draft["status"], &draft["locale"]),
        (&json!("draft"), &json!("de"))
    );
    assert_eq!(
        (&draft["ai_generated"], &draft["tags"]),
        (&json!(true), &json!(["crabs"]))
    );
    assert_ne!(draft["id"], created.body["id"]);
}

#[tokio::test]
async fn suggestions_lead_to_pages_that_there_are() {
    let blog =
        blog([json!({"titles": ["Sideways"], "links": [{"number": 0, "anchor": "hermit CRABS"}]})]);
    let client = Client::of(blog.clone());
    let post = json!({"title": "Hermit crabs", "body": "Shells.", "slug": "hermits"});
    let created = client.create(post).await;
    let id = created.body["id"].as_str().unwrap();
    let published = ask(
        &client,
        &format!("/api/posts/{id}/publish"),
        "admin",
        &json!({}),
    )
    .await;
    assert_eq!(published.status, StatusCode::OK);
    catch_up(&blog).await.unwrap();
    let text = "The hermit crabs and the other crabs of this shore walk sideways when they are in a hurry.";
    let wanted =
        json!({"text": text, "kinds": ["titles", "links"], "count": 2, "fall_back": false});
    let answer = ask(&client, "/ai/suggest", "author", &wanted).await;
    let link = json!({"post": id, "title": "Hermit crabs", "url": "/blog/posts/hermits", "anchor": "hermit crabs"});
    let expected = json!({
        "engine": "model:scripted", "titles": ["Sideways"], "topics": [], "links": [link], "tags": [],
    });
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn pictures_are_described_and_comments_are_judged() {
    let client = client([
        json!({"pictures": [{"number": 0, "alt": "A crab"}]}),
        json!({"label": "spam", "score": 0.75, "reasons": ["It sells."]}),
    ]);
    let answer = ask(&client, "/ai/alt-text", "author", &sound("/ai/alt-text")).await;
    let images = json!([{"url": "/crab.png", "alt": "A crab"}]);
    assert_eq!(
        answer.body,
        json!({"engine": "model:scripted", "images": images})
    );
    let answer = ask(&client, "/ai/moderate", "author", &json!({"text": "Buy!"})).await;
    let expected = json!({
        "engine": "model:scripted", "label": "spam", "score": 0.75, "reasons": ["It sells."],
    });
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn without_a_model_suggestions_are_answered_alone() {
    let client = Client::new();
    for path in PATHS {
        let answer = ask(&client, path, "author", &sound(path)).await;
        match path {
            "/ai/suggest" => assert_eq!(answer.body["engine"], "local", "{}", answer.body),
            _ => assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}"),
        }
    }
}

#[tokio::test]
async fn each_role_gets_what_it_may_have() {
    let client = client([]);
    for (role, status) in [
        ("", 401),
        ("reader", 403),
        ("contributor", 422),
        ("admin", 422),
    ] {
        for path in PATHS {
            let mut body = sound(path);
            body["text"] = json!("");
            let answer = ask(&client, path, role, &body).await;
            assert_eq!(
                answer.status.as_u16(),
                status,
                "{role} {path}: {}",
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn bad_input_is_named() {
    let client = client([]);
    let none = "01890a5d-ac96-774b-bcce-b302099a8057";
    for path in PATHS {
        let mut body = sound(path);
        body["fields"] = json!(1);
        let answer = ask(&client, path, "author", &body).await;
        assert_eq!(answer.body["errors"][0]["field"], "fields", "{path}");
        if path == "/ai/moderate" {
            continue;
        }
        let mut body = sound(path);
        body["post"] = json!(none);
        let answer = ask(&client, path, "author", &body).await;
        match path {
            "/ai/rewrite" | "/ai/shorten" => assert_eq!(answer.status, StatusCode::NOT_FOUND),
            _ => assert_eq!(answer.body["errors"][0]["field"], "post", "{path}"),
        }
        body.as_object_mut().unwrap().remove("text");
        let answer = ask(&client, path, "author", &body).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for (path, member, value, field) in [
        ("/ai/suggest", "count", json!(0), "count"),
        ("/ai/suggest", "count", json!(21), "count"),
        ("/ai/suggest", "kinds", json!(["hats"]), "kinds[0]"),
        ("/ai/translate", "to", json!("x"), "to"),
        (
            "/ai/translate",
            "save_as_draft",
            json!(true),
            "save_as_draft",
        ),
        (
            "/ai/rewrite",
            "instruction",
            json!("a".repeat(2_001)),
            "instruction",
        ),
        ("/ai/rewrite", "style", json!("haiku"), "style"),
        ("/ai/rewrite", "tone", json!("loud"), "tone"),
        ("/ai/shorten", "to", json!(2_000), "to"),
        ("/ai/shorten", "share", json!(0.01), "share"),
        ("/ai/alt-text", "image", json!("/other.png"), "image"),
        ("/ai/moderate", "text", json!("a".repeat(10_001)), "text"),
    ] {
        let mut body = sound(path);
        body[member] = value;
        let answer = ask(&client, path, "author", &body).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path} {member}"
        );
        assert_eq!(
            answer.body["errors"][0]["field"], field,
            "{path}: {}",
            answer.body
        );
    }
    let both = json!({"text": "Crabs walk.", "to": 1, "share": 0.5});
    let answer = ask(&client, "/ai/shorten", "author", &both).await;
    assert_eq!(answer.body["errors"][0]["field"], "share");
}
