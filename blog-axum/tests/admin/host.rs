//! A host with users of its own.

use async_trait::async_trait;
use axum::http::StatusCode;
use axum::http::request::Parts;
use blog_axum::{Authenticator, SignIn};
use blog_core::domain::{Actor, Role};
use blog_core::{Blog, Error, Result};

use crate::browser::{Browser, options};

/// Knows its user by a cookie of its own, and has pages to sign in and out.
#[derive(Debug)]
struct Host {
    sign_in: &'static str,
}

#[async_trait]
impl Authenticator for Host {
    async fn authenticate(&self, request: &Parts) -> Result<Actor> {
        let cookie = request.headers.get("cookie");
        match cookie.map(|it| it.to_str().unwrap_or_default()) {
            Some("member=ada") => Ok(Actor::user("ada", "Ada", Role::Editor)),
            Some("member=away") => Err(Error::unavailable("the users are away", true)),
            _ => Ok(Actor::anonymous()),
        }
    }

    fn sign_in(&self) -> SignIn {
        SignIn::Elsewhere {
            sign_in: self.sign_in.to_owned(),
            sign_out: "/log-out".to_owned(),
        }
    }
}

fn browser(sign_in: &'static str) -> Browser {
    let blog = Blog::in_memory();
    Browser::new(&blog, options(&blog).with_authenticator(Host { sign_in }))
}

#[tokio::test]
async fn its_users_sign_in_and_out_on_its_own_pages() {
    for (page, asked) in [
        ("/log-in", "/log-in?next=%2Fblog%2Fadmin%3Fq%3Da%2Bb"),
        (
            "https://sso.example/?app=1",
            "https://sso.example/?app=1&next=%2Fblog%2Fadmin%3Fq%3Da%2Bb",
        ),
        (
            "/app?a=b#/log-in?c",
            "/app?a=b&next=%2Fblog%2Fadmin%3Fq%3Da%2Bb#/log-in?c",
        ),
    ] {
        let browser = browser(page);
        let answer = browser.get("/blog/admin?q=a+b").await;
        let answer = browser.get(answer.header("location")).await;
        answer.leads_to(asked);
        let page = browser.get_as("member=ada", "/blog/admin").await;
        assert_eq!(page.said("blog-actor-name"), "Ada");
        let answer = browser.submit("/blog/admin/sign-out", &[]).await;
        answer.leads_to("/log-out");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
}

#[tokio::test]
async fn its_cookie_changes_nothing_for_other_sites() {
    let browser = browser("/log-in");
    let post = async |site: &str| {
        let headers = [
            ("cookie", "member=ada"),
            ("content-type", "application/json"),
            ("sec-fetch-site", site),
        ];
        let body = r#"{"title": "A", "body": ""}"#;
        let answer = browser
            .send("POST", "/blog/api/posts", &headers, body)
            .await;
        answer.status
    };
    assert_eq!(post("cross-site").await, StatusCode::FORBIDDEN);
    assert_eq!(post("same-origin").await, StatusCode::CREATED);
}

#[tokio::test]
async fn it_has_no_form_for_tokens() {
    let browser = browser("/log-in");
    let answer = browser
        .submit("/blog/admin/sign-in", &[("token", "x")])
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn users_who_cannot_be_looked_up_are_not_taken_for_strangers() {
    let browser = browser("/log-in");
    for page in ["/blog/admin", "/blog/admin/sign-in?signed_in=true"] {
        let answer = browser.get_as("member=away", page).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{page}");
        assert!(answer.text.contains("<html"), "{}", answer.text);
    }
}

#[tokio::test]
async fn where_nobody_signs_in_that_is_said() {
    let blog = Blog::in_memory();
    let options = options(&blog).with_authenticator(blog_axum::AnonymousOnly);
    let browser = Browser::new(&blog, options);
    let answer = browser.get("/blog/admin").await;
    let answer = browser.get(answer.header("location")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(
        answer.text.contains("Nobody can sign in"),
        "{}",
        answer.text
    );
}
