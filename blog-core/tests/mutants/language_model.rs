use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use blog_core::conformance::{Fixture, LanguageModelFixture, Setup, language_model_cases};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::{
    AnswerFormat, Completion, CompletionEvent, CompletionRequest, CompletionStream, LanguageModel,
    ModelIdentity, StopReason,
};
use blog_core::{Error, ErrorKind, Result};
use futures::stream::{self, StreamExt};
use serde_json::Value;

use crate::{each_is_caught, passes};
use Fault::*;

const KEY: &str = "the key";

/// One way in which a model breaks its promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    LosesTheLastPiece,
    LosesUsage,
    FailsWhereTheAnswerIsCut,
    TakesEveryEndForFinished,
    TakesHalfForAll,

    StreamsOtherWords,
    StreamsAnotherEnd,
    EndsWithoutDone,
    SaysDoneTwice,

    TakesAnyText,
    TakesAnyJson,
    TakesAnySchema,
    RepairsByItself,
    ChecksWhatIsCut,

    GoesOnWithoutCaller,
    ReadsOnWithoutCaller,
    AsksAgainWithoutCaller,
    GoesOnWithoutReader,

    RetriesAWrongKey,
    GivesUpTooSoon,
    ForgetsWhenToComeAgain,
    TakesTooLongForAway,
    ShowsItsKey,
    RepeatsItsKey,

    ReadsForEver,
    EndsTheEndless,

    ForgetsWhatWasUsed,

    ThinksInSilence,
}

/// What is broken, the promise that this breaks, and the case that finds it.
const MUTANTS: &[(Fault, u8, &str)] = &[
    (LosesTheLastPiece, 1, "answers::an_answer_comes_whole"),
    (LosesUsage, 1, "answers::an_answer_comes_whole"),
    (
        FailsWhereTheAnswerIsCut,
        1,
        "answers::what_is_cut_refused_or_filtered_is_an_answer",
    ),
    (
        TakesEveryEndForFinished,
        1,
        "answers::what_is_cut_refused_or_filtered_is_an_answer",
    ),
    (TakesHalfForAll, 1, "answers::a_lost_connection_is_an_error"),
    (
        TakesHalfForAll,
        2,
        "streams::a_stream_that_breaks_off_ends_in_an_error",
    ),
    (
        StreamsOtherWords,
        2,
        "streams::texts_of_a_stream_are_the_answer",
    ),
    (
        StreamsAnotherEnd,
        2,
        "streams::texts_of_a_stream_are_the_answer",
    ),
    (
        EndsWithoutDone,
        2,
        "streams::texts_of_a_stream_are_the_answer",
    ),
    (
        SaysDoneTwice,
        2,
        "streams::texts_of_a_stream_are_the_answer",
    ),
    (TakesAnyText, 3, "json::json_that_does_not_fit_is_no_answer"),
    (TakesAnyJson, 3, "json::json_that_does_not_fit_is_no_answer"),
    (
        TakesAnySchema,
        3,
        "json::a_schema_that_not_all_understand_is_refused",
    ),
    (RepairsByItself, 3, "json::json_that_fits_comes_as_it_is"),
    (ChecksWhatIsCut, 3, "json::json_that_is_cut_off_says_so"),
    (
        GoesOnWithoutCaller,
        4,
        "dropping::a_dropped_call_ends_upstream",
    ),
    (
        ReadsOnWithoutCaller,
        4,
        "dropping::a_call_dropped_while_its_answer_comes_ends_upstream",
    ),
    (
        AsksAgainWithoutCaller,
        4,
        "dropping::a_call_dropped_while_it_asks_again_ends_upstream",
    ),
    (
        GoesOnWithoutReader,
        4,
        "dropping::a_dropped_stream_ends_upstream",
    ),
    (RetriesAWrongKey, 5, "errors::an_error_says_what_to_do"),
    (GivesUpTooSoon, 5, "errors::an_error_says_what_to_do"),
    (
        ForgetsWhenToComeAgain,
        5,
        "errors::an_error_says_what_to_do",
    ),
    (TakesTooLongForAway, 5, "errors::an_error_says_what_to_do"),
    (ShowsItsKey, 5, "errors::the_key_is_nowhere_to_be_seen"),
    (RepeatsItsKey, 5, "errors::the_key_is_nowhere_to_be_seen"),
    (ReadsForEver, 6, "bounds::an_answer_without_end_is_an_error"),
    (
        EndsTheEndless,
        6,
        "bounds::an_answer_without_end_is_an_error",
    ),
    (
        ForgetsWhatWasUsed,
        7,
        "json::an_answer_of_no_use_has_used_what_the_server_counts",
    ),
    (
        ForgetsWhatWasUsed,
        7,
        "errors::what_is_refused_has_used_nothing",
    ),
    (
        ThinksInSilence,
        8,
        "streams::a_model_that_thinks_is_not_silent",
    ),
];

