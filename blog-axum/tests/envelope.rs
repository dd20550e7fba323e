//! What every request can rely on, whatever becomes of its handler.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod client;

use std::time::Duration;

use async_trait::async_trait;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use blog_axum::{Authenticator, RouterOptions, router};
use blog_core::Blog;
use blog_core::domain::Actor;

use client::{Answer, Client};

/// A host's own code, which may do anything.
#[derive(Debug)]
struct Unreliable;

#[async_trait]
impl Authenticator for Unreliable {
    async fn authenticate(&self, request: &Parts) -> blog_core::Result<Actor> {
        if request.headers.contains_key("x-panic") {
            panic!("a secret");
        }
        std::future::pending().await
    }
}

async fn ask(header: &str) -> Answer {
    let mut options = RouterOptions::default().with_authenticator(Unreliable);
    options.timeout = Duration::from_millis(20);
    let client = Client::from(router(Blog::in_memory(), options));
    let headers = [(header, "yes"), ("x-request-id", "mine")];
    client.raw(Method::GET, "/api/posts", &headers, "").await
}

#[tokio::test]
async fn a_handler_that_panics_answers_a_problem_that_tells_nothing() {
    let answer = ask("x-panic").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("x-request-id"), "mine");
    assert!(!answer.body.to_string().contains("secret"));
}

#[tokio::test]
async fn a_handler_that_does_not_end_is_given_up() {
    let answer = ask("x-hang").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn requests_that_bring_no_name_get_different_ones() {
    let client = Client::new();
    let mut names = Vec::new();
    for _ in 0..3 {
        let answer = client.get("/health/live").await;
        names.push(answer.header("x-request-id").to_owned());
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 3);
}
