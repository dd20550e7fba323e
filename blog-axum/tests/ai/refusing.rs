//! What is refused, and why.

use axum::http::StatusCode;
use serde_json::json;

use crate::world::{ask, client, read};

#[tokio::test]
async fn each_role_gets_what_it_may_have() {
    let client = client([]);
    let wanted = json!({"topic": ""});
    for (role, status) in [
        ("", 401),
        ("reader", 403),
        ("contributor", 422),
        ("author", 422),
        ("admin", 422),
    ] {
        for path in [
            "/ai/generate-content",
            "/ai/summarize",
            "/ai/sentiment",
            "/ai/seo",
        ] {
            let body = if path.ends_with("content") {
                wanted.clone()
            } else {
                json!({"text": ""})
            };
            let answer = ask(&client, path, role, &body).await;
            assert_eq!(
                answer.status.as_u16(),
                status,
                "{role} {path}: {}",
                answer.body
            );
        }
        for path in ["/ai/usage", "/ai/usage/totals"] {
            let answer = read(&client, path, role).await;
            let wanted = match role {
                "" => 401,
                "admin" => 200,
                _ => 403,
            };
            assert_eq!(answer.status.as_u16(), wanted, "{role} {path}");
        }
    }
}

#[tokio::test]
async fn bad_input_is_named() {
    let client = client([]);
    for (path, body, field) in [
        ("/ai/generate-content", json!({}), "topic"),
        (
            "/ai/generate-content",
            json!({"topic": "a", "stile": "b"}),
            "stile",
        ),
        (
            "/ai/generate-content",
            json!({"topic": "a", "style": "haiku"}),
            "style",
        ),
        ("/ai/generate-content", json!({"topic": "a\0"}), "topic"),
        (
            "/ai/generate-content",
            json!({"topic": "a", "language": "x"}),
            "language",
        ),
        (
            "/ai/generate-content",
            json!({"topic": "a", "keywords": "b"}),
            "keywords",
        ),
        (
            "/ai/generate-content",
            json!({"topic": "a".repeat(10_001)}),
            "topic",
        ),
        ("/ai/summarize", json!({}), "text"),
        (
            "/ai/summarize",
            json!({"text": "a", "post": "01890a5d-ac96-774b-bcce-b302099a8057"}),
            "post",
        ),
        (
            "/ai/summarize",
            json!({"text": "a", "sentences": 21}),
            "sentences",
        ),
        ("/ai/sentiment", json!({"post": "1"}), "post"),
        ("/ai/seo", json!({"text": "\0"}), "text"),
    ] {
        let answer = ask(&client, path, "author", &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(
            answer.body["errors"][0]["field"], field,
            "{path} {body}: {}",
            answer.body
        );
    }
}
