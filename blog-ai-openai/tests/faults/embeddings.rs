//! What may be wrong with vectors.

use blog_ai_openai::{Dialect, OpenAiEmbedder};
use blog_core::ErrorKind;
use blog_core::ports::Embedder;
use blog_model_server::{Problem, Reply};
use serde_json::json;

use crate::faults::{AGAIN, JSON, NEVER, check, later, raw};
use crate::kit;

#[tokio::test]
async fn vectors_that_are_none_may_be_asked_for_again() {
    let server = kit::stand_in().await.unwrap();
    let config = kit::config(&server, Dialect::OpenAi);
    let embedder = OpenAiEmbedder::new("stand-in-embedder", &config).unwrap();
    for data in [
        json!([]),
        json!([{"index": 0, "embedding": [1.0]}]),
        json!([{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}]),
        json!([{"index": 0, "embedding": [1.0]}, {"index": 2, "embedding": [1.0]}]),
        json!([{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 0.0]}]),
        json!([{"index": 0, "embedding": [0.0]}, {"index": 1, "embedding": [1.0]}]),
        json!([{"index": 0, "embedding": [1e39]}, {"index": 1, "embedding": [1.0]}]),
        json!([{"index": 0, "embedding": []}, {"index": 1, "embedding": []}]),
        json!([{"index": 0, "embedding": "AAAA"}, {"index": 1, "embedding": [1.0]}]),
    ] {
        let body = json!({"object": "list", "data": data}).to_string();
        server.reply([raw(JSON, body.clone())]);
        check(
            &embedder.embed(&["a", "b"]).await.unwrap_err(),
            &AGAIN,
            &body,
        );
    }
    server.reply([Reply::problem(Problem::TooOften)]);
    check(
        &embedder.embed(&["a"]).await.unwrap_err(),
        &later(1_000),
        "429",
    );
}

#[tokio::test]
async fn a_text_that_is_too_long_is_told() {
    let server = kit::stand_in().await.unwrap();
    let config = kit::config(&server, Dialect::OpenAi);
    let embedder = OpenAiEmbedder::new("stand-in-embedder", &config).unwrap();
    let long = "a".repeat(8_193);
    // OpenAI's own, which has no code.
    let words = "This model's maximum context length is 8192 tokens";
    let no_code = json!({"message": words, "type": "invalid_request_error", "code": null});
    let code = json!({"type": "max_tokens_per_request", "code": "max_tokens_per_request"});
    for (error, text, expected) in [
        (&no_code, long.as_str(), ErrorKind::TooLarge),
        (&no_code, "Fox", NEVER),
        (&code, "Fox", ErrorKind::TooLarge),
    ] {
        server.reply([Reply::Raw {
            status: 400,
            content_type: JSON,
            body: json!({"error": error}).to_string(),
        }]);
        let told = embedder.embed(&["", text]).await.unwrap_err();
        check(&told, &expected, &error.to_string());
    }
    server.reply([Reply::problem(Problem::WrongKey)]);
    let told = embedder.embed(&[long.as_str()]).await.unwrap_err();
    check(&told, &NEVER, "a wrong key");
}
