//! What stands around every answer.

use axum::http::{Method, StatusCode};

use crate::client::Client;

#[tokio::test]
async fn scripts_of_other_sites_may_call_the_api_without_cookies() {
    let client = Client::new();
    let headers = [
        ("origin", "https://elsewhere.example"),
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "authorization,if-match"),
    ];
    let answer = client
        .raw(Method::OPTIONS, "/api/posts", &headers, "")
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(
        answer
            .header("access-control-allow-methods")
            .contains("PATCH")
    );
    assert!(
        !answer
            .headers
            .contains_key("access-control-allow-credentials")
    );
}

#[tokio::test]
async fn every_answer_names_its_request_and_forbids_sniffing_and_framing() {
    let client = Client::new();
    let answer = client
        .raw(Method::GET, "/api/posts", &[("x-request-id", "mine")], "")
        .await;
    assert_eq!(answer.header("x-request-id"), "mine");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    assert!(
        !client
            .get("/api/posts")
            .await
            .header("x-request-id")
            .is_empty()
    );
}
