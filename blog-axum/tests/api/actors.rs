//! As whom something is done.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::client::Client;

#[tokio::test]
async fn a_locked_post_is_changed_by_its_holder_alone_and_says_who_that_is() {
    let client = Client::new();
    let created = client.create(json!({"title": "Ours", "body": "x"})).await;
    let path = format!("/api/posts/{}", created.body["id"].as_str().unwrap());
    let as_ada = async |method, path: &str, body| client.editor(method, path, None, body).await;
    let locked = as_ada(Method::POST, &format!("{path}/lock"), json!({})).await;
    assert_eq!(locked.body["collaboration"], "locked");
    let presence = as_ada(Method::GET, &format!("{path}/presence"), json!({})).await;
    assert_eq!(presence.body, json!({"items": [], "locked_by": "ada"}));

    let tag = locked.header("etag").to_owned();
    let edit = json!({"body": "y"}).to_string();
    let headers = [
        ("x-role", "editor"),
        ("x-user", "ben"),
        ("content-type", "application/json"),
        ("if-match", &tag),
    ];
    let refused = client.raw(Method::PATCH, &path, &headers, &edit).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let lock = client
        .raw(Method::POST, &format!("{path}/lock"), &headers, "{}")
        .await;
    assert_eq!(lock.status, StatusCode::CONFLICT);
    let saved = client
        .editor(Method::PATCH, &path, Some(&tag), json!({"body": "z"}))
        .await;
    assert_eq!(saved.body["body"], "z");

    let unlock = format!("{path}/unlock");
    let unlocked = client.raw(Method::POST, &unlock, &headers, "{}").await;
    assert_eq!(unlocked.body["collaboration"], "idle");
}

#[tokio::test]
async fn a_page_does_nothing_as_whoever_has_signed_in_since() {
    let client = Client::new();
    let create = async |page_of| {
        let headers = [
            ("x-role", "editor"),
            ("x-user", "Ben & Co"),
            ("content-type", "application/json"),
            ("x-blog-actor", page_of),
        ];
        let post = r#"{"title": "A", "body": ""}"#;
        client.raw(Method::POST, "/api/posts", &headers, post).await
    };
    let refused = create("ada").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let detail = "this page is of somebody who is not signed in here any more";
    assert_eq!(refused.body["detail"], detail);
    assert_eq!(create("Ben%20%26%20Co").await.status, StatusCode::CREATED);
}
