use axum::http::StatusCode;
use blog_core::Blog;
use serde_json::{Value, json};

use crate::browser::{Answer, Browser, cookie, options};

const BODY: &str = "# A <b>\r\n\r\n[x](javascript:alert(1)) *y*\r\n\r\n<script>alert(1)</script>";

fn browser() -> Browser {
    let blog = Blog::in_memory();
    Browser::new(&blog, options(&blog))
}

async fn post(browser: &Browser, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
    let cookie = cookie("ada", "author");
    let mut all = vec![
        ("cookie", cookie.as_str()),
        ("content-type", "application/json"),
        ("sec-fetch-site", "same-origin"),
    ];
    all.retain(|(name, _)| headers.iter().all(|(other, _)| other != name));
    all.extend(headers.iter().filter(|(_, value)| !value.is_empty()));
    browser.send("POST", path, &all, body).await
}

async fn preview(body: &Value, headers: &[(&str, &str)]) -> Answer {
    post(
        &browser(),
        "/blog/admin/preview",
        &body.to_string(),
        headers,
    )
    .await
}

#[tokio::test]
async fn a_preview_is_what_readers_would_be_shown() {
    let browser = browser();
    let new = json!({ "title": "A", "body": BODY }).to_string();
    let saved = post(&browser, "/blog/api/posts", &new, &[]).await;
    let answer = preview(&json!({ "body": BODY }), &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    let html = answer.json()["html"].clone();
    assert_eq!(html, saved.json()["html"]);
    let html = html.as_str().unwrap();
    assert!(html.contains("<em>y</em>"), "{html}");
    assert!(!html.contains("script"), "{html}");
    assert_eq!(
        preview(&json!({ "body": "" }), &[]).await.json()["html"],
        ""
    );
}

#[tokio::test]
async fn a_preview_needs_a_sign_in() {
    // Also whatever the body is.
    for (cookie, body) in [
        ("", json!({ "body": "x" })),
        ("session=broken", json!({ "body": "x" })),
        ("", json!({ "none": 1 })),
    ] {
        let answer = preview(&body, &[("cookie", cookie)]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

#[tokio::test]
async fn a_preview_is_made_for_no_other_site() {
    for headers in [
        [("sec-fetch-site", "cross-site"), ("x-none", "x")],
        [("sec-fetch-site", "same-site"), ("x-none", "x")],
        [("sec-fetch-site", ""), ("origin", "https://evil.example")],
        [("sec-fetch-site", ""), ("origin", "null")],
    ] {
        let answer = preview(&json!({ "body": "x" }), &headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn what_cannot_be_a_post_has_no_preview() {
    let browser = browser();
    let long = json!({ "body": "x".repeat((1 << 20) + 1) }).to_string();
    let null = json!({ "body": "a\0" }).to_string();
    for (body, status, field) in [
        (long.as_str(), 422, "body"),
        (&null, 422, "body"),
        ("{}", 422, "body"),
        (r#"{"body": 1}"#, 422, "body"),
        (r#"{"body": "", "title": ""}"#, 422, "title"),
    ] {
        let answer = post(&browser, "/blog/admin/preview", body, &[]).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
        assert_eq!(answer.json()["errors"][0]["field"], field);
    }
    let too_much = "x".repeat((2 << 20) + 1);
    for (body, status) in [("{", 400), (r#"{"body": "\ud800"}"#, 400), (&too_much, 413)] {
        let answer = post(&browser, "/blog/admin/preview", body, &[]).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let form = [("content-type", "text/plain")];
    let answer = post(&browser, "/blog/admin/preview", "{}", &form).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let largest = json!({ "body": "x".repeat(1 << 20) }).to_string();
    let answer = post(&browser, "/blog/admin/preview", &largest, &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
}
