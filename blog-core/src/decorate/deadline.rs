use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::begun::begun;
use crate::error::{Error, Result};
use crate::ports::{Completion, CompletionRequest, CompletionStream, LanguageModel};

/// Longer is as good as for ever, and more than an [`Instant`] may be able to hold.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

tokio::task_local! {
    /// When what is being done must have ended.
    static ENDS: Instant;
}

/// Ends calls and streams that take too long. What is late is unavailable, and may be tried again.
#[derive(Debug)]
pub(super) struct Deadline {
    model: Arc<dyn LanguageModel>,
    beginning: Duration,
    between_pieces: Duration,
    whole: Duration,
}

impl Deadline {
    /// For a call and all that is done for it: `whole` until the answer's last piece.
    pub(super) fn of_call(model: Arc<dyn LanguageModel>, whole: Duration) -> Self {
        Self {
            model,
            beginning: whole,
            between_pieces: whole,
            whole,
        }
    }

    /// For one attempt: `beginning` until the answer, or a stream's first piece, is there, and
    /// `between_pieces` from each to the next.
    pub(super) fn of_attempt(
        model: Arc<dyn LanguageModel>,
        beginning: Duration,
        between_pieces: Duration,
    ) -> Self {
        Self {
            model,
            beginning,
            between_pieces,
            whole: LONGEST,
        }
    }
}

#[async_trait]
impl LanguageModel for Deadline {
    fn name(&self) -> &str {
        self.model.name()
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        within(self.beginning, self.model.complete(request)).await
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        let ends = from_now(self.whole);
        let begun = within(self.beginning, begun(self.model.as_ref(), request)).await?;
        let between_pieces = self.between_pieces;
        let in_time = stream::try_unfold(begun, move |mut stream| async move {
            // A stream that never makes anybody wait would outrun a timer.
            if Instant::now() >= ends {
                return Err(late());
            }
            match timeout_at(ends.min(from_now(between_pieces)), stream.next()).await {
                Ok(Some(event)) => Ok(Some((event?, stream))),
                Ok(None) => Ok(None),
                Err(_) => Err(late()),
            }
        });
        Ok(in_time.boxed())
    }
}

/// Does it within `time`, and within what is left of the time that it is a part of.
pub(super) async fn within<T>(
    time: Duration,
    act: impl Future<Output = Result<T>> + Send,
) -> Result<T> {
    let ends = from_now(time.min(time_left()));
    let ended = timeout_at(ends, ENDS.scope(ends, act)).await;
    ended.unwrap_or_else(|_| Err(late()))
}

/// What is left for whoever would wait, or try something else.
pub(super) fn time_left() -> Duration {
    let left = ENDS.try_with(|ends| ends.saturating_duration_since(Instant::now()));
    left.unwrap_or(LONGEST)
}

fn from_now(time: Duration) -> Instant {
    Instant::now() + time.min(LONGEST)
}

fn late() -> Error {
    Error::unavailable("the model did not answer in time", true)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::super::sample::{AWAY, kind, request, seconds, slow_answer, text, texts, timed};
    use super::{Deadline, time_left, within};
    use crate::error::Result;
    use crate::memory::{ScriptedModel, ScriptedReply};
    use crate::ports::LanguageModel;

    fn model(reply: ScriptedReply) -> Arc<dyn LanguageModel> {
        Arc::new(ScriptedModel::new([reply]))
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_late_is_unavailable_and_may_be_asked_for_again() {
        let model = Deadline::of_call(model(ScriptedReply::Stall), seconds(10));
        let (took, answer) = timed(model.complete(&request())).await;
        assert_eq!((took, kind(answer)), (seconds(10), AWAY));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_has_to_begin_in_time() {
        let model = Deadline::of_attempt(model(slow_answer(seconds(9))), seconds(8), seconds(60));
        let (took, stream) = timed(model.stream(&request())).await;
        assert_eq!((took, kind(stream)), (seconds(8), AWAY));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_stalls_between_pieces_ends_in_an_error() {
        let model = Deadline::of_attempt(model(slow_answer(seconds(9))), seconds(60), seconds(5));
        let stream = model.stream(&request()).await.unwrap();
        let (took, (texts, error)) = timed(texts(stream)).await;
        assert_eq!((took, texts.as_str()), (seconds(5), "a"));
        assert_eq!(error.unwrap().kind(), &AWAY);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_has_to_end_in_time() {
        let model = Deadline::of_call(model(slow_answer(seconds(10))), seconds(25));
        let (took, (texts, error)) =
            timed(async { texts(model.stream(&request()).await.unwrap()).await }).await;
        assert_eq!((took, texts.as_str()), (seconds(25), "ab"));
        assert_eq!(error.unwrap().kind(), &AWAY);
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_has_no_more_time_than_the_whole() {
        let part = within(seconds(20), async {
            assert_eq!(time_left(), seconds(10));
            std::future::pending::<Result<()>>().await
        });
        let (took, _) = timed(within(seconds(10), part)).await;
        assert_eq!(took, seconds(10));
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_time_there_is_can_be_given() {
        let model = Deadline::of_call(model(ScriptedReply::answer("Hello")), Duration::MAX);
        assert_eq!(text(model.complete(&request()).await), "Hello");
    }
}