#[tokio::test(start_paused = true)]
async fn each_mutant_is_caught_by_its_case() {
    each_is_caught(MUTANTS, &language_model_cases(), |fault| {
        Mutant(Some(fault))
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn without_a_fault_every_case_passes() {
    passes(&language_model_cases(), &Mutant(None)).await;
}

struct Mutant(Option<Fault>);

#[derive(Clone)]
struct Place {
    model: ScriptedModel,
    replies: Arc<Mutex<VecDeque<ScriptedReply>>>,
}

impl Fixture for Mutant {
    const NAME: &'static str = "mutant";
    type Port = dyn LanguageModel;
    type Place = Place;

    async fn place(&self) -> Setup<Place> {
        let replies = Arc::<Mutex<VecDeque<ScriptedReply>>>::default();
        let script = Arc::clone(&replies);
        let next = move |_: &CompletionRequest| script.lock().unwrap().pop_front().unwrap();
        let model = ScriptedModel::replying(next);
        Ok(Place { model, replies })
    }

    async fn open(&self, place: &Place) -> Setup<Arc<dyn LanguageModel>> {
        Ok(Arc::new(Broken {
            fault: self.0,
            shown: (self.0 == Some(ShowsItsKey)).then_some(KEY),
            model: place.model.clone(),
        }))
    }
}

impl LanguageModelFixture for Mutant {
    fn key(&self) -> Option<&str> {
        Some(KEY)
    }

    async fn script(&self, place: &Place, replies: Vec<ScriptedReply>) -> Setup<()> {
        *place.replies.lock().unwrap() = replies.into();
        Ok(())
    }

    async fn open_calls(&self, place: &Place) -> Setup<usize> {
        Ok(place.model.open_calls())
    }
}

#[derive(Debug)]
struct Broken {
    fault: Option<Fault>,
    #[expect(dead_code, reason = "Debug reads it")]
    shown: Option<&'static str>,
    model: ScriptedModel,
}

impl Broken {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    async fn ask(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        let mut request = request.clone();
        if matches!(
            self.fault,
            Some(TakesAnyText | TakesAnyJson | TakesAnySchema)
        ) {
            request.format = AnswerFormat::Text;
        }
        if !self.has(GoesOnWithoutCaller) {
            return self.model.stream(&request).await;
        }
        let model = self.model.clone();
        let call = tokio::spawn(async move { model.stream(&request).await });
        call.await.unwrap()
    }

    /// The events of an answer, each with what is broken.
    async fn events(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        let asked = self.ask(request).await;
        let mut events = asked.map_err(|error| self.misread(&error))?;
        if self.has(GoesOnWithoutReader) {
            let (send, receive) = tokio::sync::mpsc::channel(1);
            tokio::spawn(async move {
                while let Some(event) = events.next().await {
                    let _ = send.send(event).await;
                }
                pending::<()>().await;
            });
            let next = |mut receive: tokio::sync::mpsc::Receiver<_>| async {
                Some((receive.recv().await?, receive))
            };
            return Ok(stream::unfold(receive, next).boxed());
        }
        if self.has(LosesTheLastPiece) {
            let all: Vec<_> = events.collect().await;
            let count = all.len();
            let kept = all.into_iter().enumerate();
            let kept = kept.filter(move |(number, _)| number + 2 != count);
            return Ok(stream::iter(kept.map(|(_, event)| event)).boxed());
        }
        let fault = self.fault;
        let format = request.format.clone();
        let mut text = String::new();
        let broken = move |event: Result<CompletionEvent>| {
            if let Ok(CompletionEvent::Text(piece)) = &event {
                text.push_str(piece);
            }
            misheard(fault, &format, &text, event)
        };
        let heard = events.then(move |event| silent(fault, event));
        Ok(heard.map(broken).boxed())
    }

    fn misread(&self, error: &Error) -> Error {
        let kind = match (self.fault, error.kind().clone()) {
            (Some(RetriesAWrongKey), ErrorKind::Unavailable { retry: false }) => {
                ErrorKind::Unavailable { retry: true }
            }
            (Some(GivesUpTooSoon), ErrorKind::Unavailable { retry: true }) => {
                ErrorKind::Unavailable { retry: false }
            }
            (Some(ForgetsWhenToComeAgain), ErrorKind::RateLimited { .. }) => {
                ErrorKind::RateLimited {
                    retry_after: Duration::from_secs(1),
                }
            }
            (Some(TakesTooLongForAway), ErrorKind::TooLarge) => {
                ErrorKind::Unavailable { retry: true }
            }
            (_, kind) => kind,
        };
        let message = if self.has(RepeatsItsKey) { KEY } else { "away" };
        let misread = Error::new(kind, message);
        match error.usage() {
            Some(usage) if !self.has(ForgetsWhatWasUsed) => misread.with_usage(usage),
            _ => misread,
        }
    }
}

/// Waits for ever instead of failing.
async fn silent(fault: Option<Fault>, event: Result<CompletionEvent>) -> Result<CompletionEvent> {
    if fault == Some(ReadsForEver) && event.is_err() {
        pending::<()>().await;
    }
    event
}

fn misheard(
    fault: Option<Fault>,
    format: &AnswerFormat,
    text: &str,
    event: Result<CompletionEvent>,
) -> Result<CompletionEvent> {
    let away = || Error::unavailable("away", true);
    let finished = || CompletionEvent::Done {
        stop: StopReason::Finished,
        usage: None,
        model: "scripted".to_owned(),
    };
    match (fault, event) {
        (Some(TakesHalfForAll | EndsTheEndless), Err(_)) => Ok(finished()),
        (Some(ForgetsWhatWasUsed), Err(error)) => Err(Error::new(error.kind().clone(), "away")),
        (Some(fault), Ok(CompletionEvent::Done { stop, usage, model })) => {
            let is_finished = stop == StopReason::Finished;
            let is_json: Result<Value, _> = serde_json::from_str(text);
            match fault {
                FailsWhereTheAnswerIsCut if !is_finished => Err(away()),
                TakesEveryEndForFinished => Ok(finished()),
                TakesAnyJson if is_json.is_err() && *format != AnswerFormat::Text => Err(away()),
                ChecksWhatIsCut if format.check(text).is_err() => Err(away()),
                LosesUsage => Ok(CompletionEvent::Done {
                    stop,
                    usage: None,
                    model,
                }),
                _ => Ok(CompletionEvent::Done { stop, usage, model }),
            }
        }
        (Some(RepairsByItself), Ok(CompletionEvent::Text(piece))) => {
            Ok(CompletionEvent::Text(piece.replace(' ', "")))
        }
        (_, event) => event,
    }
}

#[async_trait]
impl LanguageModel for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }

    fn identity(&self) -> ModelIdentity {
        ModelIdentity::of([self.name()])
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        let answer = Completion::of_stream(self.events(request).await?);
        if self.has(ReadsOnWithoutCaller) {
            return tokio::spawn(answer).await.unwrap();
        }
        let answer = answer.await;
        if answer.is_err() && self.has(AsksAgainWithoutCaller) {
            let (model, request) = (self.model.clone(), request.clone());
            let second = tokio::spawn(async move { model.complete(&request).await });
            return second.await.unwrap();
        }
        answer
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        let events = self.events(request).await?;
        let is_done = |event: &Result<_>| matches!(event, Ok(CompletionEvent::Done { .. }));
        let fault = self.fault;
        let changed = events.flat_map(move |event| {
            stream::iter(match (fault, event) {
                (Some(StreamsOtherWords), Ok(CompletionEvent::Text(piece))) => {
                    vec![Ok(CompletionEvent::Text(piece.trim().to_owned()))]
                }
                (Some(ThinksInSilence), Ok(CompletionEvent::Text(piece))) if piece.is_empty() => {
                    Vec::new()
                }
                (Some(StreamsAnotherEnd), Ok(CompletionEvent::Done { stop, usage, .. })) => {
                    let model = "another".to_owned();
                    vec![Ok(CompletionEvent::Done { stop, usage, model })]
                }
                (Some(EndsWithoutDone), event) if is_done(&event) => Vec::new(),
                (Some(SaysDoneTwice), Ok(done @ CompletionEvent::Done { .. })) => {
                    vec![Ok(done.clone()), Ok(done)]
                }
                (_, event) => vec![event],
            })
        });
        Ok(changed.boxed())
    }
}
