//! Answers as events (<https://html.spec.whatwg.org>, server-sent events). Whoever waits for a model hears
//! within about a second that it is asked, and from then on now and then, so that nothing in between takes
//! the connection for dead. What goes wrong before that is an answer of its own, with its own status.

use std::time::Duration;

use axum::Json;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use blog_core::domain::Actor;
use blog_core::services::ai::{GenerationEvent, GenerationStream};
use blog_core::{Error, Result};
use futures::{Stream, StreamExt, stream};
use serde::Serialize;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::Instrument;
use utoipa::ToSchema;

use super::generate::generated_body;
use crate::problem::Problem;
use crate::router::AppState;

/// How long the first event is waited for before the answer begins without one.
const FIRST: Duration = Duration::from_secs(1);

/// Server-sent events: one, `done` with the answer or else `error` with a problem, and comments until then.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes answers, and is never made")]
pub(super) struct AnswerEvents(String);

/// Server-sent events, which begin within about a second and come while the post is written: `delta`, with a
/// `field` (`title` or `body`) and more of its `text`, as the model says it, to be shown as text and as nothing
/// else: its markup and links are still in it. Then `done` with the whole answer, the only one that is guarded, in
/// place of what came; or `error` with a problem.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes answers, and is never made")]
pub(super) struct PostEvents(String);

type Told = std::result::Result<Event, axum::Error>;

/// Whether events are accepted.
pub(super) fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(is_of_events)
}

/// RFC 9110, section 12.5.1: a weight of nothing means that it is not accepted.
fn is_of_events(media_range: &str) -> bool {
    let mut parts = media_range.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let mut weights = parts.filter_map(|part| part.strip_prefix("q="));
    essence.eq_ignore_ascii_case("text/event-stream")
        && weights.all(|weight| weight.parse::<f32>() != Ok(0.0))
}

/// A post while it is written. Whoever goes away drops the stream, and the model's call with it.
pub(super) async fn written(
    state: AppState,
    actor: Actor,
    mut written: GenerationStream,
) -> Result<Response, Problem> {
    let first = match timeout(FIRST, written.next()).await {
        Ok(Some(first)) => Some(Ok(first?)),
        Ok(None) => return Err(Error::internal("a stream without an end").into()),
        Err(_) => None,
    };
    let events = stream::iter(first).chain(written);
    Ok(answer(events.then(move |event| {
        let (state, actor) = (state.clone(), actor.clone());
        async move { told(&state, &actor, event).await }
    })))
}

/// What is found, as JSON, or for those who accept events as one: `done`, or `error` with a problem. Whoever
/// goes away ends the work.
pub(super) async fn found<T>(
    state: &AppState,
    headers: &HeaderMap,
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<Response, Problem>
where
    T: Serialize + Send + 'static,
{
    if !wants_events(headers) {
        return Ok(Json(work.await?).into_response());
    }
    // A task, so that the work ends in time though nobody reads.
    let mut working = JoinSet::new();
    working.spawn(timeout(state.options.ai_timeout, work).in_current_span());
    let first = match timeout(FIRST, outcome(&mut working)).await {
        Ok(found) => Some(found?),
        Err(_) => None,
    };
    let events = stream::once(async move {
        let found = match first {
            Some(found) => Ok(found),
            None => outcome(&mut working).await,
        };
        match found {
            Ok(found) => Event::default().event("done").json_data(found),
            Err(problem) => failed(&problem),
        }
    });
    Ok(answer(events))
}

/// What has come of the work.
async fn outcome<T: 'static>(
    working: &mut JoinSet<Result<Result<T, Problem>, tokio::time::error::Elapsed>>,
) -> Result<T, Problem> {
    match working.join_next().await {
        Some(Ok(Ok(found))) => found,
        Some(Ok(Err(_))) => Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the request took too long",
        )),
        Some(Err(error)) => {
            let broken = Error::internal("what was asked of a model broke off");
            Err(broken.with_source(error).into())
        }
        None => Err(Error::internal("nothing is worked on").into()),
    }
}

fn answer(events: impl Stream<Item = Told> + Send + 'static) -> Response {
    let events = Sse::new(events).keep_alive(KeepAlive::default());
    events.into_response()
}

async fn told(state: &AppState, actor: &Actor, event: Result<GenerationEvent>) -> Told {
    match event {
        Ok(GenerationEvent::Delta { field, text }) => {
            let delta = json!({"field": field, "text": text});
            Event::default().event("delta").json_data(delta)
        }
        Ok(GenerationEvent::Done(generated)) => {
            match generated_body(state, actor, *generated).await {
                Ok(body) => Event::default().event("done").json_data(body),
                Err(problem) => failed(&problem),
            }
        }
        Err(error) => failed(&error.into()),
    }
}

fn failed(problem: &Problem) -> Told {
    Event::default().event("error").json_data(problem.body())
}

#[cfg(test)]
mod tests {
    use super::is_of_events;

    #[test]
    fn events_are_sent_to_those_who_accept_them() {
        for accepted in ["text/event-stream", " Text/Event-Stream ; q=0.5"] {
            assert!(is_of_events(accepted), "{accepted}");
        }
        for other in [
            "text/event-stream;q=0",
            "text/event-stream; q=0.000",
            "text/*",
            "",
        ] {
            assert!(!is_of_events(other), "{other}");
        }
    }
}
