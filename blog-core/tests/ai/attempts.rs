use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use blog_core::decorate::{Reliable, ReliableOptions};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::{
    CallOutcome, Completion, CompletionRequest, CompletionStream, LanguageModel, ModelIdentity,
    StopReason,
};
use blog_core::services::ai::{AiOptions, Price};
use blog_core::{Error, ErrorKind, Result};

use crate::world::{World, about, author, kind, post, says};

/// A blog whose model is asked again where it fails, and then a second one of twice the price.
fn world(
    first: impl IntoIterator<Item = ScriptedReply>,
    second: Option<ScriptedModel>,
    set: impl FnOnce(&mut AiOptions),
) -> World {
    let first = ScriptedModel::new(first);
    let second = second.map(|model| Arc::new(model.named("second")) as Arc<dyn LanguageModel>);
    let asked = Reliable::new(Arc::new(first.clone()), second, ReliableOptions::default());
    World::around(first, asked, |ai| {
        let price = Price {
            input: 2_000_000,
            cached_input: 1_000_000,
            output: 4_000_000,
        };
        ai.prices.insert("second".to_owned(), price);
        set(ai);
    })
}

/// An answer that has cost 150 tokens and 200 micros, and is none.
fn unfit() -> ScriptedReply {
    ScriptedReply::answer("Of course!")
}

fn answer() -> ScriptedReply {
    says(&post("Text."))
}

/// Who was asked, how it ended, and what it has cost in tokens and money, the first call first.
async fn calls(world: &World) -> Vec<(String, CallOutcome, u64, u64)> {
    let usage = world.usage().await.into_iter().rev();
    let call = usage.map(|usage| {
        let settlement = usage.settlement.unwrap();
        let (model, spent) = (usage.call.model, settlement.spent);
        (model, settlement.outcome, spent.tokens, spent.micros)
    });
    call.collect()
}

fn scripted(outcome: CallOutcome, tokens: u64, micros: u64) -> (String, CallOutcome, u64, u64) {
    ("scripted".to_owned(), outcome, tokens, micros)
}

