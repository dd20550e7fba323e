//! Every fault that a server may have, over real HTTP.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod kit;

use std::io::ErrorKind as Io;
use std::time::Duration;

use blog_ai_openai::{Dialect, OpenAi, OpenAiConfig, OpenAiEmbedder};
use blog_core::memory::ScriptedReply;
use blog_core::ports::{
    AnswerFormat, Completion, CompletionEvent, CompletionRequest, Embedder, LanguageModel, Message,
    Speaker, StopReason,
};
use blog_core::{Error, ErrorKind, Result};
use blog_model_server::{Problem, Reply, StandIn};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

const AGAIN: ErrorKind = ErrorKind::Unavailable { retry: true };
const NEVER: ErrorKind = ErrorKind::Unavailable { retry: false };

fn later(milliseconds: u64) -> ErrorKind {
    ErrorKind::RateLimited {
        retry_after: Duration::from_millis(milliseconds),
    }
}

fn request() -> CompletionRequest {
    CompletionRequest {
        instructions: "Answer.".to_owned(),
        messages: vec![Message {
            speaker: Speaker::User,
            text: "Who is there?".to_owned(),
        }],
        format: AnswerFormat::Text,
        max_output_tokens: 100,
    }
}

async fn model() -> (std::sync::Arc<StandIn>, OpenAi) {
    let server = kit::stand_in().await.unwrap();
    let model = OpenAi::new("stand-in", &kit::config(&server, Dialect::OpenAi)).unwrap();
    (server, model)
}

async fn in_a_stream(model: &OpenAi) -> Result<Completion> {
    Completion::of_stream(model.stream(&request()).await?).await
}

/// The error of a reply, which is the same for whole answers and for streams, and shows no key.
async fn error(reply: Reply) -> Error {
    let (server, model) = model().await;
    server.reply([reply.clone(), reply.clone()]);
    let whole = model.complete(&request()).await;
    let streamed = in_a_stream(&model).await;
    let (Err(whole), Err(streamed)) = (whole, streamed) else {
        panic!("{reply:?} is an answer");
    };
    assert_eq!(whole.kind(), streamed.kind(), "{reply:?}");
    for error in [&whole, &streamed] {
        assert!(
            !format!("{error} {error:?}").contains(kit::KEY),
            "{error:?}"
        );
    }
    whole
}

#[track_caller]
fn check(error: &Error, expected: &ErrorKind, reply: &str) {
    assert_eq!(error.kind(), expected, "{reply}: {error:?}");
}

