//! A program that was built without the admin pages; `tests/run` builds it so.
#![cfg(not(feature = "admin"))]
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod client;

use axum::http::{Method, StatusCode};
use blog_axum::RouterOptions;
use blog_collab::Hub;
use blog_core::Blog;
use blog_core::memory::MemoryCollabStore;
use serde_json::json;

use client::Client;

#[tokio::test]
async fn a_program_without_the_admin_pages_serves_none_and_everything_else() {
    let blog = Blog::in_memory();
    let hub = Hub::builder(blog.clone(), MemoryCollabStore::default()).build();
    let client = Client::with_hub(blog, hub);
    let created = client.create(json!({ "title": "A", "body": "" })).await;
    assert_eq!(created.status, StatusCode::CREATED);
    assert!(!created.headers.contains_key("x-blog-build"));
    let post = created.body["id"].as_str().unwrap();

    let admin = [("x-role", "admin"), ("content-type", "application/json")];
    for (method, path) in [
        (Method::GET, "/admin"),
        (Method::GET, "/admin/sign-in"),
        (Method::POST, "/admin/sign-in"),
        (Method::POST, "/admin/sign-out"),
        (Method::POST, "/admin/preview"),
        (Method::GET, "/admin/assets/x/editor.js"),
        (Method::GET, "/admin/worker.js"),
        (Method::GET, &format!("/admin/posts/{post}/edit")),
        (Method::GET, &format!("/admin/posts/{post}/history")),
        (Method::GET, &format!("/admin/posts/{post}/preview")),
    ] {
        let answer = client.raw(method, path, &admin, "{}").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/", "/openapi.json", "/health/live"] {
        assert!(client.get(path).await.status.is_success(), "{path}");
    }
    let template = RouterOptions::default().with_template("admin/base.html", "");
    assert!(template.is_err());
}
