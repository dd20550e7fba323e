use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::join_all;

use super::super::reliable::{Reliable, ReliableOptions};
use super::super::sample::{
    AWAY, WRONG_KEY, cut_after, kind, request, seconds, slow_answer, text, texts, timed,
};
use super::{AnswerCache, LARGEST, PATIENCE};
use crate::error::{Error, Result};
use crate::memory::{MemoryCache, ScriptedModel, ScriptedReply};
use crate::ports::{Cache, LanguageModel, StopReason, TokenUsage};

const DAY: std::time::Duration = seconds(24 * 3600);

fn remembering(replies: impl IntoIterator<Item = ScriptedReply>) -> (ScriptedModel, AnswerCache) {
    let model = ScriptedModel::new(replies);
    (model.clone(), node(&model, None))
}

fn node(model: &ScriptedModel, shared: Option<Arc<dyn Cache>>) -> AnswerCache {
    let reliable = Reliable::new(Arc::new(model.clone()), None, ReliableOptions::default());
    AnswerCache::new(reliable, 1 << 20, shared, DAY)
}

fn slowly(text: &str) -> ScriptedReply {
    let mut reply = ScriptedReply::answer(text);
    if let ScriptedReply::Answer { pause, .. } = &mut reply {
        *pause = seconds(1);
    }
    reply
}

/// A cache that is not there.
#[derive(Debug)]
struct Away;

#[async_trait]
impl Cache for Away {
    async fn get(&self, _key: &str) -> Result<Option<Bytes>> {
        Err(Error::unavailable("away", true))
    }
    async fn put(&self, _key: &str, _value: Bytes, _keep: std::time::Duration) -> Result<()> {
        Err(Error::unavailable("away", true))
    }
    async fn remove(&self, _key: &str) -> Result<()> {
        Err(Error::unavailable("away", true))
    }
}

