use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Json, State};
use axum::http::{HeaderMap, Uri};
use axum::routing::{MethodRouter, post};
use blog_core::memory::ScriptedReply;
use blog_core::ports::{StopReason, TokenUsage};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::call::Asked;
use crate::invented::{asked_for, invented};
use crate::line::On;
use crate::output::{Output, Then};
use crate::reply::{Problem, Reply};
use crate::server::{Shared, serve};

/// What every model is called that answers.
pub(crate) const MODEL: &str = "stand-in";

/// How a vendor writes what a [`Reply`] says.
pub(crate) trait Vendor {
    /// What a whole answer begins with whose text does not end.
    const ENDLESS: &'static str;

    /// What the vendor finds wrong with how a request looks, or with its headers.
    fn fault(asked: &Asked) -> Option<Problem>;

    /// The schema that an answer has to fit.
    fn schema(asked: &Asked) -> Option<Value>;

    /// A whole answer.
    fn whole(asked: &Asked, text: &str, stop: &StopReason, usage: Option<TokenUsage>) -> Value;

    /// The events before the first piece of an answer.
    fn begin(asked: &Asked, usage: Option<TokenUsage>) -> Output;

    /// A piece's event; an empty piece is a thought.
    fn piece(asked: &Asked, text: &str) -> Bytes;

    /// The events after the last piece; a reason that is told in words takes its time, too.
    fn end(
        asked: &Asked,
        output: Output,
        pause: Duration,
        stop: &StopReason,
        usage: Option<TokenUsage>,
    ) -> Output;

    /// What is wrong.
    fn problem(asked: &Asked, problem: Problem, headers: Vec<(&'static str, String)>) -> Output;
}

/// Answers the requests of a path so.
pub(crate) fn answering(
    answer: fn(&Shared, &Asked) -> Option<Output>,
) -> MethodRouter<Arc<Shared>> {
    let handler =
        move |state: State<Arc<Shared>>,
              on: ConnectInfo<On>,
              uri: Uri,
              headers: HeaderMap,
              body: Json<Value>| serve(state, on, uri, headers, body, answer);
    post(handler)
}

/// Says what it is told to say, what the last message asks for, or something of its own.
pub(crate) fn converse<V: Vendor>(state: &Shared, asked: &Asked) -> Option<Output> {
    if let Some(problem) = refusal::<V>(state, asked) {
        return Some(V::problem(asked, problem, Vec::new()));
    }
    let messages = asked.body["messages"].as_array().map_or(0, Vec::len);
    let last = format!("/messages/{}/content", messages.saturating_sub(1));
    let reply = state.next_reply().or_else(|| asked_for(asked.text(&last)));
    let reply = reply.unwrap_or_else(|| invented(V::schema(asked).as_ref(), state.options.pause));
    if asked.body["stream"] == json!(true) {
        streamed::<V>(asked, reply)
    } else {
        plain::<V>(asked, reply, V::whole)
    }
}

/// What is wrong with a request, whatever it asks for.
pub(crate) fn refusal<V: Vendor>(state: &Shared, asked: &Asked) -> Option<Problem> {
    let is_known = asked.text("/model").starts_with(MODEL);
    let unknown = (!is_known).then_some(Problem::UnknownModel);
    wrong_key(state, asked)
        .or(unknown)
        .or_else(|| V::fault(asked))
}

/// That the key is wrong, if it is.
pub(crate) fn wrong_key(state: &Shared, asked: &Asked) -> Option<Problem> {
    let right = state.options.key.as_deref()?;
    (asked.key() != right).then_some(Problem::WrongKey)
}

/// An answer in one piece, whose body is `whole`.
pub(crate) fn plain<V: Vendor>(
    asked: &Asked,
    reply: Reply,
    whole: fn(&Asked, &str, &StopReason, Option<TokenUsage>) -> Value,
) -> Option<Output> {
    let half = |pieces: Vec<String>, then| {
        let body = whole(asked, &pieces.concat(), &StopReason::Finished, None).to_string();
        let mut bytes = body.into_bytes();
        bytes.truncate(bytes.len() / 2);
        Some(Output::json().send(bytes, Duration::ZERO).then(then))
    };
    match reply {
        Reply::Scripted(ScriptedReply::Answer {
            pieces,
            pause,
            stop,
            usage,
        }) => {
            let count = u32::try_from(pieces.len()).unwrap_or(u32::MAX);
            let body = whole(asked, &pieces.concat(), &stop, usage).to_string();
            Some(Output::json().send(body, pause.saturating_mul(count)))
        }
        Reply::Scripted(ScriptedReply::Cut { pieces }) => half(pieces, Then::Cut),
        Reply::Reset { pieces } => half(pieces, Then::Reset),
        Reply::Stall { pieces } => half(pieces, Then::Stall),
        Reply::Scripted(ScriptedReply::Endless { piece }) => {
            let quoted = json!(piece).to_string();
            let inner = quoted.trim_matches('"').to_owned();
            let output = Output::json().send(V::ENDLESS, Duration::ZERO);
            Some(output.then(Then::Repeat(inner.into(), Duration::ZERO)))
        }
        other => without_answer::<V>(asked, other),
    }
}

fn streamed<V: Vendor>(asked: &Asked, reply: Reply) -> Option<Output> {
    let said = |mut output: Output, pieces: Vec<String>, pause| {
        for piece in pieces {
            output = output.send(V::piece(asked, &piece), pause);
        }
        output
    };
    let half = |pieces, then| said(V::begin(asked, None), pieces, Duration::ZERO).then(then);
    Some(match reply {
        Reply::Scripted(ScriptedReply::Answer {
            pieces,
            pause,
            stop,
            usage,
        }) => {
            let output = said(V::begin(asked, usage), pieces, pause);
            V::end(asked, output, pause, &stop, usage)
        }
        Reply::Scripted(ScriptedReply::Cut { pieces }) => half(pieces, Then::Cut),
        Reply::Reset { pieces } => half(pieces, Then::Reset),
        Reply::Stall { pieces } => half(pieces, Then::Stall),
        Reply::Scripted(ScriptedReply::Endless { piece }) => {
            let then = Then::Repeat(V::piece(asked, &piece), Duration::ZERO);
            V::begin(asked, None).then(then)
        }
        other => return without_answer::<V>(asked, other),
    })
}

/// What is the same for answers in one piece and in many; `None` says nothing at all.
fn without_answer<V: Vendor>(asked: &Asked, reply: Reply) -> Option<Output> {
    match reply {
        Reply::Problem { problem, headers } => Some(V::problem(asked, problem, headers)),
        Reply::Raw {
            status,
            content_type,
            body,
        } => Some(Output::new(status, content_type).send(body, Duration::ZERO)),
        Reply::Endless {
            status,
            content_type,
            piece,
            pause,
        } => {
            let output = Output::new(status, content_type);
            Some(output.then(Then::Repeat(piece.into(), pause)))
        }
        _ => None,
    }
}
