use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::begun::{begun, whole};
use super::circuit_breaker;
use super::deadline::time_to_begin;
use super::jitter::Jitter;
use crate::error::{Error, Result};
use crate::ports::{
    Completion, CompletionRequest, CompletionStream, LanguageModel, ModelIdentity, payment,
};

/// Asks again where that may help and is paid for, after a while that grows; a stream only until its first
/// piece. A model that was told what is wrong with its answer, and gave none that is better, is not asked again,
/// nor one whose answer has no end.
#[derive(Debug)]
pub(super) struct Retry {
    model: Arc<dyn LanguageModel>,
    back_off: BackOff,
    jitter: Jitter,
}

/// How often it is asked, and what is waited in between: a random part of a time that doubles, which is
/// called full jitter.
///
/// Source: Marc Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015.
#[derive(Debug, Clone, Copy)]
pub(super) struct BackOff {
    pub(super) attempts: u32,
    /// The longest wait after the first attempt.
    pub(super) first_wait: Duration,
    /// The longest after any. If the server asks for more, its error goes out instead, and says so.
    pub(super) longest_wait: Duration,
}

impl Retry {
    pub(super) fn new(model: Arc<dyn LanguageModel>, back_off: BackOff, jitter: Jitter) -> Self {
        Self {
            model,
            back_off,
            jitter,
        }
    }

    async fn until_it_succeeds<T, F>(
        &self,
        request: &CompletionRequest,
        attempt: impl Fn() -> F + Send + Sync,
    ) -> Result<T>
    where
        T: Send,
        F: Future<Output = Result<T>> + Send,
    {
        let mut attempts = 0;
        loop {
            let error = match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            attempts += 1;
            let Some(wait) = self.wait_before_another(attempts, &error) else {
                return Err(error);
            };
            tracing::debug!(model = self.name(), attempts, %error, ?wait, "asked again after a wait");
            payment::failed(&error);
            tokio::time::sleep(wait).await;
            if let Err(refusal) = payment::again(self.name(), request).await {
                tracing::debug!(model = self.name(), %refusal, "not asked again: nobody pays");
                return Err(error);
            }
        }
    }

    /// Nothing, where another attempt cannot help or would come too late.
    fn wait_before_another(&self, attempts: u32, error: &Error) -> Option<Duration> {
        let BackOff {
            attempts: most,
            first_wait,
            longest_wait,
        } = self.back_off;
        let asked_for = error.retry_after().unwrap_or_default();
        if attempts >= most
            || !error.is_retryable()
            || error.rules_out_immediate_retry()
            || circuit_breaker::has_refused(error)
            || asked_for > longest_wait
        {
            return None;
        }
        let doubled = first_wait.saturating_mul(2_u32.saturating_pow(attempts - 1));
        let wait = asked_for.saturating_add(self.jitter.up_to(doubled.min(longest_wait)));
        (wait < time_to_begin()).then_some(wait)
    }
}

#[async_trait]
impl LanguageModel for Retry {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn identity(&self) -> ModelIdentity {
        self.model.identity()
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        self.until_it_succeeds(request, || whole(self.model.as_ref(), request))
            .await
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        self.until_it_succeeds(request, || begun(self.model.as_ref(), request))
            .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::super::deadline::within;
    use super::super::sample::{
        AWAY, WRONG_KEY, away, cut_after, kind, request, seconds, text, texts, timed, too_often,
    };
    use super::{BackOff, Jitter, Retry};
    use crate::error::ErrorKind;
    use crate::memory::{ScriptedModel, ScriptedReply};
    use crate::ports::LanguageModel;

    const BACK_OFF: BackOff = BackOff {
        attempts: 3,
        first_wait: seconds(1),
        longest_wait: seconds(10),
    };

    fn retrying(model: &ScriptedModel, back_off: BackOff, seed: u64) -> Retry {
        Retry::new(Arc::new(model.clone()), back_off, Jitter::seeded(seed))
    }

