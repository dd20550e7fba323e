use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::super::super::sample::{
    AWAY, WRONG_KEY, away, cut_after, kind, request, slow_answer, texts, too_often,
};
use super::{Reliable, ReliableOptions, always, reliable, seconds, with_second};
use crate::error::{Error, Result};
use crate::memory::{ScriptedModel, ScriptedReply};
use crate::ports::payment::{self, Payer};
use crate::ports::{CompletionRequest, LanguageModel, TokenUsage};

/// Pays for so many attempts, and notes what it is told.
#[derive(Debug, Default)]
struct Purse {
    attempts: Mutex<usize>,
    told: Mutex<Vec<String>>,
}

impl Purse {
    fn of(attempts: usize) -> Arc<Self> {
        Arc::new(Self {
            attempts: Mutex::new(attempts),
            told: Mutex::default(),
        })
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

#[async_trait]
impl Payer for Purse {
    fn failed(&self, error: &Error) {
        let tokens = error.usage().map(|it| it.input + it.output);
        self.told.lock().unwrap().push(format!("{tokens:?}"));
    }

    async fn again(&self, model: &str, _request: &CompletionRequest) -> Result<()> {
        self.told.lock().unwrap().push(model.to_owned());
        let mut attempts = self.attempts.lock().unwrap();
        *attempts = attempts
            .checked_sub(1)
            .ok_or_else(|| Error::unavailable("no money", false))?;
        Ok(())
    }
}

/// The whole answer, or a stream's.
async fn asked(model: &Reliable, as_stream: bool) -> Result<String> {
    let request = request();
    if !as_stream {
        return Ok(model.complete(&request).await?.text);
    }
    let (said, error) = texts(model.stream(&request).await?).await;
    error.map_or(Ok(said), Err)
}

#[tokio::test(start_paused = true)]
async fn each_attempt_but_the_first_is_asked_for_and_the_one_before_it_told_of() {
    for as_stream in [false, true] {
        let replies = [
            away(),
            too_often(seconds(1)),
            ScriptedReply::answer("Hello"),
        ];
        let model = reliable(&ScriptedModel::new(replies), ReliableOptions::default());
        let purse = Purse::of(9);
        let answer = payment::by(purse.clone(), asked(&model, as_stream)).await;
        assert_eq!(answer.unwrap(), "Hello");
        let scripted = "scripted".to_owned();
        let free = "Some(0)".to_owned();
        let told = [free.clone(), scripted.clone(), free, scripted];
        assert_eq!(purse.told(), told);
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_nobody_pays_for_is_not_made() {
    for as_stream in [false, true] {
        let scripted = ScriptedModel::new([away(), too_often(seconds(1)), away()]);
        let model = reliable(&scripted, ReliableOptions::default());
        let answer = payment::by(Purse::of(1), asked(&model, as_stream)).await;
        let retry_after = seconds(1);
        let limited = crate::ErrorKind::RateLimited { retry_after };
        assert_eq!(kind(answer), limited);
        assert_eq!(scripted.requests().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_model_is_paid_for_under_its_own_name() {
    let first = always(ScriptedReply::Fail(WRONG_KEY)).named("first");
    let second = always(ScriptedReply::answer("Hello")).named("second");
    let model = with_second(&first, &second);
    let purse = Purse::of(1);
    let answer = payment::by(purse.clone(), asked(&model, false)).await;
    assert_eq!(answer.unwrap(), "Hello");
    assert_eq!(purse.told(), ["Some(0)", "second"]);
    let answer = payment::by(Purse::of(0), asked(&model, false)).await;
    assert_eq!(kind(answer), WRONG_KEY);
    assert_eq!(second.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn where_both_models_fail_whoever_pays_is_told_what_the_second_has_used() {
    let first = always(cut_after(&["Hello"])).named("first");
    let second = always(ScriptedReply::Fail(WRONG_KEY)).named("second");
    let model = with_second(&first, &second);
    let purse = Purse::of(9);
    let error = payment::by(purse.clone(), asked(&model, false)).await;
    assert_eq!(kind(error), AWAY);
    assert!(
        purse
            .told()
            .ends_with(&["second".to_owned(), "Some(0)".to_owned()])
    );
}

#[tokio::test(start_paused = true)]
async fn what_had_come_of_an_answer_that_breaks_off_has_been_used() {
    let options = ReliableOptions {
        attempts: 1,
        between_pieces: seconds(5),
        ..ReliableOptions::default()
    };
    for reply in [cut_after(&["Hel", "lo"]), slow_answer(seconds(20))] {
        let bytes = match &reply {
            ScriptedReply::Cut { .. } => 5,
            _ => 1,
        };
        let model = reliable(&always(reply), options.clone());
        let error = model.complete(&request()).await.unwrap_err();
        let used = TokenUsage::guessed(&request()) + TokenUsage::guessed_answer(bytes);
        assert_eq!(error.usage(), Some(used));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_before_the_model_was_asked_has_used_nothing() {
    let options = ReliableOptions {
        concurrent: 1,
        waiting: 1,
        attempts: 1,
        failures: 1,
        ..ReliableOptions::default()
    };
    let model = reliable(&always(ScriptedReply::Stall), options);
    let request = request();
    let calls = [0, 1, 2].map(|_| model.complete(&request));
    let [asked, waited, refused] = futures::future::join_all(calls).await.try_into().unwrap();
    let out_of_order = model.complete(&request).await;
    assert_eq!(asked.unwrap_err().usage(), None);
    for free in [waited, refused, out_of_order] {
        assert_eq!(free.unwrap_err().usage(), Some(TokenUsage::NONE));
    }
}
