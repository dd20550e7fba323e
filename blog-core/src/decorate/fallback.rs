use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;

use super::begun::begun;
use super::deadline::{begun_within, time_left};
use crate::error::{Error, ErrorKind, Result};
use crate::ports::{
    Completion, CompletionRequest, CompletionStream, LanguageModel, ModelIdentity, payment,
};

/// Asks a second model where the first one fails, or has not begun to answer after half of the time that is left,
/// however often it has shown that it is at work; for streams, only until the first piece; never, if nobody pays
/// for it. What the first one refuses because of the request, such as one that is too large, is not asked of the
/// second: another model's answer would hide what has to change.
///
/// Its name is the first one's; each answer says who gave it.
#[derive(Debug)]
pub(super) struct Fallback {
    first: Arc<dyn LanguageModel>,
    second: Arc<dyn LanguageModel>,
}

impl Fallback {
    pub(super) fn new(first: Arc<dyn LanguageModel>, second: Arc<dyn LanguageModel>) -> Self {
        Self { first, second }
    }

    async fn either<T>(
        &self,
        request: &CompletionRequest,
        first: impl Future<Output = Result<T>> + Send,
        second: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let failed = match begun_within(time_left() / 2, first).await {
            Err(error) if is_of_the_model(&error) => error,
            answer => return answer,
        };
        let (model, other) = (self.first.name(), self.second.name());
        payment::failed(&failed);
        if let Err(refusal) = payment::again(other, request).await {
            tracing::warn!(model, other, error = %failed, %refusal, "the other model is not paid for");
            return Err(failed);
        }
        tracing::warn!(model, other, error = %failed, "the other model is asked");
        match second.await {
            // The first one will be there again, whatever is wrong with the second.
            Err(error) if failed.is_retryable() && !error.is_retryable() => {
                tracing::warn!(model = other, %error, "it failed too");
                payment::failed(&error);
                Err(failed)
            }
            answer => answer,
        }
    }
}

#[async_trait]
impl LanguageModel for Fallback {
    fn name(&self) -> &str {
        self.first.name()
    }

    fn identity(&self) -> ModelIdentity {
        ModelIdentity::of([self.first.identity(), self.second.identity()])
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        self.either(
            request,
            self.first.complete(request),
            self.second.complete(request),
        )
        .await
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        self.either(
            request,
            begun(self.first.as_ref(), request),
            begun(self.second.as_ref(), request),
        )
        .await
    }
}

fn is_of_the_model(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unavailable { .. } | ErrorKind::RateLimited { .. }
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::super::deadline::within;
    use super::super::patience::Patience;
    use super::super::sample::{
        AWAY, WRONG_KEY, away, cut_after, kind, request, seconds, slow_answer, text, texts, timed,
        too_often,
    };
    use super::Fallback;
    use crate::error::ErrorKind;
    use crate::memory::{ScriptedModel, ScriptedReply};
    use crate::ports::{LanguageModel, StopReason};

    fn either(first: ScriptedReply, second: ScriptedReply) -> (ScriptedModel, Fallback) {
        let first = Arc::new(ScriptedModel::new([first]).named("first"));
        let first = Arc::new(Patience::new(first, seconds(1_000), seconds(1_000)));
        let second = ScriptedModel::new([second]).named("second");
        let either = Fallback::new(first, Arc::new(second.clone()));
        (second, either)
    }

    fn second() -> ScriptedReply {
        ScriptedReply::answer("from the second")
    }

    #[tokio::test(start_paused = true)]
    async fn where_the_first_fails_the_second_answers_and_says_who_it_is() {
        let wrong_key = ScriptedReply::Fail(WRONG_KEY);
        for reply in [away(), wrong_key, too_often(seconds(60))] {
            let (_, model) = either(reply, second());
            let answer = model.complete(&request()).await.unwrap();
            assert_eq!(answer.text, "from the second");
            assert_eq!(answer.model, "second");
            assert_eq!(model.name(), "first");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn where_the_first_answers_the_second_is_not_asked() {
        let (asked, model) = either(ScriptedReply::answer("from the first"), second());
        let answer = model.complete(&request()).await.unwrap();
        assert_eq!(
            (answer.text.as_str(), answer.model.as_str()),
            ("from the first", "first")
        );
        assert!(asked.requests().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_wrong_with_the_request_goes_out() {
        for wrong in [ErrorKind::TooLarge, ErrorKind::Invalid(vec![])] {
            let (asked, model) = either(ScriptedReply::Fail(wrong.clone()), second());
            assert_eq!(kind(model.complete(&request()).await), wrong);
            assert!(asked.requests().is_empty());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_that_stalls_has_half_of_the_time() {
        let (_, model) = either(ScriptedReply::Stall, slow_answer(seconds(1)));
        let (took, answer) = timed(within(seconds(20), model.complete(&request()))).await;
        assert_eq!((took, text(answer).as_str()), (seconds(13), "abc"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_that_only_shows_that_it_is_at_work_has_half_of_the_time_too() {
        let at_work = ScriptedReply::Answer {
            pieces: vec![String::new(); 100],
            pause: seconds(1),
            stop: StopReason::Finished,
            usage: None,
        };
        let (_, model) = either(at_work.clone(), slow_answer(seconds(1)));
        let (took, answer) = timed(within(seconds(20), model.complete(&request()))).await;
        assert_eq!((took, text(answer).as_str()), (seconds(13), "abc"));
        let (_, model) = either(at_work, second());
        let stream = within(seconds(20), async { model.stream(&request()).await });
        let (said, error) = texts(stream.await.unwrap()).await;
        assert_eq!((said.as_str(), error.is_none()), ("from the second", true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_comes_from_the_second_where_the_first_has_said_nothing() {
        for reply in [away(), cut_after(&[])] {
            let (_, model) = either(reply, second());
            let (said, error) = texts(model.stream(&request()).await.unwrap()).await;
            assert_eq!(said, "from the second");
            assert!(error.is_none());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_has_begun_is_never_continued_by_another_model() {
        let (asked, model) = either(cut_after(&["Hel"]), second());
        let (said, error) = texts(model.stream(&request()).await.unwrap()).await;
        assert_eq!(said, "Hel");
        assert_eq!(error.unwrap().kind(), &AWAY);
        assert!(asked.requests().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_has_begun_may_take_longer_than_half_of_the_time() {
        let (_, model) = either(slow_answer(seconds(5)), second());
        let (said, error) = within(seconds(16), async {
            Ok(texts(model.stream(&request()).await?).await)
        })
        .await
        .unwrap();
        assert!(error.is_none());
        assert_eq!(said, "abc");
        let (_, model) = either(slow_answer(seconds(5)), second());
        let whole = within(seconds(16), async { model.complete(&request()).await });
        assert_eq!(text(whole.await), "abc");
    }

    #[tokio::test(start_paused = true)]
    async fn if_both_fail_the_error_that_may_pass_goes_out() {
        let retry_after = Duration::from_secs(60);
        let limited = ErrorKind::RateLimited { retry_after };
        let wrong_key = ScriptedReply::Fail(WRONG_KEY);
        let (_, model) = either(too_often(retry_after), wrong_key.clone());
        assert_eq!(kind(model.complete(&request()).await), limited);
        let (_, model) = either(wrong_key, too_often(retry_after));
        assert_eq!(kind(model.complete(&request()).await), limited);
    }
}
