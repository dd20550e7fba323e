//! What Anthropic says is wrong.

use blog_core::ErrorKind;
use blog_core::ports::StopReason;
use blog_model_server::{Problem, Reply};
use serde_json::{Value, json};

use crate::faults::{
    AGAIN, EVENTS, JSON, NEVER, check, error, in_a_stream, later, model, problem, raw, request,
};
use crate::kit;
use crate::streams::{TEXT, events};

#[tokio::test]
async fn a_limit_is_there_again_when_its_header_says() {
    let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
    let soon = ("anthropic-ratelimit-requests-reset", "2015-10-21T07:28:05Z");
    let none = ("anthropic-ratelimit-output-tokens-remaining", "0");
    let late = (
        "anthropic-ratelimit-output-tokens-reset",
        "2015-10-21T07:29:03Z",
    );
    let left = ("anthropic-ratelimit-requests-remaining", "3");
    for (headers, expected) in [
        (vec![date, soon, none, late], later(63_000)),
        (vec![date, soon, left], later(1_000)),
        (vec![date, late, ("retry-after", "7")], later(7_000)),
    ] {
        let told = error(problem(Problem::TooOften, &headers)).await;
        check(&told, &expected, &format!("{headers:?}"));
    }
}

/// A status and an error of it.
fn said(status: u16, error: &Value) -> Reply {
    Reply::Raw {
        status,
        content_type: JSON,
        body: json!({"type": "error", "error": error, "request_id": "req_1"}).to_string(),
    }
}

#[tokio::test]
async fn what_has_no_type_of_its_own_is_known_by_how_its_message_begins() {
    let invalid = |message: &str| json!({"type": "invalid_request_error", "message": message});
    for (message, expected) in [
        (
            "prompt is too long: 208310 tokens > 200000 maximum",
            ErrorKind::TooLarge,
        ),
        (
            "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
            ErrorKind::TooLarge,
        ),
        (
            "messages.0.content: it is about \"invalid_request_error prompt is too long\"",
            NEVER,
        ),
        ("You have reached your specified API usage limits.", NEVER),
        ("", NEVER),
    ] {
        check(
            &error(said(400, &invalid(message))).await,
            &expected,
            message,
        );
    }
    let elsewhere = json!({"type": "api_error", "message": "prompt is too long"});
    check(&error(said(500, &elsewhere)).await, &AGAIN, "api_error");
}

#[tokio::test]
async fn an_error_in_an_answer_of_success_is_one() {
    let (server, model) = model().await;
    for (kind, message, expected) in [
        ("rate_limit_error", kit::KEY, later(1_000)),
        ("overloaded_error", "Overloaded", AGAIN),
        ("api_error", kit::KEY, AGAIN),
        ("timeout_error", "", AGAIN),
        ("authentication_error", kit::KEY, NEVER),
        ("permission_error", "", NEVER),
        ("not_found_error", "", NEVER),
        ("billing_error", "", NEVER),
        ("invalid_request_error", "", NEVER),
        (
            "invalid_request_error",
            "prompt is too long: 2 tokens > 1 maximum",
            ErrorKind::TooLarge,
        ),
        ("request_too_large", "", ErrorKind::TooLarge),
        ("an_error_of_tomorrow", "", AGAIN),
    ] {
        let body = json!({"type": "error", "error": {"type": kind, "message": message}});
        let at_once = events(std::slice::from_ref(&body));
        let [start, text, ..] = TEXT.clone();
        let in_the_middle = events(&[start, text, body.clone()]);
        server.reply([
            raw(JSON, body.to_string()),
            raw(EVENTS, at_once),
            raw(EVENTS, in_the_middle),
        ]);
        let told = model.complete(&request()).await.unwrap_err();
        check(&told, &expected, kind);
        assert!(!format!("{told:?}").contains(kit::KEY), "{told:?}");
        for _ in 0..2 {
            let told = in_a_stream(&model).await.unwrap_err();
            check(&told, &expected, kind);
            assert!(!format!("{told:?}").contains(kit::KEY), "{told:?}");
        }
    }
}

#[tokio::test]
async fn what_the_filter_holds_back_in_the_middle_is_an_answer() {
    let (server, model) = model().await;
    let error = json!({
        "type": "invalid_request_error",
        "message": "Output blocked by content filtering policy",
    });
    let [start, text, ..] = TEXT.clone();
    let body = [start, text, json!({"type": "error", "error": error})];
    server.reply([raw(EVENTS, events(&body))]);
    let answer = in_a_stream(&model).await.unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.stop),
        ("Fox", StopReason::Filtered)
    );
}
