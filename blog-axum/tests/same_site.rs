//! What pages of other sites can make a browser do.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod client;

use axum::http::{Method, StatusCode};
use blog_axum::{JwtAuthenticator, RouterOptions, SessionCookie, router};
use blog_collab::Hub;
use blog_core::Blog;
use blog_core::memory::MemoryCollabStore;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;

use client::Client;

const SECRET: &[u8] = b"a secret of thirty-two bytes ...";

fn token() -> String {
    let exp = Blog::in_memory().clock().now().timestamp() + 60;
    let claims = json!({ "sub": "ada", "roles": ["admin"], "exp": exp });
    encode(
        &Header::default(),
        &claims,
        &EncodingKey::from_secret(SECRET),
    )
    .unwrap()
}

/// A blog at <https://example.org>, whose users sign in by a cookie.
fn client() -> Client {
    let blog = Blog::in_memory();
    let hub = Hub::builder(blog.clone(), MemoryCollabStore::default()).build();
    let options = RouterOptions::default()
        .with_public_url("https://example.org/blog".parse().unwrap())
        .with_hub(hub);
    let session = SessionCookie::new("session", &options).unwrap();
    let users = JwtAuthenticator::hs256(SECRET).with_session_cookie(session);
    Client::from(router(blog, options.with_authenticator(users)))
}

/// What becomes of a change by somebody who has signed in there.
async fn change(method: Method, path: &str, headers: &[(&str, &str)]) -> StatusCode {
    let client = client();
    let cookie = format!("session={}", token());
    let body = json!({ "title": "A", "body": "" }).to_string();
    let mut all = vec![
        ("cookie", cookie.as_str()),
        ("host", "internal.example:3000"),
        ("content-type", "application/json"),
    ];
    all.extend_from_slice(headers);
    client.raw(method, path, &all, &body).await.status
}

async fn create(headers: &[(&str, &str)]) -> StatusCode {
    change(Method::POST, "/api/posts", headers).await
}

#[tokio::test]
async fn a_page_of_this_site_changes_something_with_a_cookie() {
    for ours in [
        [("sec-fetch-site", "same-origin")],
        [("sec-fetch-site", "none")],
        // Browsers say no more to addresses that are not trustworthy.
        [("origin", "https://example.org")],
        [("origin", "https://internal.example:3000")],
    ] {
        assert_eq!(create(&ours).await, StatusCode::CREATED, "{ours:?}");
    }
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing_with_a_cookie() {
    let foreign: [&[(&str, &str)]; 11] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "")],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://example.org"),
        ],
        &[("origin", "https://evil.example")],
        &[("origin", "https://example.org.evil.example")],
        &[("origin", "http://example.org")],
        &[("origin", "http://internal.example:3000")],
        &[("origin", "null")],
        // A password that the browser remembers.
        &[
            ("origin", "https://evil.example"),
            ("authorization", "Basic YWRhOmFkYQ=="),
        ],
        // Nobody says where it comes from.
        &[],
    ];
    for headers in foreign {
        assert_eq!(create(headers).await, StatusCode::FORBIDDEN, "{headers:?}");
    }
    let cross = [("sec-fetch-site", "cross-site")];
    let status = change(Method::POST, "/api/posts?token=x", &cross).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

/// All that the API's description says can be done, but for looks; with something in place of every parameter.
async fn changes() -> Vec<(Method, String)> {
    let description = client().get("/openapi.json").await.body;
    let mut changes = Vec::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        let parts = path.split('/').map(|part| match part.starts_with('{') {
            true => "1",
            false => part,
        });
        let path = parts.collect::<Vec<_>>().join("/");
        for name in operations.as_object().unwrap().keys() {
            let method = name.to_uppercase().parse::<Method>().unwrap();
            if method != Method::GET {
                changes.push((method, path.clone()));
            }
        }
    }
    changes
}

#[tokio::test]
async fn nothing_that_the_api_does_is_done_for_a_page_of_another_site() {
    let changes = changes().await;
    assert!(changes.len() > 20, "{changes:?}");
    for (method, path) in changes {
        let what = format!("{method} {path}");
        let foreign = [("sec-fetch-site", "cross-site")];
        let status = change(method.clone(), &path, &foreign).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{what}");
        // It is the page that is refused, and not the person.
        let own = [("sec-fetch-site", "same-origin")];
        let status = change(method, &path, &own).await;
        assert_ne!(status, StatusCode::FORBIDDEN, "{what}");
    }
}

#[tokio::test]
async fn a_token_counts_wherever_it_comes_from() {
    let bearer = format!("Bearer {}", token());
    for origin in ["https://evil.example", "null"] {
        let headers = [
            ("authorization", bearer.as_str()),
            ("origin", origin),
            ("sec-fetch-site", "cross-site"),
        ];
        assert_eq!(create(&headers).await, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn a_link_of_another_site_leads_to_what_a_cookie_shows() {
    let cross = [("sec-fetch-site", "cross-site")];
    let status = change(Method::GET, "/api/posts?status=draft", &cross).await;
    assert_eq!(status, StatusCode::OK);
}
