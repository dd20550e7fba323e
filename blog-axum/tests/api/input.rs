//! What is wrong with a request.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::Client;

#[tokio::test]
async fn bad_bodies_get_an_error_that_names_what_is_wrong() {
    let client = Client::new();
    let json_type = ("content-type", "application/json");
    let editor = ("x-role", "editor");
    let cases: [(&str, u16, Option<&str>); 10] = [
        ("{", 400, None),
        (r#"{"title": 1, "body": ""}"#, 422, Some("title")),
        (r#"{"title": "a", "body": ""} x"#, 400, None),
        (
            r#"{"title": "a", "body": "", "locale": "en_US"}"#,
            422,
            Some("locale"),
        ),
        (
            r#"{"title": "a", "body": "", "seo": {"keywords": ["a", 1]}}"#,
            422,
            Some("seo.keywords[1]"),
        ),
        (r#"{"title": "a"}"#, 422, Some("body")),
        (
            r#"{"title": "a", "body": "", "colour": 1}"#,
            422,
            Some("colour"),
        ),
        (r#"{"title": "", "body": ""}"#, 422, Some("title")),
        (
            r#"{"title": "a", "body": "", "slug": "A b"}"#,
            422,
            Some("slug"),
        ),
        (
            r#"{"title": "a", "body": "", "coauthors": ["nobody"]}"#,
            422,
            Some("coauthors"),
        ),
    ];
    for (body, status, field) in cases {
        let answer = client
            .raw(Method::POST, "/api/posts", &[json_type, editor], body)
            .await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        if let Some(field) = field {
            assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.body);
        }
    }
    let deep = format!(
        r#"{{"title": "a", "body": "", "custom": {{"a": {}"#,
        "[".repeat(500)
    );
    let deep = client
        .raw(Method::POST, "/api/posts", &[json_type, editor], &deep)
        .await;
    assert_eq!(deep.status, StatusCode::BAD_REQUEST);
    let detail = deep.body["detail"].as_str().unwrap();
    assert!(detail.contains("nested too deeply"), "{detail}");
    let large = "x".repeat(3 << 20);
    let large = client
        .raw(Method::POST, "/api/posts", &[json_type, editor], &large)
        .await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let form = client
        .raw(Method::POST, "/api/posts", &[editor], "{}")
        .await;
    assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let nobody = client
        .raw(
            Method::POST,
            "/api/posts",
            &[json_type],
            r#"{"title":"a","body":""}"#,
        )
        .await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn bad_queries_get_an_error_that_names_the_parameter() {
    let client = Client::new();
    for number in 0..3 {
        let created = client
            .create(json!({"title": format!("P{number}"), "body": ""}))
            .await;
        let id = created.body["id"].as_str().unwrap();
        client
            .editor(
                Method::POST,
                &format!("/api/posts/{id}/publish"),
                None,
                json!({}),
            )
            .await;
    }
    let first = client.get("/api/posts?limit=2").await.body;
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let second = client
        .get(&format!("/api/posts?limit=2&cursor={next}"))
        .await
        .body;
    assert_eq!(
        (second["items"].as_array().unwrap().len(), &second["next"]),
        (1, &Value::Null)
    );
    for (query, field) in [
        (format!("tag=a&cursor={next}"), "cursor"),
        ("cursor=zz".to_owned(), "cursor"),
        ("limit=0".to_owned(), "limit"),
        ("limit=101".to_owned(), "limit"),
        ("colour=1".to_owned(), "colour"),
        ("from=yesterday".to_owned(), "from"),
        ("locale=_".to_owned(), "locale"),
    ] {
        let answer = client.get(&format!("/api/posts?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.body);
    }
    assert_eq!(
        client.get("/api/posts?status=draft").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        client.get("/api/posts/not-an-id").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(client.get("/nowhere").await.status, StatusCode::NOT_FOUND);
}
