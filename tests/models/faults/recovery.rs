//! What comes of a server's faults where `Reliable` stands around its model, and how often it is asked.

use std::iter::repeat_n;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use blog_core::decorate::{Reliable, ReliableOptions};
use blog_core::memory::ScriptedReply;
use blog_core::ports::payment::{self, Payer};
use blog_core::ports::{
    AnswerFormat, Completion, CompletionEvent, CompletionRequest, LanguageModel, StopReason,
    TokenUsage,
};
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
    let (name, schema) = ("greeting".to_owned(), schema.into());
    CompletionRequest {
        format: AnswerFormat::Json { name, schema },
        ..request()
    }
}

/// What a failed attempt tells of its tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Used {
    /// None: the server has refused to ask the model.
    Nothing,
    /// What the server has counted.
    Counted,
    /// It may be any number.
    Unknown,
}

impl Used {
    fn is_told_by(self, usage: Option<TokenUsage>) -> bool {
        let counted = TokenUsage {
            input: 100,
            cached_input: 0,
            output: 50,
        };
        match self {
            Self::Nothing => usage == Some(TokenUsage::NONE),
            Self::Counted => usage == Some(counted),
            Self::Unknown => usage != Some(TokenUsage::NONE),
        }
    }
}

/// Pays for every attempt, and notes what those that failed have used.
#[derive(Debug, Default)]
struct Purse(Mutex<Vec<Option<TokenUsage>>>);

#[async_trait]
impl Payer for Purse {
    fn failed(&self, error: &Error) {
        self.0.lock().unwrap().push(error.usage());
    }

    async fn again(&self, _model: &str, _request: &CompletionRequest) -> Result<()> {
        Ok(())
    }
}

/// The answer to a question, and what each attempt before it has used.
async fn paid(
    model: &Reliable,
    request: &CompletionRequest,
) -> (Result<Completion>, Vec<Option<TokenUsage>>) {
    let purse = Arc::new(Purse::default());
    let answer = payment::by(purse.clone(), model.complete(request)).await;
    let used = std::mem::take(&mut *purse.0.lock().unwrap());
    (answer, used)
}

fn says(text: impl Into<String>) -> Reply {
    Reply::Scripted(ScriptedReply::answer(text))
}

