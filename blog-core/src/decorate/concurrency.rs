use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use super::deadline::Limits;
use crate::error::{Error, Result};
use crate::ports::{
    Completion, CompletionEvent, CompletionRequest, CompletionStream, LanguageModel, ModelIdentity,
    TokenUsage, payment,
};

/// Lets so many calls be at the model at once and so many more wait, in order. Whoever comes then is
/// refused at once, and may come again.
#[derive(Debug)]
pub(super) struct Concurrency {
    model: Arc<dyn LanguageModel>,
    /// Those at the model and those who wait.
    admitted: Arc<Semaphore>,
    at_model: Arc<Semaphore>,
}

/// Held by a call until its answer is there, and by a stream until it has ended or is dropped.
type Place = (OwnedSemaphorePermit, OwnedSemaphorePermit);

impl Concurrency {
    pub(super) fn new(model: Arc<dyn LanguageModel>, concurrent: usize, waiting: usize) -> Self {
        let places = |number: usize| Arc::new(Semaphore::new(number.min(Semaphore::MAX_PERMITS)));
        let concurrent = concurrent.max(1);
        Self {
            model,
            admitted: places(concurrent.saturating_add(waiting)),
            at_model: places(concurrent),
        }
    }

    async fn place(&self) -> Result<Place> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned();
        let admitted = admitted.map_err(|_| too_many())?;
        payment::waits();
        let at_model = Arc::clone(&self.at_model).acquire_owned();
        let at_model = timeout_at(Limits::current().ends, at_model).await;
        match at_model {
            Ok(Ok(at_model)) => {
                payment::begins();
                Ok((admitted, at_model))
            }
            _ => Err(too_many()),
        }
    }
}

#[async_trait]
impl LanguageModel for Concurrency {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn identity(&self) -> ModelIdentity {
        self.model.identity()
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        let _place = self.place().await?;
        self.model.complete(request).await
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        let place = self.place().await?;
        let stream = self.model.stream(request).await?;
        let holding = stream::unfold(Some((stream, place)), |held| async move {
            let (mut stream, place) = held?;
            let event = stream.next().await?;
            let goes_on = matches!(event, Ok(CompletionEvent::Text(_)));
            Some((event, goes_on.then_some((stream, place))))
        });
        Ok(holding.boxed())
    }
}

fn too_many() -> Error {
    Error::unavailable("too many others wait for the model", true).with_usage(TokenUsage::NONE)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use futures::future::join_all;
    use futures::{FutureExt, StreamExt};

    use super::super::sample::{AWAY, kind, request, seconds, slow_answer, text, timed};
    use super::Concurrency;
    use crate::memory::{ScriptedModel, ScriptedReply};
    use crate::ports::{CompletionEvent, LanguageModel};

    /// Each answer takes three seconds.
    fn limited(concurrent: usize, waiting: usize) -> (ScriptedModel, Concurrency) {
        let model = ScriptedModel::replying(|_| slow_answer(seconds(1)));
        let limited = Concurrency::new(Arc::new(model.clone()), concurrent, waiting);
        (model, limited)
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_come_to_the_model_a_few_at_a_time() {
        let (_, model) = limited(2, 4);
        let request = request();
        let calls = (0..6).map(|_| timed(model.complete(&request)));
        let took = join_all(calls).await.into_iter().map(|(took, answer)| {
            assert_eq!(text(answer), "abc");
            took.as_secs()
        });
        assert_eq!(took.collect::<Vec<_>>(), [3, 3, 6, 6, 9, 9]);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_comes_when_too_many_wait_is_refused_at_once() {
        let (asked, model) = limited(2, 1);
        let request = request();
        let calls = (0..5).map(|_| timed(model.complete(&request)));
        let mut refused = join_all(calls).await.split_off(3).into_iter();
        assert!(refused.all(|(took, answer)| took == Duration::ZERO && kind(answer) == AWAY));
        assert_eq!(asked.requests().len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_has_its_place_until_its_last_event() {
        let (_, model) = limited(1, 0);
        let mut stream = model.stream(&request()).await.unwrap();
        loop {
            let event = stream.next().await.unwrap().unwrap();
            if let CompletionEvent::Done { .. } = event {
                break;
            }
            assert_eq!(kind(model.complete(&request()).await), AWAY);
        }
        assert_eq!(text(model.complete(&request()).await), "abc");
        drop(stream);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_is_dropped_gives_its_place_back() {
        let (_, model) = limited(1, 0);
        let mut stream = model.stream(&request()).await.unwrap();
        stream.next().await.unwrap().unwrap();
        drop(stream);
        assert_eq!(text(model.complete(&request()).await), "abc");
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_are_dropped_give_their_places_back() {
        let (_, model) = limited(1, 1);
        let request = request();
        let mut at_model = model.complete(&request);
        let mut waiting = model.complete(&request);
        assert!((&mut at_model).now_or_never().is_none());
        assert!((&mut waiting).now_or_never().is_none());
        assert_eq!(kind(model.complete(&request).await), AWAY);
        drop(waiting);
        drop(at_model);
        let both = join_all([model.complete(&request), model.complete(&request)]).await;
        assert!(both.into_iter().all(|answer| text(answer) == "abc"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_largest_numbers_there_are_can_be_given() {
        let model = Arc::new(ScriptedModel::new([ScriptedReply::answer("Hello")]));
        let model = Concurrency::new(model, usize::MAX, usize::MAX);
        assert_eq!(text(model.complete(&request()).await), "Hello");
    }
}