fn problem(problem: Problem, headers: &[(&'static str, &str)]) -> Reply {
    let owned = |(name, value): &(&'static str, &str)| (*name, (*value).to_owned());
    Reply::Problem {
        problem,
        headers: headers.iter().map(owned).collect(),
    }
}

fn raw(content_type: &'static str, body: impl Into<String>) -> Reply {
    Reply::Raw {
        status: 200,
        content_type,
        body: body.into(),
    }
}

fn event(data: &Value) -> Reply {
    raw(
        "text/event-stream",
        format!("data: {data}\n\ndata: [DONE]\n\n"),
    )
}

fn pieces() -> Vec<String> {
    vec!["The fox".to_owned(), " says".to_owned()]
}

#[tokio::test]
async fn each_status_is_told_with_what_to_do() {
    use Problem::*;
    let seconds = ("retry-after", "7");
    let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
    let at = ("retry-after", "Wed, 21 Oct 2015 07:28:09 GMT");
    for (what, headers, expected) in [
        (TooOften, vec![], later(1_000)),
        (TooOften, vec![seconds], later(7_000)),
        (TooOften, vec![date, at], later(9_000)),
        (
            TooOften,
            vec![seconds, ("retry-after-ms", "250")],
            later(250),
        ),
        (
            TooOften,
            vec![("x-ratelimit-reset-tokens", "1m3s")],
            later(63_000),
        ),
        (Status(429), vec![], later(1_000)),
        (OutOfMoney, vec![seconds], NEVER),
        (Status(402), vec![], NEVER),
        (Overloaded, vec![], AGAIN),
        (Overloaded, vec![seconds], later(7_000)),
        (Status(503), vec![seconds], later(7_000)),
        (Status(529), vec![], AGAIN),
        (Status(529), vec![seconds], later(7_000)),
        (Broken, vec![], AGAIN),
        (Status(500), vec![seconds], AGAIN),
        (Status(502), vec![], AGAIN),
        (Status(504), vec![], AGAIN),
        (Status(408), vec![], AGAIN),
        (Status(409), vec![], AGAIN),
        (Status(400), vec![], NEVER),
        (Status(401), vec![], NEVER),
        (Status(403), vec![], NEVER),
        (Status(404), vec![], NEVER),
        (WrongKey, vec![], NEVER),
        (UnknownModel, vec![], NEVER),
        (TooLong, vec![], ErrorKind::TooLarge),
        (Status(413), vec![], ErrorKind::TooLarge),
    ] {
        let told = error(problem(what, &headers)).await;
        check(&told, &expected, &format!("{what:?} {headers:?}"));
    }
}

#[tokio::test]
async fn nobody_else_is_told_the_key() {
    let (server, model) = model().await;
    let elsewhere = kit::stand_in().await.unwrap();
    for status in [301, 302, 307, 308] {
        let location = format!("{}/chat/completions", elsewhere.openai_url());
        server.reply([problem(Problem::Status(status), &[("location", &location)])]);
        let told = model.complete(&request()).await.unwrap_err();
        check(&told, &NEVER, &status.to_string());
    }
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn a_wrong_key_and_an_unknown_model_are_no_matter_of_time() {
    let server = kit::stand_in().await.unwrap();
    let mut config = kit::config(&server, Dialect::OpenAi);
    let stranger = OpenAi::new("gpt-unheard-of", &config).unwrap();
    check(
        &stranger.complete(&request()).await.unwrap_err(),
        &NEVER,
        "unknown",
    );
    config.key = Some("sk-another".into());
    let model = OpenAi::new("stand-in", &config).unwrap();
    let told = model.complete(&request()).await.unwrap_err();
    check(&told, &NEVER, "wrong key");
    let shown = format!("{told:?} {model:?} {config:?}");
    assert!(!shown.contains("sk-another"), "{shown}");
}

#[tokio::test]
async fn a_server_that_cannot_be_used_is_told_at_once() {
    let cases = [
        ("no URL", None, "name"),
        ("ftp://localhost/v1", None, "name"),
        ("http://user:sk-marked@localhost/v1", None, "name"),
        (
            "http://localhost/v1",
            Some("sk-marked\nsecond line"),
            "name",
        ),
        ("http://localhost/v1", None, "no name"),
    ];
    for (url, key, header) in cases {
        let mut config = OpenAiConfig::default();
        config.base_url = url.to_owned();
        config.key = key.map(Into::into);
        config.headers = vec![(header.to_owned(), "value".into())];
        let told = OpenAi::new("stand-in", &config).unwrap_err();
        check(&told, &NEVER, url);
        let shown = format!("{told:?} {told} {config:?}");
        assert!(!shown.contains("sk-marked"), "{shown}");
    }
}

#[tokio::test]
async fn a_connection_that_is_lost_may_be_made_again() {
    for reply in [
        Reply::Scripted(ScriptedReply::Cut { pieces: pieces() }),
        Reply::Scripted(ScriptedReply::Cut { pieces: Vec::new() }),
        Reply::Reset { pieces: pieces() },
        Reply::Reset { pieces: Vec::new() },
    ] {
        let name = format!("{reply:?}");
        let is_reset = matches!(reply, Reply::Reset { .. });
        let told = error(reply).await;
        check(&told, &AGAIN, &name);
        assert_eq!(
            format!("{told:?}").contains("ConnectionReset"),
            is_reset,
            "{told:?}"
        );
    }
    let (server, model) = model().await;
    server.be_away(true);
    check(
        &model.complete(&request()).await.unwrap_err(),
        &AGAIN,
        "closed",
    );
    server.be_away(false);
    assert!(model.complete(&request()).await.is_ok());
}

#[tokio::test]
async fn a_connection_that_is_refused_may_be_made_again() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let mut config = OpenAiConfig::default();
    config.base_url = format!("http://{port}/v1");
    config.key = Some(kit::KEY.into());
    let model = OpenAi::new("stand-in", &config).unwrap();
    check(
        &model.complete(&request()).await.unwrap_err(),
        &AGAIN,
        "refused",
    );
    check(&in_a_stream(&model).await.unwrap_err(), &AGAIN, "refused");
}

#[tokio::test]
async fn a_stream_that_stalls_can_be_given_up() {
    let (server, model) = model().await;
    server.reply([Reply::Stall { pieces: pieces() }]);
    let mut events = model.stream(&request()).await.unwrap();
    for piece in pieces() {
        let event = events.next().await.unwrap().unwrap();
        assert_eq!(event, CompletionEvent::Text(piece));
    }
    let stalled = timeout(Duration::from_millis(200), events.next()).await;
    assert!(stalled.is_err());
    assert_eq!(server.open_calls(), 1);
    drop(events);
    while server.open_calls() > 0 {
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_answer_of_another_shape_may_be_asked_for_again() {
    let whole = |message: Value, reason: Value| json!({"model": "m", "choices": [{"message": message, "finish_reason": reason}]});
    let said = |text: Value| json!({"role": "assistant", "content": text});
    let bodies = [
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        "<html>It works!</html>".to_owned(),
        json!([]).to_string(),
        json!({"hello": "world"}).to_string(),
        json!({"choices": []}).to_string(),
        json!({"choices": [{}]}).to_string(),
        json!({"choices": [{"message": {"content": {"text": 1}}}]}).to_string(),
        whole(said(Value::Null), json!("stop")).to_string(),
        whole(said(json!("")), json!("stop")).to_string(),
        whole(said(json!("Fox")), Value::Null).to_string(),
        whole(said(json!("Fox")), json!("tool_calls")).to_string(),
        whole(said(json!("Fox")), json!("abort")).to_string(),
    ];
    let (server, model) = model().await;
    for body in bodies {
        server.reply([
            raw("application/json", body.clone()),
            raw(
                "text/event-stream",
                format!("data: {body}\n\ndata: [DONE]\n\n"),
            ),
            raw("text/event-stream", body.clone()),
        ]);
        check(
            &model.complete(&request()).await.unwrap_err(),
            &AGAIN,
            &body,
        );
        for _ in 0..2 {
            check(&in_a_stream(&model).await.unwrap_err(), &AGAIN, &body);
        }
    }
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
        server.reply([raw("application/json", body.to_string()), event(&body)]);
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
async fn what_the_filter_holds_back_before_is_an_answer() {
    let (server, model) = model().await;
    server.reply([
        Reply::problem(Problem::Filtered),
        Reply::problem(Problem::Filtered),
    ]);
    for answer in [model.complete(&request()).await, in_a_stream(&model).await] {
        let answer = answer.unwrap();
        assert_eq!(
            (answer.text.as_str(), answer.stop),
            ("", StopReason::Filtered)
        );
    }
}

#[tokio::test]
async fn a_stream_may_end_without_its_last_event() {
    let (server, model) = model().await;
    let chunk = |delta: Value, reason: Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": reason});
        format!("data: {}\n\n", json!({"choices": [choice]}))
    };
    let text = chunk(json!({"content": "Fox"}), Value::Null);
    let end = chunk(json!({}), json!("stop"));
    server.reply([raw("text/event-stream", format!(": hello\n\n{text}{end}"))]);
    let answer = in_a_stream(&model).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.usage), ("Fox", None));
    // A server that names no model answers as the one that was asked.
    assert_eq!(answer.model, "stand-in");
    server.reply([raw("text/event-stream", text)]);
    check(&in_a_stream(&model).await.unwrap_err(), &AGAIN, "no end");
}

#[tokio::test]
async fn of_an_answer_without_bounds_only_so_much_is_kept() {
    let huge = "a".repeat(50 << 20);
    let (server, model) = model().await;
    let answer = Reply::Scripted(ScriptedReply::answer(huge.clone()));
    let lines = "data: {\"choices\": []}\n".repeat(2 << 20);
    server.reply([
        answer.clone(),
        raw("application/json", huge.clone()),
        Reply::Raw {
            status: 500,
            content_type: "application/json",
            body: huge.clone(),
        },
        answer,
        raw("text/event-stream", huge.clone()),
        raw("text/event-stream", format!("data: {huge}")),
        raw("text/event-stream", lines),
    ]);
    for number in 0..3 {
        let told = model.complete(&request()).await.unwrap_err();
        check(&told, &AGAIN, &number.to_string());
    }
    for number in 3..7 {
        let told = in_a_stream(&model).await.unwrap_err();
        check(&told, &AGAIN, &number.to_string());
    }
}

#[tokio::test]
async fn headers_without_end_are_not_read() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = OpenAiConfig::default();
    config.base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
        let line = format!("x-more: {}\r\n", "a".repeat(10_000));
        for _ in 0..100_000 {
            if let Err(error) = stream.write_all(line.as_bytes()).await {
                assert!(matches!(error.kind(), Io::BrokenPipe | Io::ConnectionReset));
                return;
            }
        }
        panic!("a gigabyte of headers was read");
    };
    let model = OpenAi::new("stand-in", &config).unwrap();
    let (answer, ()) = tokio::join!(async { model.complete(&request()).await }, serving);
    check(&answer.unwrap_err(), &AGAIN, "headers");
}

#[tokio::test]
async fn what_is_streamed_can_be_asked_for_on_the_same_connection_again() {
    let (server, model) = model().await;
    let first = in_a_stream(&model).await.unwrap();
    assert!(first.text.contains("stand-in"), "{first:?}");
    assert_eq!(model.complete(&request()).await.unwrap().text, first.text);
    assert_eq!(in_a_stream(&model).await.unwrap().text, first.text);
    assert_eq!(server.connections(), 1);
}

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
        server.reply([raw("application/json", body.clone())]);
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
