use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout_at};

use super::begun::begun;
use super::held::held_until;
use crate::error::{Error, Result};
use crate::ports::{Completion, CompletionRequest, CompletionStream, LanguageModel, ModelIdentity};

/// Longer is as good as for ever, and more than an [`Instant`] may be able to hold.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

tokio::task_local! {
    /// Of what is being done.
    static LIMITS: Limits;
}

/// Until when something is of use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Until then a model has to begin to answer.
    pub(super) begins: Instant,
    /// Until then it has to have answered.
    pub(super) ends: Instant,
}

impl Limits {
    /// Those of what is being done.
    pub(super) fn current() -> Self {
        let ends = from_now(LONGEST);
        let without = Self { begins: ends, ends };
        LIMITS.try_with(|limits| *limits).unwrap_or(without)
    }
}

/// Ends calls that take too long, all that is done for them included, and streams, whether or not anybody
/// reads them. What is late is unavailable, and may be tried again.
#[derive(Debug)]
pub(super) struct Deadline {
    model: Arc<dyn LanguageModel>,
    whole: Duration,
}

impl Deadline {
    /// Of `whole` until the answer's last piece.
    pub(super) fn new(model: Arc<dyn LanguageModel>, whole: Duration) -> Self {
        Self { model, whole }
    }
}

#[async_trait]
impl LanguageModel for Deadline {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn identity(&self) -> ModelIdentity {
        self.model.identity()
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        within(self.whole, self.model.complete(request)).await
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        let ends = from_now(self.whole).min(Limits::current().ends);
        let begun = within(self.whole, begun(self.model.as_ref(), request)).await?;
        Ok(held_until(ends, begun))
    }
}

/// Does it within `time`, and within what is left of the time that it is a part of.
pub(super) async fn within<T>(
    time: Duration,
    act: impl Future<Output = Result<T>> + Send,
) -> Result<T> {
    let Limits { begins, ends } = Limits::current();
    let ends = ends.min(from_now(time));
    let begins = begins.min(ends);
    let ended = timeout_at(ends, LIMITS.scope(Limits { begins, ends }, act)).await;
    ended.unwrap_or_else(|_| Err(late()))
}

/// Does it so that a model begins to answer within `time`; however long it then goes on.
pub(super) async fn begun_within<T>(time: Duration, act: impl Future<Output = T> + Send) -> T {
    let Limits { begins, ends } = Limits::current();
    let begins = begins.min(from_now(time));
    LIMITS.scope(Limits { begins, ends }, act).await
}

/// What is left of the time of what is being done.
pub(super) fn time_left() -> Duration {
    let ends = Limits::current().ends;
    ends.saturating_duration_since(Instant::now())
}

/// What is left for a model to begin to answer: for whoever would wait, or try something else.
pub(super) fn time_to_begin() -> Duration {
    let begins = Limits::current().begins;
    begins.saturating_duration_since(Instant::now())
}

pub(crate) fn from_now(time: Duration) -> Instant {
    Instant::now() + time.min(LONGEST)
}

pub(super) fn late() -> Error {
    Error::unavailable("the model did not answer in time", true).with_source(Late)
}

/// The cause of what is late.
#[derive(Debug, thiserror::Error)]
#[error("its time is over")]
struct Late;

/// Whether a model was given up that may have been at work.
pub(crate) fn is_late(error: &Error) -> bool {
    let first = std::error::Error::source(error);
    std::iter::successors(first, |cause| cause.source()).any(|cause| cause.is::<Late>())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use futures::StreamExt;

    use super::super::sample::{AWAY, kind, request, seconds, slow_answer, text, texts, timed};
    use super::{Deadline, time_left, within};
    use crate::error::Result;
    use crate::memory::{ScriptedModel, ScriptedReply};
    use crate::ports::LanguageModel;

    fn deadline(reply: ScriptedReply, whole: Duration) -> (ScriptedModel, Deadline) {
        let model = ScriptedModel::new([reply]);
        let deadline = Deadline::new(Arc::new(model.clone()), whole);
        (model, deadline)
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_late_is_unavailable_and_may_be_asked_for_again() {
        let (_, model) = deadline(ScriptedReply::Stall, seconds(10));
        let (took, answer) = timed(model.complete(&request())).await;
        assert_eq!((took, kind(answer)), (seconds(10), AWAY));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_has_to_end_in_time() {
        let (_, model) = deadline(slow_answer(seconds(10)), seconds(25));
        let (took, (texts, error)) =
            timed(async { texts(model.stream(&request()).await.unwrap()).await }).await;
        assert_eq!((took, texts.as_str()), (seconds(25), "ab"));
        assert_eq!(error.unwrap().kind(), &AWAY);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_nobody_reads_is_dropped_at_its_deadline() {
        let (asked, model) = deadline(slow_answer(seconds(10)), seconds(25));
        let mut unread = model.stream(&request()).await.unwrap();
        tokio::time::sleep(seconds(14)).await;
        assert_eq!(asked.open_calls(), 1);
        tokio::time::sleep(seconds(2)).await;
        assert_eq!(asked.open_calls(), 0);
        assert_eq!(kind(unread.next().await.unwrap()), AWAY);
        assert!(unread.next().await.is_none());
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
        let (_, model) = deadline(ScriptedReply::answer("Hello"), Duration::MAX);
        assert_eq!(text(model.complete(&request()).await), "Hello");
    }
}
