//! What OpenAI says is wrong.

use blog_ai_openai::{Dialect, OpenAi};
use blog_core::ErrorKind;
use blog_core::ports::StopReason;
use blog_model_server::Problem;
use serde_json::json;

use crate::faults::{
    AGAIN, EVENTS, JSON, NEVER, check, error, in_a_stream, later, model, problem, raw, request,
};
use crate::kit;

#[tokio::test]
async fn a_limit_is_there_again_when_its_header_says() {
    let reset = ("x-ratelimit-reset-tokens", "1m3s");
    let told = error(problem(Problem::TooOften, &[reset])).await;
    check(&told, &later(63_000), "1m3s");
}

#[tokio::test]
async fn an_error_in_an_answer_of_success_is_one() {
    let (server, model) = model().await;
    for (body, expected) in [
        (
            json!({"code": "rate_limit_exceeded", "message": kit::KEY}),
            later(1_000),
        ),
        (json!({"type": "server_error", "code": null}), AGAIN),
        (json!({"code": 502, "message": "Bad gateway"}), AGAIN),
        (json!({"code": 401, "message": kit::KEY}), NEVER),
        (
            json!({"code": "context_length_exceeded"}),
            ErrorKind::TooLarge,
        ),
        (
            json!({"type": "exceed_context_size_error", "code": 400}),
            ErrorKind::TooLarge,
        ),
        (
            json!({"type": "insufficient_quota", "code": "project_spend_limit_exceeded"}),
            NEVER,
        ),
        (json!("out of memory"), AGAIN),
    ] {
        let body = json!({"error": body});
        let event = format!("data: {body}\n\ndata: [DONE]\n\n");
        server.reply([raw(JSON, body.to_string()), raw(EVENTS, event)]);
        let told = model.complete(&request()).await.unwrap_err();
        check(&told, &expected, &body.to_string());
        assert!(!format!("{told:?}").contains(kit::KEY), "{told:?}");
        check(
            &in_a_stream(&model).await.unwrap_err(),
            &expected,
            &body.to_string(),
        );
    }
}

#[tokio::test]
async fn what_the_filter_cuts_off_is_an_answer() {
    let (server, model) = model().await;
    let said = json!({"choices": [{"index": 0, "delta": {"content": "The fox"}}]});
    for error in [
        json!({"error": {"code": "content_filter", "message": "Filtered", "status": 400}}),
        json!({"choices": [], "error": {"type": "invalid_request_error", "code": "content_filter"}}),
    ] {
        let body = format!("data: {said}\n\nevent: error\ndata: {error}\n\n");
        server.reply([raw(EVENTS, body)]);
        let answer = in_a_stream(&model).await.unwrap();
        assert_eq!(answer.text, "The fox");
        assert_eq!(answer.stop, StopReason::Filtered);
    }
}

#[tokio::test]
async fn an_error_in_place_of_a_stream_is_one() {
    let (server, model) = model().await;
    for (error, expected) in [
        (json!({"code": "rate_limit_exceeded"}), later(1_000)),
        (json!({"code": "invalid_api_key"}), NEVER),
        (json!({"message": kit::KEY}), AGAIN),
    ] {
        let body = json!({"error": error}).to_string();
        server.reply([raw("application/json; charset=utf-8", body.clone())]);
        let told = in_a_stream(&model).await.unwrap_err();
        check(&told, &expected, &body);
        assert!(!format!("{told:?}").contains(kit::KEY), "{told:?}");
    }
}

#[tokio::test]
async fn a_moderation_with_a_wrong_key_is_refused() {
    let server = kit::stand_in().await.unwrap();
    let mut config = kit::config(&server, Dialect::OpenAi);
    config.key = Some("sk-another".into());
    let model = OpenAi::new("stand-in", &config).unwrap();
    let told = model.moderate("Fox").await.unwrap_err();
    check(&told, &NEVER, "a wrong key");
}
