use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::deadline::{Limits, from_now, late};
use crate::error::Result;
use crate::ports::{
    Completion, CompletionEvent, CompletionRequest, CompletionStream, LanguageModel, ModelIdentity,
};

/// Ends attempts in which the model is silent for too long. Even an empty piece breaks a silence.
///
/// A whole answer is collected from a stream: how long it takes in all says nothing about the model.
#[derive(Debug)]
pub(super) struct Patience {
    model: Arc<dyn LanguageModel>,
    beginning: Duration,
    between_pieces: Duration,
}

impl Patience {
    /// Of `beginning` until there is text, or longer while empty pieces come, though never beyond
    /// [`Limits::begins`]; and of `between_pieces` from each piece to the next.
    pub(super) fn new(
        model: Arc<dyn LanguageModel>,
        beginning: Duration,
        between_pieces: Duration,
    ) -> Self {
        Self {
            model,
            beginning,
            between_pieces,
        }
    }
}

#[async_trait]
impl LanguageModel for Patience {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn identity(&self) -> ModelIdentity {
        self.model.identity()
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        Completion::of_stream(self.stream(request).await?).await
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        let Limits {
            begins: last_moment,
            ends,
        } = Limits::current();
        let begins = last_moment.min(from_now(self.beginning));
        let stream = timeout_at(begins, self.model.stream(request)).await;
        let stream = stream.unwrap_or_else(|_| Err(late()))?;
        let between_pieces = self.between_pieces;
        let begun = (stream, Some(begins));
        let patient = stream::try_unfold(begun, move |(mut stream, begins)| async move {
            // A stream that never makes anybody wait would outrun a timer.
            tokio::task::consume_budget().await;
            if Instant::now() >= ends {
                return Err(late());
            }
            let until = begins.unwrap_or_else(|| from_now(between_pieces));
            match timeout_at(until.min(ends), stream.next()).await {
                Ok(Some(event)) => {
                    let event = event?;
                    // A model that says early that it is there may think on for as long as any other.
                    let begins = begins.filter(|_| says_nothing(&event));
                    let begins = begins.map(|begins| {
                        let alive_until = from_now(between_pieces).min(last_moment);
                        begins.max(alive_until)
                    });
                    Ok(Some((event, (stream, begins))))
                }
                Ok(None) => Ok(None),
                Err(_) => Err(late()),
            }
        });
        Ok(patient.boxed())
    }
}

fn says_nothing(event: &CompletionEvent) -> bool {
    matches!(event, CompletionEvent::Text(text) if text.is_empty())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::deadline::{begun_within, within};
    use super::super::sample::{AWAY, kind, request, seconds, slow_answer, text, texts, timed};
    use super::Patience;
    use crate::memory::{ScriptedModel, ScriptedReply};
    use crate::ports::{LanguageModel, StopReason};

    fn patient(reply: ScriptedReply, beginning: u64, between_pieces: u64) -> Patience {
        let model = Arc::new(ScriptedModel::new([reply]));
        Patience::new(model, seconds(beginning), seconds(between_pieces))
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_has_to_begin_in_time() {
        for reply in [slow_answer(seconds(9)), ScriptedReply::Stall] {
            let model = patient(reply.clone(), 8, 60);
            let (took, answer) = timed(model.complete(&request())).await;
            assert_eq!((took, kind(answer)), (seconds(8), AWAY));
            let model = patient(reply, 60, 60);
            let request = request();
            let hurried = begun_within(seconds(8), model.complete(&request));
            let (took, answer) = timed(hurried).await;
            assert_eq!((took, kind(answer)), (seconds(8), AWAY));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_model_that_falls_silent_between_pieces_is_given_up() {
        let model = patient(slow_answer(seconds(9)), 60, 5);
        let stream = model.stream(&request()).await.unwrap();
        let (took, (texts, error)) = timed(texts(stream)).await;
        assert_eq!((took, texts.as_str()), (seconds(14), "a"));
        assert_eq!(error.unwrap().kind(), &AWAY);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_may_take_longer_than_its_beginning() {
        let model = patient(slow_answer(seconds(9)), 10, 10);
        let (took, answer) = timed(model.complete(&request())).await;
        assert_eq!((took, text(answer).as_str()), (seconds(27), "abc"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_piece_is_a_sign_of_life() {
        let reply = ScriptedReply::Answer {
            pieces: ["", "", "", "a"].map(str::to_owned).to_vec(),
            pause: seconds(9),
            stop: StopReason::Finished,
            usage: None,
        };
        let model = patient(reply, 10, 10);
        let (took, answer) = timed(model.complete(&request())).await;
        assert_eq!((took, text(answer).as_str()), (seconds(36), "a"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_sign_of_life_takes_no_time_from_a_model_that_thinks() {
        let reply = ScriptedReply::Answer {
            pieces: ["", "a"].map(str::to_owned).to_vec(),
            pause: seconds(9),
            stop: StopReason::Finished,
            usage: None,
        };
        let model = patient(reply, 20, 5);
        assert_eq!(text(model.complete(&request()).await), "a");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_has_no_more_time_than_its_call() {
        let model = patient(slow_answer(seconds(9)), 10, 10);
        let request = request();
        let call = within(seconds(20), model.complete(&request));
        let (took, answer) = timed(call).await;
        assert_eq!((took, kind(answer)), (seconds(20), AWAY));
    }
}
