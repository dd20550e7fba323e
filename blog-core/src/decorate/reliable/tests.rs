mod payment;
mod whole_answers;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use futures::{FutureExt, StreamExt};

use super::super::sample::{
    AWAY, away, kind, request, seconds, slow_answer, text, texts, timed, too_often,
};
use super::{Reliable, ReliableOptions};
use crate::error::{ErrorKind, Result};
use crate::memory::{ScriptedModel, ScriptedReply};
use crate::ports::{
    Completion, CompletionRequest, CompletionStream, LanguageModel, ModelIdentity, StopReason,
};

fn reliable(model: &ScriptedModel, options: ReliableOptions) -> Reliable {
    Reliable::new(Arc::new(model.clone()), None, options)
}

fn with_second(first: &ScriptedModel, second: &ScriptedModel) -> Reliable {
    let (first, second) = (Arc::new(first.clone()), Arc::new(second.clone()));
    Reliable::new(first, Some(second), ReliableOptions::default())
}

fn always(reply: ScriptedReply) -> ScriptedModel {
    ScriptedModel::replying(move |_| reply.clone())
}

/// Knows how many calls have been under way in it at once.
#[derive(Debug)]
struct Watched {
    inner: ScriptedModel,
    under_way: Arc<AtomicUsize>,
    most: AtomicUsize,
}

struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Watched {
    fn new(inner: ScriptedModel) -> Arc<Self> {
        Arc::new(Self {
            inner,
            under_way: Arc::default(),
            most: AtomicUsize::new(0),
        })
    }

    fn begin(&self) -> UnderWay {
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        UnderWay(Arc::clone(&self.under_way))
    }
}

