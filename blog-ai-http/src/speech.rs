use std::time::Duration;

use blog_core::Error;
use blog_core::ports::{
    AnswerFormat, Completion, CompletionEvent, CompletionStream, StopReason, TokenUsage,
};
use futures::stream::{self, StreamExt};
use tokio::time::timeout;

use crate::error::{Failure, Result};
use crate::events::Events;
use crate::transcript::{Part, Transcript};

/// How long the end of a body may take after the end of the answer. A connection whose body was not read to
/// its end cannot be used again.
const END_OF_BODY: Duration = Duration::from_millis(50);

/// An answer while it comes: `read` says what each event's data says.
///
/// Each event is a piece, and an empty one where it has no text: the model is at work. It ends with the event
/// that says so, or with the body. One that was to be JSON and is another ends in an error, with what `request`
/// uses at a guess.
pub fn stream(
    events: Events,
    transcript: Transcript,
    request: TokenUsage,
    format: AnswerFormat,
    read: impl Fn(&str) -> Result<Vec<Part>> + Send + Sync + 'static,
) -> CompletionStream {
    let speech = Speech {
        events,
        transcript,
        request,
        format,
        read,
    };
    stream::unfold(Some(speech), |speech| async {
        let mut speech = speech?;
        match speech.text().await {
            Ok(Some(text)) => Some((Ok(CompletionEvent::Text(text)), Some(speech))),
            Ok(None) => Some((speech.done().await, None)),
            Err(failure) => Some((Err(failure.into()), None)),
        }
    })
    .boxed()
}

/// An answer that is there as a whole, in one piece.
#[must_use]
pub fn at_once(answer: Completion) -> CompletionStream {
    let Completion {
        text,
        stop,
        usage,
        model,
    } = answer;
    let text = (!text.is_empty()).then_some(CompletionEvent::Text(text));
    let done = CompletionEvent::Done { stop, usage, model };
    stream::iter(text.into_iter().chain([done]).map(Ok)).boxed()
}

struct Speech<R> {
    events: Events,
    transcript: Transcript,
    request: TokenUsage,
    format: AnswerFormat,
    read: R,
}

impl<R: Fn(&str) -> Result<Vec<Part>>> Speech<R> {
    /// The text of an event, which may have none, or `None` once there are no more.
    async fn text(&mut self) -> Result<Option<String>> {
        if self.transcript.is_at_end {
            return Ok(None);
        }
        let Some(data) = self.events.next().await? else {
            return Ok(None);
        };
        let mut text = String::new();
        for part in (self.read)(&data)? {
            if let Part::Text(more) = &part {
                text.push_str(more);
            }
            self.transcript.add(part)?;
        }
        Ok(Some(text).filter(|text| !text.is_empty() || !self.transcript.is_at_end))
    }

    async fn done(mut self) -> Result<CompletionEvent, Error> {
        // Whatever comes is no part of the answer.
        let _ = timeout(END_OF_BODY, self.events.next()).await;
        let answer = self.transcript.finish()?;
        if answer.stop == StopReason::Finished {
            let fits = self.format.check(&answer.text);
            fits.map_err(|wrong| Failure::unfit(self.request, &answer, wrong))?;
        }
        Ok(CompletionEvent::Done {
            stop: answer.stop,
            usage: answer.usage,
            model: answer.model,
        })
    }
}
