//! What comes of a server's faults where `Reliable` stands around its model, and how often it is asked.

use std::iter::repeat_n;
use std::sync::Arc;
use std::time::Duration;

use blog_core::decorate::{Reliable, ReliableOptions};
use blog_core::memory::ScriptedReply;
use blog_core::ports::{AnswerFormat, CompletionEvent, CompletionRequest, LanguageModel};
use blog_core::{Error, ErrorKind, Result};
use blog_model_server::{Problem, Reply, StandIn};
use futures::StreamExt;
use futures::future::join_all;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::connections::pieces;
use super::{AGAIN, NEVER, check, later, model, model_at, problem, request};

const ATTEMPTS: u32 = 3;

/// Short waits, but time enough for a machine that has other work.
fn options() -> ReliableOptions {
    let mut options = ReliableOptions::default();
    options.attempt = Duration::from_secs(1);
    options.between_pieces = Duration::from_secs(1);
    options.attempts = ATTEMPTS;
    options.first_wait = Duration::from_millis(1);
    options.longest_wait = Duration::from_secs(2);
    options
}

async fn reliable(options: ReliableOptions) -> (Arc<StandIn>, Reliable) {
    let (server, model) = model().await;
    (server, Reliable::new(model, None, options))
}

fn greeting() -> CompletionRequest {
    let schema = json!({
        "type": "object",
        "properties": {"words": {"type": "string"}},
        "required": ["words"],
        "additionalProperties": false,
    });
    let name = "greeting".to_owned();
    CompletionRequest {
        format: AnswerFormat::Json { name, schema },
        ..request()
    }
}