#[cfg(feature = "moka")]
#[tokio::test(start_paused = true)]
async fn the_same_is_asked_once_and_costs_nothing_again() {
    let (model, cache) = remembering([ScriptedReply::answer("Hello")]);
    let first = cache.complete(&request()).await.unwrap();
    let again = cache.complete(&request()).await.unwrap();
    assert_ne!(first.usage, again.usage);
    assert_eq!(again.usage, Some(TokenUsage::default()));
    assert_eq!((again.text, again.model), (first.text, first.model));
    assert_eq!(model.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn something_else_is_asked_anew() {
    let replies = ["one", "two"].map(ScriptedReply::answer);
    let (_, cache) = remembering(replies);
    let mut other = request();
    other.instructions.push('!');
    assert_eq!(text(cache.complete(&request()).await), "one");
    assert_eq!(text(cache.complete(&other).await), "two");
}

#[tokio::test(start_paused = true)]
async fn many_who_ask_at_once_ask_once_and_one_of_them_pays() {
    let (model, cache) = remembering([slowly("Hello")]);
    let request = request();
    let answers = join_all((0..100).map(|_| cache.complete(&request))).await;
    let mut paid = 0;
    for answer in answers {
        let answer = answer.unwrap();
        assert_eq!(answer.text, "Hello");
        paid += usize::from(answer.usage != Some(TokenUsage::default()));
    }
    assert_eq!((paid, model.requests().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn if_whoever_asks_is_dropped_another_asks() {
    let (model, cache) = remembering([ScriptedReply::Stall, slowly("Hello")]);
    let request = request();
    let mut leader = cache.complete(&request);
    assert!((&mut leader).now_or_never().is_none());
    let mut others = join_all((0..3).map(|_| cache.complete(&request)));
    assert!((&mut others).now_or_never().is_none());
    assert_eq!(model.requests().len(), 1);
    drop(leader);
    let answers = others.await;
    assert!(answers.into_iter().all(|answer| text(answer) == "Hello"));
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn when_all_who_wait_are_dropped_the_next_one_asks_anew() {
    let (model, cache) = remembering([ScriptedReply::Stall, ScriptedReply::answer("Hello")]);
    let request = request();
    let mut all = join_all((0..3).map(|_| cache.complete(&request)));
    assert!((&mut all).now_or_never().is_none());
    drop(all);
    assert_eq!(text(cache.complete(&request).await), "Hello");
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_others_longer_than_for_the_model() {
    let (_, cache) = remembering([ScriptedReply::Stall, ScriptedReply::Stall]);
    let request = request();
    let leader = tokio::time::timeout(seconds(50), cache.complete(&request));
    let (_, (took, answer)) = tokio::join!(leader, timed(cache.complete(&request)));
    assert_eq!(kind(answer), AWAY);
    assert!(took <= ReliableOptions::default().deadline, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_everybodys_who_waits_and_is_not_remembered() {
    // The first of them is tried again after a while, in which the others come.
    let replies = [ScriptedReply::Fail(AWAY), ScriptedReply::Fail(WRONG_KEY)];
    let replies = replies.into_iter().chain([ScriptedReply::answer("Hello")]);
    let (model, cache) = remembering(replies);
    let request = request();
    let answers = join_all((0..3).map(|_| cache.complete(&request))).await;
    assert!(answers.into_iter().all(|answer| kind(answer) == WRONG_KEY));
    assert_eq!(model.requests().len(), 2);
    assert_eq!(text(cache.complete(&request).await), "Hello");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_finished_is_not_remembered() {
    for cut_short in [
        StopReason::Length,
        StopReason::Refused(None),
        StopReason::Filtered,
    ] {
        let unfinished = ScriptedReply::Answer {
            pieces: vec!["Hel".to_owned()],
            pause: seconds(0),
            stop: cut_short.clone(),
            usage: None,
        };
        let (_, cache) = remembering([
            unfinished.clone(),
            unfinished,
            ScriptedReply::answer("Hello"),
        ]);
        let answer = cache.complete(&request()).await.unwrap();
        assert_eq!((answer.text.as_str(), answer.stop), ("Hel", cut_short));
        assert_eq!(
            texts(cache.stream(&request()).await.unwrap()).await.0,
            "Hel"
        );
        assert_eq!(text(cache.complete(&request()).await), "Hello");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_is_not_remembered() {
    let large = ScriptedReply::answer("a".repeat(LARGEST + 1));
    let (model, cache) = remembering([large.clone(), large.clone(), large]);
    cache.complete(&request()).await.unwrap();
    texts(cache.stream(&request()).await.unwrap()).await;
    cache.complete(&request()).await.unwrap();
    assert_eq!(model.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_one_node_was_answered_another_knows() {
    let shared = MemoryCache::default();
    let [one, other] = [
        ScriptedReply::answer("Hello"),
        ScriptedReply::answer("other"),
    ]
    .map(|reply| ScriptedModel::new([reply]));
    let nodes = [&one, &other].map(|model| node(model, Some(Arc::new(shared.clone()))));
    assert_eq!(text(nodes[0].complete(&request()).await), "Hello");
    let known = nodes[1].complete(&request()).await.unwrap();
    assert_eq!(
        (known.text.as_str(), known.usage),
        ("Hello", Some(TokenUsage::default()))
    );
    assert!(other.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_another_node_was_answered_is_kept_no_longer_than_there() {
    let shared: Arc<dyn Cache> = Arc::new(MemoryCache::default());
    let model = ScriptedModel::new(["one", "two"].map(ScriptedReply::answer));
    let [first, second] = [0, 1].map(|_| node(&model, Some(Arc::clone(&shared))));
    for node in [&first, &second] {
        assert_eq!(text(node.complete(&request()).await), "one");
    }
    let address = super::address(&super::request_hash(model.identity(), &request()));
    shared.remove(&address).await.unwrap();
    assert_eq!(text(second.complete(&request()).await), "two");
}

#[tokio::test(start_paused = true)]
async fn models_that_are_not_the_same_share_no_answer() {
    let shared: Arc<dyn Cache> = Arc::new(MemoryCache::default());
    let kept = |first: &str, second: Option<&str>| {
        let says = first.to_owned() + second.unwrap_or_default();
        let first = ScriptedModel::new([ScriptedReply::answer(says)]).named(first.to_owned());
        let second = second.map(|name| {
            let second = ScriptedModel::new([]).named(name.to_owned());
            Arc::new(second) as Arc<dyn LanguageModel>
        });
        let model = Reliable::new(Arc::new(first), second, ReliableOptions::default());
        AnswerCache::new(model, 1 << 20, Some(Arc::clone(&shared)), DAY)
    };
    for (first, second) in [
        ("a", None),
        ("b", None),
        ("a", Some("b")),
        ("a", Some("c")),
        ("b", Some("a")),
    ] {
        let answer = text(kept(first, second).complete(&request()).await);
        assert_eq!(answer, first.to_owned() + second.unwrap_or_default());
    }
}

#[tokio::test(start_paused = true)]
async fn a_shared_cache_that_is_away_is_passed_over() {
    let model = ScriptedModel::new([ScriptedReply::answer("Hello")]);
    let cache = node(&model, Some(Arc::new(Away)));
    assert_eq!(text(cache.complete(&request()).await), "Hello");
}

/// A cache that never answers.
#[derive(Debug)]
struct Stalled;

#[async_trait]
impl Cache for Stalled {
    async fn get(&self, _key: &str) -> Result<Option<Bytes>> {
        std::future::pending().await
    }
    async fn put(&self, _key: &str, _value: Bytes, _keep: std::time::Duration) -> Result<()> {
        std::future::pending().await
    }
    async fn remove(&self, _key: &str) -> Result<()> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_shared_cache_that_does_not_answer_holds_no_answer_back() {
    let model = ScriptedModel::new([slowly("Hello"), slow_answer(seconds(1))]);
    let cache = node(&model, Some(Arc::new(Stalled)));
    let (took, answer) = timed(cache.complete(&request())).await;
    assert_eq!(text(answer), "Hello");
    assert!(took < seconds(2), "{took:?}");
    let mut other = request();
    other.instructions.push('!');
    let streamed = async { texts(cache.stream(&other).await.unwrap()).await };
    let (took, (said, error)) = timed(streamed).await;
    assert!(said == "abc" && error.is_none());
    assert!(took < seconds(4), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_just_in_time_is_not_lost_to_a_shared_cache() {
    let model = ScriptedModel::new([slow_answer(seconds(10))]);
    let options = ReliableOptions {
        deadline: seconds(30) + PATIENCE + PATIENCE / 2,
        ..ReliableOptions::default()
    };
    let model = Reliable::new(Arc::new(model), None, options);
    let cache = AnswerCache::new(model, 1 << 20, Some(Arc::new(Stalled)), DAY);
    assert_eq!(text(cache.complete(&request()).await), "abc");
}

#[cfg(feature = "moka")]
#[tokio::test(start_paused = true)]
async fn a_stream_that_has_finished_is_remembered() {
    let (model, cache) = remembering([slow_answer(seconds(1))]);
    for expected in [3, 0] {
        let (took, (said, error)) =
            timed(async { texts(cache.stream(&request()).await.unwrap()).await }).await;
        assert!(error.is_none());
        assert_eq!((took, said.as_str()), (seconds(expected), "abc"));
    }
    assert_eq!(text(cache.complete(&request()).await), "abc");
    assert_eq!(model.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_off_is_not_remembered() {
    let (_, cache) = remembering([cut_after(&["Hel"]), ScriptedReply::answer("Hello")]);
    let (said, error) = texts(cache.stream(&request()).await.unwrap()).await;
    assert_eq!(said, "Hel");
    assert_eq!(error.unwrap().kind(), &AWAY);
    assert_eq!(text(cache.complete(&request()).await), "Hello");
}