    fn scripted(replies: impl IntoIterator<Item = ScriptedReply>) -> (ScriptedModel, Retry) {
        let model = ScriptedModel::new(replies);
        let retry = retrying(&model, BACK_OFF, 7);
        (model, retry)
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_tried_again() {
        let (_, retry) = scripted([away(), away(), ScriptedReply::answer("Hello")]);
        assert_eq!(text(retry.complete(&request()).await), "Hello");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_was_cut_off_is_tried_again() {
        let (_, retry) = scripted([cut_after(&["Hel"]), ScriptedReply::answer("Hello")]);
        assert_eq!(text(retry.complete(&request()).await), "Hello");
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_error_goes_out_after_the_last_attempt() {
        let limited = too_often(seconds(2));
        let (model, retry) = scripted([away(), away(), limited, ScriptedReply::answer("late")]);
        let retry_after = seconds(2);
        let answer = retry.complete(&request()).await;
        assert_eq!(kind(answer), ErrorKind::RateLimited { retry_after });
        assert_eq!(model.requests().len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_pass_is_not_tried_again() {
        for lasting in [WRONG_KEY, ErrorKind::TooLarge, ErrorKind::Internal] {
            let (model, retry) = scripted([ScriptedReply::Fail(lasting.clone())]);
            let (took, answer) = timed(retry.complete(&request())).await;
            assert_eq!((took, kind(answer)), (Duration::ZERO, lasting));
            assert_eq!(model.requests().len(), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waits_are_random_and_their_longest_doubles_up_to_a_limit() {
        let back_off = BackOff {
            attempts: 6,
            longest_wait: seconds(4),
            ..BACK_OFF
        };
        // 1 + 2 + 4 + 4 + 4, in whole milliseconds that timers round up to.
        let longest = seconds(15) + Duration::from_millis(5);
        let mut all = vec![];
        for seed in 0..200 {
            let retry = retrying(&ScriptedModel::new([]), back_off, seed);
            let (took, answer) = timed(retry.complete(&request())).await;
            assert_eq!(kind(answer), AWAY);
            assert!(took <= longest, "{took:?}");
            all.push(took);
        }
        // Half of it on the average.
        let mean = all.iter().sum::<Duration>() / 200;
        assert!((seconds(7)..seconds(8)).contains(&mean), "{mean:?}");
        assert!(all.iter().any(|took| *took < seconds(5)));
        assert!(all.iter().any(|took| *took > seconds(10)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_when_is_not_asked_before() {
        let (_, retry) = scripted([too_often(seconds(6)), ScriptedReply::answer("Hello")]);
        let (took, answer) = timed(retry.complete(&request())).await;
        assert_eq!(text(answer), "Hello");
        assert!((seconds(6)..=seconds(7)).contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_asks_for_too_long_a_wait_is_not_waited_for() {
        let retry_after = seconds(11);
        let (_, retry) = scripted([too_often(retry_after)]);
        let (took, answer) = timed(retry.complete(&request())).await;
        assert_eq!(kind(answer), ErrorKind::RateLimited { retry_after });
        assert_eq!(took, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_beyond_the_time_that_is_left() {
        let retry_after = seconds(5);
        let (_, retry) = scripted([too_often(retry_after)]);
        let (took, answer) = timed(within(seconds(5), retry.complete(&request()))).await;
        assert_eq!(kind(answer), ErrorKind::RateLimited { retry_after });
        assert_eq!(took, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_is_tried_again_before_its_first_piece() {
        let (_, retry) = scripted([away(), cut_after(&["", ""]), ScriptedReply::answer("Hello")]);
        let stream = retry.stream(&request()).await.unwrap();
        let (said, error) = texts(stream).await;
        assert!(error.is_none());
        assert_eq!(said, "Hello");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_has_begun_is_not_tried_again() {
        let (model, retry) = scripted([cut_after(&["Hel"]), ScriptedReply::answer("Hello")]);
        let (said, error) = texts(retry.stream(&request()).await.unwrap()).await;
        assert_eq!(said, "Hel");
        assert_eq!(error.unwrap().kind(), &AWAY);
        assert_eq!(model.requests().len(), 1);
    }
}