#[async_trait]
impl LanguageModel for Watched {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn identity(&self) -> ModelIdentity {
        self.inner.identity()
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        let _under_way = self.begin();
        self.inner.complete(request).await
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        let under_way = self.begin();
        let stream = self.inner.stream(request).await?;
        let held = stream.inspect(move |_| {
            let _held = &under_way;
        });
        Ok(held.boxed())
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_bounds_all_attempts_together() {
    let options = ReliableOptions {
        deadline: seconds(90),
        attempts: 100,
        ..ReliableOptions::default()
    };
    let model = reliable(&always(ScriptedReply::Stall), options);
    let (took, answer) = timed(model.complete(&request())).await;
    assert_eq!(kind(answer), AWAY);
    assert!((seconds(60)..=seconds(90)).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_more_time_than_is_left_is_not_waited_for() {
    let options = ReliableOptions {
        deadline: seconds(20),
        attempts: 100,
        longest_wait: seconds(60),
        ..ReliableOptions::default()
    };
    let retry_after = seconds(9);
    let model = reliable(&always(too_often(retry_after)), options);
    let (took, answer) = timed(model.complete(&request())).await;
    assert_eq!(kind(answer), ErrorKind::RateLimited { retry_after });
    assert!((seconds(9)..seconds(20)).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_first_model_that_stalls_is_replaced_within_the_deadline() {
    let first = always(ScriptedReply::Stall);
    let second = always(ScriptedReply::answer("Hello")).named("second");
    let model = with_second(&first, &second);
    let (took, answer) = timed(model.complete(&request())).await;
    assert_eq!(answer.unwrap().model, "second");
    assert_eq!(took, ReliableOptions::default().deadline / 2);
    let (took, stream) = timed(model.stream(&request())).await;
    assert_eq!(texts(stream.unwrap()).await.0, "Hello");
    assert_eq!(took, ReliableOptions::default().deadline / 2);
}

#[tokio::test(start_paused = true)]
async fn a_first_model_that_is_left_in_peace_costs_no_time() {
    let first = always(away());
    let second = always(ScriptedReply::answer("Hello"));
    let model = with_second(&first, &second);
    for _ in 0..4 {
        assert_eq!(text(model.complete(&request()).await), "Hello");
    }
    let asked = first.requests().len();
    let (took, answer) = timed(model.complete(&request())).await;
    assert_eq!((took, text(answer).as_str()), (Duration::ZERO, "Hello"));
    assert_eq!(first.requests().len(), asked);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stalls_is_left_in_peace_too() {
    let options = ReliableOptions {
        failures: 3,
        ..ReliableOptions::default()
    };
    let model = reliable(&always(ScriptedReply::Stall), options);
    for _ in 0..2 {
        assert_eq!(kind(model.complete(&request()).await), AWAY);
    }
    let (took, answer) = timed(model.complete(&request())).await;
    assert_eq!((took, kind(answer)), (Duration::ZERO, AWAY));
}

/// An answer of so many pieces, each of which takes 15 seconds.
fn long_answer(pieces: usize) -> ScriptedReply {
    ScriptedReply::Answer {
        pieces: vec!["a".to_owned(); pieces],
        pause: seconds(15),
        stop: StopReason::Finished,
        usage: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_may_take_the_whole_deadline_as_long_as_it_goes_on() {
    let (first, second) = (always(long_answer(11)), always(away()));
    for model in [
        reliable(&first, ReliableOptions::default()),
        with_second(&first, &second),
    ] {
        // More of them than failures that would leave the model in peace.
        for _ in 0..12 {
            let (took, answer) = timed(model.complete(&request())).await;
            assert_eq!((took, text(answer).len()), (seconds(165), 11));
        }
    }
    assert!(second.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_too_long_for_the_deadline_blame_nobody() {
    let model = always(long_answer(13));
    let slow = reliable(&model, ReliableOptions::default());
    for asked in 1..=12 {
        let (took, answer) = timed(slow.complete(&request())).await;
        assert_eq!((took, kind(answer)), (seconds(180), AWAY));
        assert_eq!(model.requests().len(), asked);
    }
}

#[tokio::test(start_paused = true)]
async fn streams_that_nobody_reads_give_their_places_back_at_the_deadline() {
    let model = always(slow_answer(seconds(1)));
    let options = ReliableOptions {
        concurrent: 2,
        waiting: 0,
        ..ReliableOptions::default()
    };
    let deadline = options.deadline;
    let few = reliable(&model, options);
    let mut unread = vec![];
    for _ in 0..2 {
        unread.push(few.stream(&request()).await.unwrap());
    }
    assert_eq!(kind(few.complete(&request()).await), AWAY);
    tokio::time::sleep(deadline).await;
    assert_eq!(model.open_calls(), 0);
    assert_eq!(text(few.complete(&request()).await), "abc");
    drop(unread);
}

#[tokio::test(start_paused = true)]
async fn of_a_thousand_calls_a_few_are_at_the_model_and_the_rest_is_refused_at_once() {
    let watched = Watched::new(always(slow_answer(seconds(1))));
    let options = ReliableOptions {
        concurrent: 8,
        waiting: 92,
        ..ReliableOptions::default()
    };
    let model = Reliable::new(Arc::clone(&watched) as _, None, options);
    let request = request();
    let calls = (0..1_000).map(|number| {
        let (model, request) = (&model, &request);
        timed(async move {
            if number % 2 == 0 {
                return Ok(model.complete(request).await?.text);
            }
            let (texts, error) = texts(model.stream(request).await?).await;
            error.map_or(Ok(texts), Err)
        })
    });
    let (answered, refused): (Vec<_>, Vec<_>) = join_all(calls)
        .await
        .into_iter()
        .partition(|(_, answer)| answer.is_ok());
    assert_eq!((answered.len(), refused.len()), (100, 900));
    assert_eq!(watched.most.load(Ordering::SeqCst), 8);
    for (took, answer) in refused {
        assert_eq!((took, kind(answer)), (Duration::ZERO, AWAY));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_leaves_nothing_behind() {
    let watched = Watched::new(always(slow_answer(seconds(1))));
    let options = ReliableOptions {
        concurrent: 1,
        waiting: 0,
        ..ReliableOptions::default()
    };
    let model = Reliable::new(Arc::clone(&watched) as _, None, options);
    for _ in 0..9 {
        assert!(model.complete(&request()).now_or_never().is_none());
        let mut stream = model.stream(&request()).await.unwrap();
        stream.next().await.unwrap().unwrap();
    }
    assert_eq!(watched.under_way.load(Ordering::SeqCst), 0);
    assert_eq!(text(model.complete(&request()).await), "abc");
}

#[tokio::test(start_paused = true)]
async fn a_piece_is_passed_on_when_it_comes() {
    let model = reliable(
        &always(slow_answer(seconds(10))),
        ReliableOptions::default(),
    );
    let (took, stream) = timed(model.stream(&request())).await;
    let mut stream = stream.unwrap();
    assert_eq!(took, seconds(10));
    assert!(stream.next().now_or_never().is_some());
    let (took, _) = timed(stream.next()).await;
    assert_eq!(took, seconds(10));
}

#[tokio::test(start_paused = true)]
async fn options_of_nothing_and_of_everything_answer_or_refuse() {
    for (number, time, places) in [
        (0, Duration::ZERO, 0),
        (u32::MAX, Duration::MAX, usize::MAX),
    ] {
        let options = ReliableOptions {
            deadline: time,
            attempt: time,
            between_pieces: time,
            attempts: number,
            first_wait: time,
            longest_wait: time,
            concurrent: places,
            waiting: places,
            failures: number,
            open_for: time,
        };
        let model = reliable(&always(ScriptedReply::Fail(ErrorKind::TooLarge)), options);
        let refusal = kind(model.complete(&request()).await);
        assert!([AWAY, ErrorKind::TooLarge].contains(&refusal));
    }
}