/// What passes, by itself or at another attempt, and what is said if it does not.
fn passing() -> Vec<(&'static str, Reply, ErrorKind)> {
    use Problem::{Broken, Overloaded, Status, TooOften};
    let says = |text: &str| Reply::Scripted(ScriptedReply::answer(text));
    let soon = [("retry-after", "0.05")];
    vec![
        ("429 that says when", problem(TooOften, &soon), later(50)),
        ("429", problem(TooOften, &[]), later(1_000)),
        ("500", problem(Broken, &[]), AGAIN),
        ("502", problem(Status(502), &[]), AGAIN),
        ("overloaded", problem(Overloaded, &[]), AGAIN),
        ("529", problem(Status(529), &[]), AGAIN),
        ("reset", Reply::Reset { pieces: vec![] }, AGAIN),
        (
            "reset in the answer",
            Reply::Reset { pieces: pieces() },
            AGAIN,
        ),
        (
            "cut",
            Reply::Scripted(ScriptedReply::Cut { pieces: vec![] }),
            AGAIN,
        ),
        (
            "cut in the answer",
            Reply::Scripted(ScriptedReply::Cut { pieces: pieces() }),
            AGAIN,
        ),
        ("stall", Reply::Stall { pieces: vec![] }, AGAIN),
        (
            "stall in the answer",
            Reply::Stall { pieces: pieces() },
            AGAIN,
        ),
        ("half JSON", says(r#"{"words": "A fo"#), AGAIN),
        ("another shape", says(r#"{"sounds": 1}"#), AGAIN),
    ]
}

#[tokio::test]
async fn what_passes_is_asked_again_and_answered() {
    let cases = passing().into_iter().map(|(what, reply, _)| async move {
        let (server, model) = reliable(options()).await;
        server.reply([reply]);
        let answer = model.complete(&greeting()).await;
        let answer = answer.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        assert_eq!(greeting().format.check(&answer.text), Ok(()), "{what}");
        assert_eq!(server.asked().len(), 2, "{what}");
    });
    join_all(cases).await;
}

#[tokio::test]
async fn what_does_not_pass_is_given_up_after_the_last_attempt() {
    let cases = passing()
        .into_iter()
        .map(|(what, reply, expected)| async move {
            let (server, model) = reliable(options()).await;
            server.reply(repeat_n(reply, 2 * ATTEMPTS as usize));
            let told = model.complete(&greeting()).await.unwrap_err();
            check(&told, &expected, what);
            assert_eq!(server.asked().len(), ATTEMPTS as usize, "{what}");
            while server.open_calls() > 0 {
                sleep(Duration::from_millis(5)).await;
            }
        });
    join_all(cases).await;
}

#[tokio::test]
async fn what_another_attempt_cannot_help_is_asked_once() {
    use Problem::{TooLong, TooOften, UnknownModel, WrongKey};
    for (reply, expected) in [
        (problem(WrongKey, &[]), NEVER),
        (problem(UnknownModel, &[]), NEVER),
        (problem(TooLong, &[]), ErrorKind::TooLarge),
        // Longer than anybody waits here.
        (problem(TooOften, &[("retry-after", "7")]), later(7_000)),
    ] {
        let (server, model) = reliable(options()).await;
        server.reply([reply]);
        let told = model.complete(&request()).await.unwrap_err();
        check(&told, &expected, "once");
        assert_eq!(server.asked().len(), 1, "{told:?}");
    }
}

/// The text of a stream, and the error that ends it.
async fn streamed(model: &Reliable) -> Result<(String, Option<Error>)> {
    let mut events = model.stream(&request()).await?;
    let mut text = String::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(CompletionEvent::Text(piece)) => text.push_str(&piece),
            Ok(CompletionEvent::Done { .. }) => {}
            Err(error) => return Ok((text, Some(error))),
        }
    }
    Ok((text, None))
}

#[tokio::test]
async fn a_stream_is_asked_for_again_until_its_first_piece_and_never_after_it() {
    let silent: [Reply; 3] = [
        Reply::Reset { pieces: vec![] },
        Reply::Scripted(ScriptedReply::Cut { pieces: vec![] }),
        Reply::Stall { pieces: vec![] },
    ];
    for reply in silent {
        let (server, model) = reliable(options()).await;
        server.reply([reply, problem(Problem::Broken, &[])]);
        let (text, error) = streamed(&model).await.unwrap();
        assert!(
            error.is_none() && text.contains("stand-in"),
            "{text}: {error:?}"
        );
        assert_eq!(server.asked().len(), 3);
    }
    for (reply, arrives) in [
        (Reply::Stall { pieces: pieces() }, true),
        // A connection that ends may take with it what was on its way.
        (Reply::Reset { pieces: pieces() }, false),
        (
            Reply::Scripted(ScriptedReply::Cut { pieces: pieces() }),
            false,
        ),
    ] {
        let (server, model) = reliable(options()).await;
        server.reply([reply]);
        let (text, error) = streamed(&model).await.unwrap();
        match error {
            Some(error) => {
                check(&error, &AGAIN, "a stream that has begun");
                assert!(pieces().concat().starts_with(&text), "{text}");
                assert_eq!(server.asked().len(), 1);
            }
            None => {
                assert!(!arrives && text.starts_with("A stand-in"), "{text}");
                assert_eq!(server.asked().len(), 2);
            }
        }
    }
}

#[tokio::test]
async fn where_a_connection_is_refused_the_second_model_answers() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let refused = || model_at(&format!("http://{address}"));
    let told = Reliable::new(refused(), None, options());
    let told = told.complete(&request()).await.unwrap_err();
    check(&told, &AGAIN, "refused");
    let (server, second) = model().await;
    let either = Reliable::new(refused(), Some(second), options());
    let answer = either.complete(&request()).await.unwrap();
    assert!(answer.text.contains("stand-in"), "{answer:?}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_server_that_keeps_failing_is_left_in_peace_and_found_again() {
    let mut options = options();
    options.failures = ATTEMPTS;
    options.open_for = Duration::from_secs(1);
    let (server, model) = reliable(options).await;
    server.reply(repeat_n(problem(Problem::Broken, &[]), ATTEMPTS as usize));
    for _ in 0..2 {
        let told = model.complete(&request()).await.unwrap_err();
        check(&told, &AGAIN, "broken, and left in peace");
        assert_eq!(server.asked().len(), ATTEMPTS as usize);
    }
    while model.complete(&request()).await.is_err() {
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.asked().len(), ATTEMPTS as usize + 1);
}
