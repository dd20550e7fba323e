//! The description of the API says what the API does.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod client;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
#[cfg(feature = "admin")]
use blog_axum::{AnonymousOnly, JwtAuthenticator, SessionCookie};
use blog_axum::{RouterOptions, router};
use blog_core::Blog;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use client::Client;

async fn document() -> Value {
    Client::new().get("/openapi.json").await.body
}

/// The members of a schema, those of the schemas that it is put together from included.
fn members(document: &Value, schema: &Value) -> BTreeSet<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return members(document, &document["components"]["schemas"][name]);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts
            .iter()
            .flat_map(|part| members(document, part))
            .collect();
    }
    let properties = schema["properties"].as_object();
    properties
        .into_iter()
        .flat_map(|them| them.keys().cloned())
        .collect()
}

#[tokio::test]
async fn every_operation_of_the_api_is_described() {
    let document = document().await;
    let operations: Vec<_> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    insta::assert_snapshot!(operations.join("\n"));
}

#[tokio::test]
async fn a_post_has_the_members_that_are_described() {
    let document = document().await;
    let created = Client::new()
        .create(json!({"title": "A", "body": ""}))
        .await;
    let answered: BTreeSet<_> = created.body.as_object().unwrap().keys().cloned().collect();
    let described = json!({"$ref": "#/components/schemas/Post"});
    assert_eq!(answered, members(&document, &described));
}

#[tokio::test]
async fn an_error_has_members_that_are_described() {
    let document = document().await;
    let refused = Client::new().create(json!({"title": "", "body": ""})).await;
    let answered: BTreeSet<_> = refused.body.as_object().unwrap().keys().cloned().collect();
    let described = json!({"$ref": "#/components/schemas/Problem"});
    assert!(
        answered.is_subset(&members(&document, &described)),
        "{answered:?}"
    );
}

#[tokio::test]
async fn answers_as_events_are_described_in_one_place() {
    let document = document().await;
    let mut described = BTreeSet::new();
    for operation in document["paths"].as_object().unwrap().values() {
        let answers = &operation["post"]["responses"]["200"]["content"];
        let Some(events) = answers.get("text/event-stream") else {
            continue;
        };
        let name = events["schema"]["$ref"].as_str().unwrap();
        let name = name.rsplit('/').next().unwrap();
        let schema = &document["components"]["schemas"][name];
        assert!(schema["description"].as_str().unwrap().contains("`done`"));
        described.insert(name.to_owned());
    }
    assert_eq!(described.len(), 2, "{described:?}");
}

#[tokio::test]
async fn addresses_begin_with_the_prefix() {
    assert_eq!(document().await["servers"][0]["url"], "/blog");
}

#[tokio::test]
async fn the_page_for_people_needs_nothing_from_elsewhere() {
    let request = Request::get("/docs").body(Body::empty()).unwrap();
    let router = router(Blog::in_memory(), RouterOptions::default());
    let response = router.oneshot(request).await.unwrap();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let page = String::from_utf8(bytes.to_vec())
        .unwrap()
        .replace("&#x2f;", "/");
    for needed in ["src=", "<link", "<script", "@import", "url("] {
        assert!(!page.contains(needed), "{needed}");
    }
    assert!(page.contains("/api/posts/by-slug/{slug}"), "{page}");
}

#[cfg(feature = "admin")]
#[tokio::test]
async fn the_cookie_and_the_build_of_the_admin_pages_are_described_where_there_are_any() {
    let of = async |options: RouterOptions| {
        let client = Client::from(router(Blog::in_memory(), options));
        client.get("/openapi.json").await.body
    };
    let cookie = SessionCookie::new("session", &RouterOptions::default()).unwrap();
    let users = JwtAuthenticator::hs256(b"secret").with_session_cookie(cookie);
    let mut options = RouterOptions::default().with_authenticator(users);
    let document = of(options.clone()).await;
    let scheme = &document["components"]["securitySchemes"]["session"];
    assert_eq!(scheme["in"], "cookie");
    assert_eq!(scheme["name"], "session");
    let security = &document["security"];
    assert_eq!(*security, json!([{}, { "token": [] }, { "session": [] }]));
    for path in document["paths"].as_object().unwrap().values() {
        for operation in path.as_object().unwrap().values() {
            for answer in operation["responses"].as_object().unwrap().values() {
                let header = &answer["headers"]["X-Blog-Build"];
                assert!(header.is_object(), "{operation}");
            }
        }
    }

    options.admin = false;
    let document = of(options.with_authenticator(AnonymousOnly)).await;
    assert!(!document.to_string().contains("X-Blog-Build"));
    assert_eq!(document["security"], json!([{}, { "token": [] }]));
}
