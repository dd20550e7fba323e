use std::time::Duration;

use futures::StreamExt;
use tokio::time::Instant;

use crate::error::{Error, ErrorKind, Result};
use crate::memory::ScriptedReply;
use crate::ports::{
    AnswerFormat, Completion, CompletionEvent, CompletionRequest, CompletionStream, Message,
    Speaker, StopReason,
};

pub(super) const AWAY: ErrorKind = ErrorKind::Unavailable { retry: true };
pub(super) const WRONG_KEY: ErrorKind = ErrorKind::Unavailable { retry: false };

pub(super) fn request() -> CompletionRequest {
    CompletionRequest {
        instructions: "Be brief.".to_owned(),
        messages: vec![Message {
            speaker: Speaker::User,
            text: "Hello".to_owned(),
        }],
        format: AnswerFormat::Text,
        max_output_tokens: 100,
    }
}

pub(super) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) const fn away() -> ScriptedReply {
    ScriptedReply::Fail(AWAY)
}

pub(super) const fn too_often(retry_after: Duration) -> ScriptedReply {
    ScriptedReply::Fail(ErrorKind::RateLimited { retry_after })
}

pub(super) fn cut_after(pieces: &[&str]) -> ScriptedReply {
    ScriptedReply::Cut {
        pieces: pieces.iter().map(ToString::to_string).collect(),
    }
}

/// An answer in three pieces.
pub(super) fn slow_answer(pause: Duration) -> ScriptedReply {
    ScriptedReply::Answer {
        pieces: ["a", "b", "c"].map(str::to_owned).to_vec(),
        pause,
        stop: StopReason::Finished,
        usage: None,
    }
}

/// The texts that came, and the error that ended them.
pub(super) async fn texts(mut stream: CompletionStream) -> (String, Option<Error>) {
    let mut texts = String::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(CompletionEvent::Text(text)) => texts.push_str(&text),
            Ok(CompletionEvent::Done { .. }) => {}
            Err(error) => return (texts, Some(error)),
        }
    }
    (texts, None)
}

pub(super) fn text(answer: Result<Completion>) -> String {
    answer.unwrap().text
}

pub(super) fn kind<T>(answer: Result<T>) -> ErrorKind {
    answer.err().unwrap().kind().clone()
}

/// How long it took, and what it gave.
pub(super) async fn timed<T>(act: impl Future<Output = T>) -> (Duration, T) {
    let begun = Instant::now();
    let outcome = act.await;
    (begun.elapsed(), outcome)
}