/// What passes, by itself or at another attempt, what is said if it does not, and what each attempt has used.
fn passing() -> Vec<(&'static str, Reply, ErrorKind, Used)> {
    use Problem::{Broken, Overloaded, Status, TooOften};
    use Used::{Counted, Nothing, Unknown};
    let soon = [("retry-after", "0.05")];
    let cut = |pieces| Reply::Scripted(ScriptedReply::Cut { pieces });
    let reset = |pieces| Reply::Reset { pieces };
    let stall = |pieces| Reply::Stall { pieces };
    let again = |what, reply, used| (what, reply, AGAIN, used);
    vec![
        (
            "429 that says when",
            problem(TooOften, &soon),
            later(50),
            Nothing,
        ),
        ("429", problem(TooOften, &[]), later(1_000), Nothing),
        again("408", problem(Status(408), &[]), Nothing),
        again("409", problem(Status(409), &[]), Nothing),
        again("500", problem(Broken, &[]), Nothing),
        again("502", problem(Status(502), &[]), Nothing),
        again("overloaded", problem(Overloaded, &[]), Nothing),
        again(
            "overloaded, and says until when",
            problem(Overloaded, &soon),
            Nothing,
        ),
        again("529", problem(Status(529), &[]), Nothing),
        again("reset", reset(vec![]), Unknown),
        again("reset in the answer", reset(pieces()), Unknown),
        again("cut", cut(vec![]), Unknown),
        again("cut in the answer", cut(pieces()), Unknown),
        again("stall", stall(vec![]), Unknown),
        again("stall in the answer", stall(pieces()), Unknown),
        again("empty", says(""), Counted),
        again("half JSON", says(r#"{"words": "A fo"#), Counted),
        again("another shape", says(r#"{"sounds": 1}"#), Counted),
    ]
}

#[tokio::test]
async fn what_passes_is_asked_again_and_answered() {
    let cases = passing()
        .into_iter()
        .map(|(what, reply, _, each)| async move {
            let (server, model) = reliable(options()).await;
            server.reply([reply]);
            let (answer, used) = paid(&model, &greeting()).await;
            let answer = answer.unwrap_or_else(|error| panic!("{what}: {error:?}"));
            assert_eq!(greeting().format.check(&answer.text), Ok(()), "{what}");
            assert_eq!(server.asked().len(), 2, "{what}");
            assert_eq!(used.len(), 1, "{what}");
            assert!(each.is_told_by(used[0]), "{what}: {used:?}");
        });
    join_all(cases).await;
}

#[tokio::test]
async fn what_does_not_pass_is_given_up_after_the_last_attempt() {
    let cases = passing()
        .into_iter()
        .map(|(what, reply, expected, each)| async move {
            let (server, model) = reliable(options()).await;
            server.reply(repeat_n(reply, 2 * ATTEMPTS as usize));
            let (told, mut used) = paid(&model, &greeting()).await;
            let told = told.unwrap_err();
            check(&told, &expected, what);
            assert_eq!(server.asked().len(), ATTEMPTS as usize, "{what}");
            used.push(told.usage());
            assert_eq!(used.len(), ATTEMPTS as usize, "{what}");
            for usage in used {
                assert!(each.is_told_by(usage), "{what}: {usage:?}");
            }
            while server.open_calls() > 0 {
                sleep(Duration::from_millis(5)).await;
            }
        });
    join_all(cases).await;
}

#[tokio::test]
async fn what_another_attempt_cannot_help_is_asked_once() {
    use Problem::{TooLong, TooOften, UnknownModel, WrongKey};
    use Used::{Nothing, Unknown};
    let piece = "and so on ".repeat(10_000);
    let endless = Reply::Scripted(ScriptedReply::Endless { piece });
    for (reply, expected, used) in [
        (problem(WrongKey, &[]), NEVER, Nothing),
        (problem(UnknownModel, &[]), NEVER, Nothing),
        (problem(TooLong, &[]), ErrorKind::TooLarge, Nothing),
        // Longer than anybody waits here.
        (
            problem(TooOften, &[("retry-after", "7")]),
            later(7_000),
            Nothing,
        ),
        (
            problem(Problem::Overloaded, &[("retry-after", "7")]),
            AGAIN,
            Nothing,
        ),
        (says("a".repeat(50 << 20)), AGAIN, Unknown),
        (endless, AGAIN, Unknown),
    ] {
        let mut options = options();
        // What is too large takes its time.
        options.attempt = Duration::from_secs(60);
        let (server, model) = reliable(options).await;
        server.reply([reply]);
        let told = model.complete(&request()).await.unwrap_err();
        check(&told, &expected, "once");
        assert_eq!(server.asked().len(), 1, "{told:?}");
        assert!(used.is_told_by(told.usage()), "{told:?}");
    }
}

#[tokio::test]
async fn a_model_may_think_for_longer_than_it_may_be_silent() {
    let (server, model) = reliable(options()).await;
    let mut pieces = vec![String::new(); 12];
    pieces.push("A fox.".to_owned());
    server.reply([Reply::Scripted(ScriptedReply::Answer {
        pieces,
        pause: Duration::from_millis(200),
        stop: StopReason::Finished,
        usage: None,
    })]);
    let answer = model.complete(&request()).await.unwrap();
    assert_eq!(answer.text, "A fox.");
    assert_eq!(server.asked().len(), 1);
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
    let soon = [("retry-after", "0.01")];
    let faults = [
        problem(Problem::Broken, &[]),
        problem(Problem::Overloaded, &soon),
    ];
    server.reply(faults.into_iter().cycle().take(ATTEMPTS as usize));
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
