mod answers;
mod bounds;
mod dropping;
mod errors;
mod json;
mod sample;
mod streams;

use futures::StreamExt;

use super::fixture::LanguageModelFixture;
use super::runner::{Case, Verdict, Violation, broke, case, expect, succeed};
use super::waiting::{Patience, bounded};
use super::world::World;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::ScriptedReply;
use crate::ports::{Completion, CompletionEvent, CompletionRequest, LanguageModel, StopReason};

/// The one list of cases for language models.
#[must_use]
pub fn cases<F: LanguageModelFixture>() -> Vec<Case<F>> {
    vec![
        case!(1, answers::an_answer_comes_whole),
        case!(1, answers::what_is_cut_refused_or_filtered_is_an_answer),
        case!(1, answers::a_lost_connection_is_an_error),
        case!(2, streams::texts_of_a_stream_are_the_answer),
        case!(2, streams::a_stream_that_breaks_off_ends_in_an_error),
        case!(3, json::json_that_fits_comes_as_it_is),
        case!(3, json::json_that_does_not_fit_is_no_answer),
        case!(3, json::json_that_is_cut_off_says_so),
        case!(3, json::a_schema_that_not_all_understand_is_refused),
        case!(4, dropping::a_dropped_call_ends_upstream),
        case!(
            4,
            dropping::a_call_dropped_while_its_answer_comes_ends_upstream
        ),
        case!(
            4,
            dropping::a_call_dropped_while_it_asks_again_ends_upstream
        ),
        case!(4, dropping::a_dropped_stream_ends_upstream),
        case!(5, errors::an_error_says_what_to_do),
        case!(5, errors::the_key_is_nowhere_to_be_seen),
        case!(6, bounds::an_answer_without_end_is_an_error),
        case!(7, json::an_answer_of_no_use_has_used_what_the_server_counts),
        case!(7, errors::what_is_refused_has_used_nothing),
        case!(8, streams::a_model_that_thinks_is_not_silent),
    ]
}

/// What a stream gave: its texts together, and its end.
struct Streamed {
    text: String,
    end: Result<CompletionEvent>,
}

/// Reads a stream to its end, and fails if anything follows that.
async fn streamed(
    promise: u8,
    model: &dyn LanguageModel,
    request: &CompletionRequest,
) -> Result<Streamed, Violation> {
    let mut text = String::new();
    let mut events = match bounded(promise, model.stream(request)).await? {
        Ok(events) => events,
        Err(error) => {
            return Ok(Streamed {
                text,
                end: Err(error),
            });
        }
    };
    let read = async {
        while let Some(event) = events.next().await {
            match event {
                Ok(CompletionEvent::Text(piece)) => text.push_str(&piece),
                end => return Ok(Some(end)),
            }
        }
        Ok(None)
    };
    let end = succeed(promise, bounded(promise, read).await?)?;
    let Some(end) = end else {
        return Err(broke(2, "a stream to end in Done or an error", "neither"));
    };
    match events.next().await {
        None => Ok(Streamed { text, end }),
        Some(event) => Err(broke(2, "nothing after the end", format!("{event:?}"))),
    }
}

/// The whole answer, asked for in both ways, which must give the same.
async fn both_ways<F: LanguageModelFixture>(
    promise: u8,
    world: &World<'_, F>,
    replies: Vec<ScriptedReply>,
    request: &CompletionRequest,
) -> Result<Result<Completion>, Violation> {
    let model = world.open().await?;
    world.script(replies.clone()).await?;
    let complete = bounded(promise, model.complete(request)).await?;
    world.script(replies).await?;
    let Streamed { text, end } = streamed(promise, &*model, request).await?;
    let streamed = end.map(|done| (text, done));
    match (&complete, &streamed) {
        (Ok(complete), Ok((text, done))) => {
            let expected = CompletionEvent::Done {
                stop: complete.stop.clone(),
                usage: complete.usage,
                model: complete.model.clone(),
            };
            expect(2, (text, done), (&complete.text, &expected))?;
        }
        (Err(complete), Err(streamed)) => expect(5, streamed.kind(), complete.kind())?,
        _ => {
            let saw = format!("{complete:?} and {streamed:?}");
            return Err(broke(2, "a stream to end as the answer does", saw));
        }
    }
    Ok(complete)
}

/// Fails unless the call may be tried again.
fn may_be_tried_again<T: std::fmt::Debug>(promise: u8, answer: Result<T>) -> Verdict {
    match answer {
        Err(error) if *error.kind() == ErrorKind::Unavailable { retry: true } => Ok(()),
        other => Err(broke(
            promise,
            "Unavailable with retry",
            format!("{other:?}"),
        )),
    }
}
