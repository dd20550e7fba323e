use std::sync::Arc;

use futures::{FutureExt, StreamExt};

use super::super::deadline::within;
use super::super::patience::Patience;
use super::super::sample::{
    AWAY, WRONG_KEY, away, cut_after, kind, request, seconds, slow_answer, text, texts, too_often,
};
use super::{CircuitBreaker, has_refused};
use crate::error::ErrorKind;
use crate::memory::{ScriptedModel, ScriptedReply};
use crate::ports::LanguageModel;

/// Opens for 30 seconds after two faults.
fn broken_by(replies: impl IntoIterator<Item = ScriptedReply>) -> (ScriptedModel, CircuitBreaker) {
    let model = ScriptedModel::new(replies);
    let breaker = CircuitBreaker::new(Arc::new(model.clone()), 2, seconds(30));
    (model, breaker)
}

/// Open since now, and then the model replies so.
async fn open_then(
    replies: impl IntoIterator<Item = ScriptedReply>,
) -> (ScriptedModel, CircuitBreaker) {
    let (model, breaker) = broken_by([away(), away()].into_iter().chain(replies));
    for _ in 0..2 {
        assert_eq!(kind(breaker.complete(&request()).await), AWAY);
    }
    (model, breaker)
}

async fn is_refused(breaker: &CircuitBreaker) -> bool {
    match breaker.complete(&request()).now_or_never() {
        Some(Err(error)) => has_refused(&error),
        _ => false,
    }
}

#[tokio::test(start_paused = true)]
async fn after_some_faults_in_a_row_all_are_refused_unasked() {
    let (model, breaker) = open_then([ScriptedReply::answer("Hello")]).await;
    let error = breaker.complete(&request()).await.unwrap_err();
    assert_eq!(error.kind(), &AWAY);
    assert!(is_refused(&breaker).await);
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_between_two_faults_keeps_it_closed() {
    let (_, breaker) = broken_by([away(), ScriptedReply::answer("Hello"), away()]);
    for _ in 0..3 {
        breaker.complete(&request()).await.ok();
    }
    assert!(!is_refused(&breaker).await);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_the_servers_fault_keeps_it_closed() {
    for kind in [WRONG_KEY, ErrorKind::TooLarge] {
        let (model, breaker) = broken_by(vec![ScriptedReply::Fail(kind); 9]);
        for _ in 0..9 {
            assert!(!is_refused(&breaker).await);
        }
        assert_eq!(model.requests().len(), 9);
    }
    let (_, breaker) = broken_by(vec![too_often(seconds(1)); 9]);
    for _ in 0..9 {
        assert!(!is_refused(&breaker).await);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_while_one_is_let_through_and_closes_it() {
    let answer = ScriptedReply::answer("Hello");
    let (_, breaker) = open_then([slow_answer(seconds(1)), answer.clone(), answer]).await;
    tokio::time::advance(seconds(29)).await;
    assert!(is_refused(&breaker).await);
    tokio::time::advance(seconds(1)).await;
    let request = request();
    let mut probe = breaker.complete(&request);
    assert!((&mut probe).now_or_never().is_none());
    assert!(is_refused(&breaker).await);
    assert_eq!(text(probe.await), "abc");
    for _ in 0..2 {
        assert_eq!(text(breaker.complete(&request).await), "Hello");
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_fails_opens_it_for_as_long_again() {
    let (model, breaker) = open_then([away()]).await;
    tokio::time::advance(seconds(30)).await;
    assert!(!is_refused(&breaker).await);
    tokio::time::advance(seconds(29)).await;
    assert!(is_refused(&breaker).await);
    tokio::time::advance(seconds(1)).await;
    assert!(!is_refused(&breaker).await);
    assert_eq!(model.requests().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_dropped_leaves_the_next_one_through() {
    let (_, breaker) = open_then([ScriptedReply::Stall, ScriptedReply::answer("Hello")]).await;
    tokio::time::advance(seconds(30)).await;
    assert!(breaker.complete(&request()).now_or_never().is_none());
    assert_eq!(text(breaker.complete(&request()).await), "Hello");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_stream_that_had_not_begun_leaves_the_next_one_through() {
    let (_, breaker) = open_then([ScriptedReply::Stall, ScriptedReply::answer("Hello")]).await;
    tokio::time::advance(seconds(30)).await;
    assert!(breaker.stream(&request()).now_or_never().is_none());
    assert_eq!(text(breaker.complete(&request()).await), "Hello");
}

#[tokio::test(start_paused = true)]
async fn the_first_piece_of_a_probing_stream_closes_it() {
    let replies = [slow_answer(seconds(1)), ScriptedReply::answer("Hello")];
    let (_, breaker) = open_then(replies).await;
    tokio::time::advance(seconds(30)).await;
    let mut stream = breaker.stream(&request()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    assert_eq!(text(breaker.complete(&request()).await), "Hello");
}

#[tokio::test(start_paused = true)]
async fn streams_that_break_off_are_faults() {
    let (_, breaker) = broken_by([cut_after(&["Hel"]), cut_after(&["Hel"])]);
    for _ in 0..2 {
        let (_, error) = texts(breaker.stream(&request()).await.unwrap()).await;
        assert!(error.is_some());
    }
    assert!(is_refused(&breaker).await);
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_dropped_say_nothing_about_the_server() {
    let (_, breaker) = broken_by(vec![ScriptedReply::Stall; 9]);
    for _ in 0..9 {
        assert!(breaker.complete(&request()).now_or_never().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_what_was_asked_before_the_faults_does_not_close_it() {
    let (_, breaker) = broken_by([slow_answer(seconds(1)), away(), away()]);
    let request = request();
    let mut early = breaker.complete(&request);
    assert!((&mut early).now_or_never().is_none());
    for _ in 0..2 {
        assert_eq!(kind(breaker.complete(&request).await), AWAY);
    }
    assert_eq!(text(early.await), "abc");
    assert!(is_refused(&breaker).await);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_came_too_late_to_the_model_blames_nobody() {
    let model = ScriptedModel::new([slow_answer(seconds(10)), slow_answer(seconds(10))]);
    let attempt = Patience::new(Arc::new(model), seconds(60), seconds(60));
    let breaker = CircuitBreaker::new(Arc::new(attempt), 1, seconds(30));
    let hurried = within(seconds(5), breaker.complete(&request())).await;
    assert_eq!(kind(hurried), AWAY);
    let patient = within(seconds(60), breaker.complete(&request())).await;
    assert_eq!(text(patient), "abc");
}
