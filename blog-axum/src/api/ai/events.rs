use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use blog_core::domain::Actor;
use blog_core::services::ai::{GenerationEvent, GenerationStream};
use blog_core::{Error, Result};
use futures::{StreamExt, stream};
use serde_json::json;

use super::generate::generated_body;
use crate::problem::Problem;
use crate::router::AppState;

/// A post while it is written, as events (<https://html.spec.whatwg.org>, server-sent events). What goes
/// wrong before the first of them is an answer of its own. Whoever goes away drops the stream, and the
/// model's call with it.
pub(super) async fn answer(
    state: AppState,
    actor: Actor,
    mut written: GenerationStream,
) -> Result<Response, Problem> {
    let first = written.next().await;
    let first = first.ok_or_else(|| Error::internal("a stream without an end"))??;
    let events = stream::iter([Ok(first)]).chain(written);
    let events = events.then(move |event| {
        let (state, actor) = (state.clone(), actor.clone());
        async move { told(&state, &actor, event).await }
    });
    let events = Sse::new(events).keep_alive(KeepAlive::default());
    Ok(events.into_response())
}

async fn told(
    state: &AppState,
    actor: &Actor,
    event: Result<GenerationEvent>,
) -> std::result::Result<Event, axum::Error> {
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

fn failed(problem: &Problem) -> std::result::Result<Event, axum::Error> {
    Event::default().event("error").json_data(problem.body())
}
