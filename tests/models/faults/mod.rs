//! What every adapter of a vendor's models makes of its server's faults, over real HTTP. Whoever includes this
//! file has a `kit` with the stand-in, and a `vendor`: `open`, `url`, `PATH`, `silence` and `strange_end`.

pub(crate) mod bounds;
pub(crate) mod connections;
mod recovery;
mod settings;
mod statuses;

use std::sync::Arc;
use std::time::Duration;

use blog_core::ports::{
    AnswerFormat, Completion, CompletionRequest, LanguageModel, Message, Speaker,
};
use blog_core::{Error, ErrorKind, Result};
use blog_model_server::{Problem, Reply, StandIn};

use crate::{kit, vendor};

pub(crate) const AGAIN: ErrorKind = ErrorKind::Unavailable { retry: true };
pub(crate) const NEVER: ErrorKind = ErrorKind::Unavailable { retry: false };

pub(crate) const JSON: &str = "application/json";
pub(crate) const EVENTS: &str = "text/event-stream";

pub(crate) fn later(milliseconds: u64) -> ErrorKind {
    ErrorKind::RateLimited {
        retry_after: Duration::from_millis(milliseconds),
    }
}

pub(crate) fn request() -> CompletionRequest {
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

/// What a model is opened with.
pub(crate) struct Settings<'a> {
    pub(crate) model: &'a str,
    pub(crate) url: &'a str,
    pub(crate) key: Option<&'a str>,
    /// The name of one more header.
    pub(crate) header: &'a str,
}

/// The vendor's model at this address.
pub(crate) fn model_at(url: &str) -> Arc<dyn LanguageModel> {
    let settings = Settings {
        model: "stand-in",
        url,
        key: Some(kit::KEY),
        header: "x-title",
    };
    vendor::open(&settings).1.unwrap()
}

pub(crate) async fn model() -> (Arc<StandIn>, Arc<dyn LanguageModel>) {
    let server = kit::stand_in().await.unwrap();
    let model = model_at(&vendor::url(&server));
    (server, model)
}

pub(crate) async fn in_a_stream(model: &Arc<dyn LanguageModel>) -> Result<Completion> {
    Completion::of_stream(model.stream(&request()).await?).await
}

/// The error of a reply, which is the same for whole answers and for streams, and shows no key.
pub(crate) async fn error(reply: Reply) -> Error {
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
pub(crate) fn check(error: &Error, expected: &ErrorKind, reply: &str) {
    assert_eq!(error.kind(), expected, "{reply}: {error:?}");
}

pub(crate) fn problem(problem: Problem, headers: &[(&'static str, &str)]) -> Reply {
    let owned = |(name, value): &(&'static str, &str)| (*name, (*value).to_owned());
    Reply::Problem {
        problem,
        headers: headers.iter().map(owned).collect(),
    }
}

pub(crate) fn raw(content_type: &'static str, body: impl Into<String>) -> Reply {
    Reply::Raw {
        status: 200,
        content_type,
        body: body.into(),
    }
}
