//! Every limit of a post: just under and at it a post is kept, over it the field is named.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod client;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use client::Client;

/// A limited field, and a post in which it has a given size.
type Limit = (&'static str, usize, fn(usize) -> Value);

fn post(field: &str, value: Value) -> Value {
    let mut post = json!({"title": "A", "body": ""});
    post[field] = value;
    post
}

fn seo(field: &str, value: Value) -> Value {
    post("seo", json!({field: value}))
}

/// Characters of four bytes each: a limit in characters must not count bytes.
fn characters(count: usize) -> Value {
    "🦀".repeat(count).into()
}

fn words(count: usize) -> Value {
    (0..count).map(|word| word.to_string()).collect()
}

fn web_address(bytes: usize) -> Value {
    format!("https://a/{}", "x".repeat(bytes - "https://a/".len())).into()
}

const LIMITS: [Limit; 13] = [
    ("title", 300, |size| post("title", characters(size))),
    ("body", 1 << 20, |size| {
        post("body", "x".repeat(size).into())
    }),
    ("excerpt", 2_000, |size| post("excerpt", characters(size))),
    ("tags", 50, |size| post("tags", words(size))),
    ("tags", 100, |size| post("tags", json!([characters(size)]))),
    ("category", 200, |size| post("category", characters(size))),
    ("cover", 2_048, |size| post("cover", web_address(size))),
    ("seo.title", 2_000, |size| seo("title", characters(size))),
    ("seo.description", 2_000, |size| {
        seo("description", characters(size))
    }),
    ("seo.keywords", 50, |size| seo("keywords", words(size))),
    ("seo.keywords", 100, |size| {
        seo("keywords", json!([characters(size)]))
    }),
    ("seo.canonical_url", 2_048, |size| {
        seo("canonical_url", web_address(size))
    }),
    ("custom", 64 << 10, |size| {
        let around = json!({"a": ""}).to_string().len();
        post("custom", json!({"a": "x".repeat(size - around)}))
    }),
];

#[tokio::test]
async fn a_field_may_be_as_large_as_its_limit_and_no_larger() {
    let client = Client::new();
    for (field, limit, post) in LIMITS {
        for size in [limit - 1, limit] {
            let answer = client.create(post(size)).await;
            assert_eq!(
                answer.status,
                StatusCode::CREATED,
                "{field} {size}: {}",
                answer.body
            );
        }
        let over = client.create(post(limit + 1)).await;
        assert_eq!(over.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert_eq!(over.body["errors"][0]["field"], field, "{}", over.body);
    }
}

#[tokio::test]
async fn a_post_has_as_many_coauthors_as_its_limit_and_no_more() {
    let client = Client::new();
    let mut authors = Vec::new();
    for number in 0..51 {
        let author = format!("author-{number}");
        let headers = [
            ("x-role", "author"),
            ("x-user", author.as_str()),
            ("content-type", "application/json"),
        ];
        let body = json!({"title": author, "body": ""}).to_string();
        client
            .raw(Method::POST, "/api/posts", &headers, &body)
            .await;
        authors.push(author);
    }
    for (count, status) in [(49, 201), (50, 201), (51, 422)] {
        let answer = client
            .create(post("coauthors", json!(authors[..count])))
            .await;
        assert_eq!(answer.status.as_u16(), status, "{count}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_message_and_a_slug_have_limits_too() {
    let client = Client::new();
    let created = client.create(json!({"title": "A", "body": ""})).await;
    let path = format!("/api/posts/{}", created.body["id"].as_str().unwrap());
    for (field, limit, character) in [("message", 2_000, "🦀"), ("slug", 100, "x")] {
        for (size, status) in [(limit - 1, 200), (limit, 200), (limit + 1, 422)] {
            let etag = client.editor(Method::GET, &path, None, json!({})).await;
            let mut edit = json!({"body": format!("{field} {size}")});
            edit[field] = character.repeat(size).into();
            let etag = Some(etag.header("etag").to_owned());
            let answer = client
                .editor(Method::PATCH, &path, etag.as_deref(), edit)
                .await;
            assert_eq!(
                answer.status.as_u16(),
                status,
                "{field} {size}: {}",
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn a_null_character_is_refused_in_every_field() {
    let client = Client::new();
    for (field, post) in [
        ("title", post("title", "a\0".into())),
        ("body", post("body", "a\0".into())),
        ("excerpt", post("excerpt", "\0".into())),
        ("tags", post("tags", json!(["\0"]))),
        ("category", post("category", "\0".into())),
        ("cover", post("cover", "\0".into())),
        ("seo.title", seo("title", "\0".into())),
        ("seo.keywords", seo("keywords", json!(["\0"]))),
        ("custom", post("custom", json!({"a": ["\0"]}))),
        ("custom", post("custom", json!({"\0": 1}))),
    ] {
        let answer = client.create(post).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.body);
    }
}