#[tokio::test(start_paused = true)]
async fn an_attempt_of_no_use_is_paid_for_as_any_other() {
    let away = ScriptedReply::Fail(ErrorKind::Unavailable { retry: true });
    let world = world([unfit(), away, answer()], None, |_| ());
    let generated = world.blog.ai().generate(&author(), about("a")).await;
    let generated = generated.unwrap();
    let expected = [
        scripted(CallOutcome::Failed, 150, 200),
        scripted(CallOutcome::Failed, 0, 0),
        scripted(CallOutcome::Answered, 150, 200),
    ];
    assert_eq!(calls(&world).await, expected);
    assert_eq!((generated.usage.input, generated.usage.output), (200, 100));
    assert_eq!(generated.provenance.cost_micros, Some(400));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_a_budget_has_no_room_for_is_not_made() {
    let unlimited = world([answer()], None, |_| ());
    let ai = unlimited.blog.ai();
    ai.generate(&author(), about("a")).await.unwrap();
    let reserved = unlimited.usage().await[0].call.reserved.tokens;

    // Room for what two attempts have cost, and for one more.
    let replies = [unfit(), unfit(), unfit(), answer()];
    for (most, attempts) in [
        (reserved + 149, 1),
        (reserved + 299, 2),
        (reserved + 300, 3),
    ] {
        let world = world(replies.clone(), None, |ai| {
            ai.budgets.total.tokens = Some(most)
        });
        let failed = world.blog.ai().generate(&author(), about("a")).await;
        assert_eq!(kind(failed), ErrorKind::Unavailable { retry: true });
        assert_eq!(world.model.requests().len(), attempts);
        let spent: u64 = calls(&world).await.iter().map(|call| call.2).sum();
        assert_eq!(spent, 150 * attempts as u64);
    }
}

#[tokio::test(start_paused = true)]
async fn each_model_has_its_own_price() {
    let wrong_key = || ScriptedReply::Fail(ErrorKind::Unavailable { retry: false });
    let second = || Some(ScriptedModel::new([answer()]));
    let world_of = |set: fn(&mut AiOptions)| world([wrong_key()], second(), set);
    let world = world_of(|_| ());
    let generated = world.blog.ai().generate(&author(), about("a")).await;
    assert_eq!(generated.unwrap().provenance.cost_micros, Some(400));
    let usage = world.usage().await;
    assert_eq!(usage[0].call.model, "second");
    assert_eq!(
        usage[0].call.reserved.micros,
        2 * usage[1].call.reserved.micros
    );

    let world = world_of(|ai| {
        ai.budgets.day.micros = Some(1_000_000);
        ai.prices.remove("second");
    });
    let failed = world.blog.ai().generate(&author(), about("a")).await;
    assert_eq!(kind(failed), ErrorKind::Unavailable { retry: false });
    assert_eq!(calls(&world).await, [scripted(CallOutcome::Failed, 0, 0)]);
}

#[tokio::test(start_paused = true)]
async fn what_has_cost_nothing_needs_no_price_for_the_sum_to_be_known() {
    let wrong_key = ScriptedReply::Fail(ErrorKind::Unavailable { retry: false });
    let second = Some(ScriptedModel::new([answer()]));
    let world = world([wrong_key], second, |ai| {
        ai.prices.remove("scripted");
    });
    let generated = world.blog.ai().generate(&author(), about("a")).await;
    assert_eq!(generated.unwrap().provenance.cost_micros, Some(400));
}

/// A model that fails, and does not say what that has used.
#[derive(Debug)]
struct Broken;

#[async_trait]
impl LanguageModel for Broken {
    fn name(&self) -> &'static str {
        "second"
    }

    fn identity(&self) -> ModelIdentity {
        ModelIdentity::of([self.name()])
    }

    async fn complete(&self, _request: &CompletionRequest) -> Result<Completion> {
        Err(Error::internal("broken"))
    }

    async fn stream(&self, _request: &CompletionRequest) -> Result<CompletionStream> {
        Err(Error::internal("broken"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_model_that_breaks_down_has_cost_the_request_though_the_first_one_s_error_goes_out()
 {
    let first =
        ScriptedModel::replying(|_| ScriptedReply::Fail(ErrorKind::Unavailable { retry: true }));
    let second: Arc<dyn LanguageModel> = Arc::new(Broken);
    let options = ReliableOptions::default();
    let asked = Reliable::new(Arc::new(first.clone()), Some(second), options);
    let world = World::around(first, asked, |_| ());
    let failed = world.blog.ai().generate(&author(), about("a")).await;
    assert_eq!(kind(failed), ErrorKind::Unavailable { retry: true });
    let calls = calls(&world).await;
    let (model, outcome, tokens, _) = calls.last().unwrap();
    assert_eq!((model.as_str(), *outcome), ("second", CallOutcome::Failed));
    assert!(*tokens > 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_has_cost_what_its_attempts_before_had() {
    let world = world([unfit(), ScriptedReply::Stall], None, |_| ());
    let (author, patience) = (author(), std::time::Duration::from_secs(30));
    let ai = world.blog.ai();
    let never = ai.generate(&author, about("a"));
    assert!(tokio::time::timeout(patience, never).await.is_err());
    let usage = world.usage().await;
    let spent = |number: usize| usage[number].settlement.as_ref().unwrap().spent;
    assert_eq!(spent(1).tokens, 150);
    assert_eq!(spent(0), usage[0].call.reserved);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_has_cost_all_that_it_may_have() {
    let thinks = ScriptedReply::Answer {
        pieces: vec![String::new(), post("Text.").to_string()],
        pause: Duration::from_secs(50),
        stop: StopReason::Finished,
        usage: None,
    };
    let world = world([ScriptedReply::Stall, thinks, answer()], None, |_| ());
    let ai = world.blog.ai();
    ai.generate(&author(), about("a")).await.unwrap();
    let usage = world.usage().await;
    assert_eq!(usage.len(), 3);
    for late in &usage[1..] {
        let settlement = late.settlement.as_ref().unwrap();
        assert_eq!(settlement.outcome, CallOutcome::Failed);
        assert_eq!(settlement.spent, late.call.reserved);
    }
}

#[tokio::test(start_paused = true)]
async fn who_leaves_before_it_is_their_turn_has_paid_nothing() {
    let stalls = ScriptedModel::replying(|_| ScriptedReply::Stall);
    let mut options = ReliableOptions::default();
    options.concurrent = 1;
    let one_at_once = Reliable::new(Arc::new(stalls.clone()), None, options);
    let world = World::around(stalls, one_at_once, |_| ());
    let (author, patience) = (author(), std::time::Duration::from_secs(5));
    let ai = world.blog.ai();
    let (first, second) = (
        ai.generate(&author, about("a")),
        ai.generate(&author, about("a")),
    );
    let both = futures::future::join(first, second);
    assert!(tokio::time::timeout(patience, both).await.is_err());
    let usage = world.usage().await;
    let of_all = usage[0].call.reserved;
    let mut spent: Vec<_> = calls(&world).await.into_iter().map(|it| it.2).collect();
    spent.sort_unstable();
    assert_eq!(spent, [0, of_all.tokens]);
}
