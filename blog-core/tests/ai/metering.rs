use std::time::Duration;

use blog_core::domain::{Outcome, Role};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::{StopReason, TokenUsage};
use blog_core::services::ai::Budget;
use blog_core::{Error, ErrorKind};
use futures::StreamExt;

use crate::world::{World, about, actor, author, kind, noon, post, says};

const fn tokens(tokens: u64) -> Budget {
    Budget {
        tokens: Some(tokens),
        micros: None,
    }
}

const fn money(micros: u64) -> Budget {
    Budget {
        tokens: None,
        micros: Some(micros),
    }
}

fn answers() -> ScriptedModel {
    ScriptedModel::replying(|_| says(&post("Text.")))
}

/// Tokens that a call about `a` is charged with before it is made.
async fn reserved() -> u64 {
    let world = World::with(answers(), |_| ());
    world
        .blog
        .ai()
        .generate(&author(), about("a"))
        .await
        .unwrap();
    world.usage().await[0].call.reserved.tokens
}

#[tokio::test]
async fn a_call_leaves_a_record_of_who_asked_what_and_what_it_cost() {
    let world = World::with(answers(), |_| ());
    world
        .blog
        .ai()
        .generate(&author(), about("a"))
        .await
        .unwrap();
    let usage = world.usage().await.remove(0);
    assert_eq!(
        (usage.call.actor.as_str(), usage.call.purpose.as_str()),
        ("author", "generate")
    );
    assert_eq!(
        (usage.call.model.as_str(), usage.call.at),
        ("scripted", noon())
    );
    let settlement = usage.settlement.unwrap();
    assert_eq!(
        (settlement.spent.tokens, settlement.spent.micros),
        (150, 200)
    );
    assert!(
        usage.call.reserved.tokens > 2_800,
        "{:?}",
        usage.call.reserved
    );

    let (admin, day) = (actor(Role::Admin), noon().date_naive());
    let totals = world
        .blog
        .ai()
        .usage_totals(&admin, day, day)
        .await
        .unwrap();
    assert_eq!((totals[0].calls, totals[0].amount.micros), (1, 200));
}

#[tokio::test]
async fn a_day_that_is_spent_begins_again_tomorrow() {
    let reserved = reserved().await;
    let world = World::with(answers(), |ai| {
        ai.budgets.actor_day = tokens(reserved + 200)
    });
    let ai = world.blog.ai();
    // Each call leaves 150 tokens.
    ai.generate(&author(), about("a")).await.unwrap();
    ai.generate(&author(), about("a")).await.unwrap();
    let spent = ai.generate(&author(), about("a")).await;
    let retry_after = Duration::from_secs(12 * 3600);
    assert_eq!(kind(spent), ErrorKind::RateLimited { retry_after });
    assert_eq!(world.model.requests().len(), 2);
    ai.generate(&actor(Role::Editor), about("a")).await.unwrap();
    let refused = world.audit().await;
    let refused = refused.iter().find(|it| it.outcome == Outcome::Refused);
    assert_eq!(refused.unwrap().action, "ai_generate");

    world.clock.advance(chrono::Duration::hours(12));
    ai.generate(&author(), about("a")).await.unwrap();
}

#[tokio::test]
async fn what_a_model_thinks_has_room_in_its_answer_and_in_the_budget() {
    let without = World::with(answers(), |_| ());
    let with = World::with(answers(), |ai| ai.thinking_tokens = 4_000);
    for world in [&without, &with] {
        let ai = world.blog.ai();
        ai.generate(&author(), about("a")).await.unwrap();
    }
    let limits = [&without, &with].map(|world| world.model.requests()[0].max_output_tokens);
    assert_eq!(limits[1], limits[0] + 4_000);
    let reserved = [without.usage().await, with.usage().await];
    let reserved = reserved.map(|calls| calls[0].call.reserved.tokens);
    assert_eq!(reserved[1], reserved[0] + 4_000);
}

#[tokio::test]
async fn a_role_has_a_budget_of_its_own() {
    let world = World::with(answers(), |ai| {
        ai.budgets.actor_day = tokens(0);
        ai.budgets
            .actor_day_by_role
            .insert(Role::Editor, Budget::default());
    });
    let ai = world.blog.ai();
    ai.generate(&actor(Role::Editor), about("a")).await.unwrap();
    assert_eq!(
        kind(ai.generate(&author(), about("a")).await),
        ErrorKind::Forbidden
    );
}

#[tokio::test]
async fn a_total_that_is_spent_stays_spent() {
    let reserved = reserved().await;
    let world = World::with(answers(), |ai| ai.budgets.total = tokens(reserved + 100));
    let ai = world.blog.ai();
    ai.generate(&author(), about("a")).await.unwrap();
    world.clock.advance(chrono::Duration::days(2));
    assert_eq!(
        kind(ai.generate(&author(), about("a")).await),
        ErrorKind::Forbidden
    );
}

#[tokio::test]
async fn of_two_that_want_the_last_of_a_budget_one_gets_it() {
    let reserved = reserved().await;
    let thinks = ScriptedModel::replying(|_| ScriptedReply::Answer {
        pieces: vec![post("Text.").to_string()],
        pause: Duration::from_millis(10),
        stop: StopReason::Finished,
        usage: None,
    });
    let world = World::with(thinks, |ai| {
        ai.budgets.day = tokens(reserved + reserved / 2)
    });
    let (ai, author, editor) = (world.blog.ai(), author(), actor(Role::Editor));
    let first = ai.generate(&author, about("a"));
    let second = ai.generate(&editor, about("a"));
    let (first, second) = futures::join!(first, second);
    let (won, lost) = if first.is_ok() {
        (first, second)
    } else {
        (second, first)
    };
    assert!(won.is_ok());
    assert!(matches!(kind(lost), ErrorKind::RateLimited { .. }));
    assert_eq!(world.model.requests().len(), 1);
}

#[tokio::test]
async fn money_is_limited_only_where_there_is_a_price() {
    let world = World::with(answers(), |ai| ai.budgets.day = money(1_000_000));
    world
        .blog
        .ai()
        .generate(&author(), about("a"))
        .await
        .unwrap();
    let world = World::with(answers(), |ai| {
        ai.budgets.day = money(1_000_000);
        ai.prices.clear();
    });
    let error: Error = world
        .blog
        .ai()
        .generate(&author(), about("a"))
        .await
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable { retry: false });
    assert!(
        error.to_string().contains("scripted has no price"),
        "{error}"
    );
    let world = World::with(answers(), |ai| ai.prices.clear());
    let generated = world
        .blog
        .ai()
        .generate(&author(), about("a"))
        .await
        .unwrap();
    assert_eq!(generated.provenance.cost_micros, None);
}

#[tokio::test]
async fn a_call_that_is_broken_off_counts_with_all_that_it_may_have_cost() {
    let stalls = ScriptedModel::replying(|_| ScriptedReply::Stall);
    let world = World::with(stalls, |_| ());
    let author = author();
    let ai = world.blog.ai();
    let never = ai.generate(&author, about("a"));
    let patience = Duration::from_millis(20);
    assert!(tokio::time::timeout(patience, never).await.is_err());
    let usage = world.usage().await.remove(0);
    let settlement = usage.settlement.unwrap();
    assert_eq!(settlement.outcome.as_str(), "cancelled");
    assert_eq!(settlement.spent, usage.call.reserved);
}

#[tokio::test]
async fn a_stream_that_is_dropped_counts_with_what_had_come() {
    let pieces = ["{\"body\": \"Some", " text"].map(str::to_owned).into();
    let model = ScriptedModel::new([ScriptedReply::Answer {
        pieces,
        pause: Duration::from_millis(5),
        stop: StopReason::Finished,
        usage: None,
    }]);
    let world = World::with(model, |_| ());
    let mut stream = world
        .blog
        .ai()
        .generate_stream(&author(), about("a"))
        .await
        .unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    let usage = world.usage().await.remove(0);
    let settlement = usage.settlement.unwrap();
    assert_eq!(settlement.outcome.as_str(), "cancelled");
    let request =
        usage.call.reserved.tokens - u64::from(world.model.requests()[0].max_output_tokens);
    // Fourteen or twenty bytes had come.
    let rest = settlement.spent.tokens - request;
    assert!((5..=7).contains(&rest), "{rest}");
}

#[tokio::test]
async fn a_stream_that_is_dropped_before_it_says_anything_counts_as_any_call() {
    let thinks = ScriptedModel::replying(|_| ScriptedReply::Stall);
    let world = World::with(thinks, |_| ());
    let ai = world.blog.ai();
    let mut stream = ai.generate_stream(&author(), about("a")).await.unwrap();
    let patience = Duration::from_millis(20);
    let never = tokio::time::timeout(patience, stream.next());
    assert!(never.await.is_err());
    drop(stream);
    let usage = world.usage().await.remove(0);
    assert_eq!(usage.settlement.unwrap().spent, usage.call.reserved);
}

#[tokio::test]
async fn a_call_that_the_vendor_refuses_costs_nothing() {
    let limited = ErrorKind::RateLimited {
        retry_after: Duration::from_secs(3),
    };
    let broken = ErrorKind::Unavailable { retry: true };
    let world = World::new([
        ScriptedReply::Fail(limited.clone()),
        ScriptedReply::Fail(broken.clone()),
        ScriptedReply::Cut { pieces: vec![] },
    ]);
    let ai = world.blog.ai();
    for expected in [limited, broken.clone(), broken] {
        assert_eq!(kind(ai.generate(&author(), about("a")).await), expected);
    }
    let spent: Vec<_> = world
        .usage()
        .await
        .into_iter()
        .map(|usage| usage.settlement.unwrap().spent.tokens)
        .collect();
    assert!(spent[0] > 0, "{spent:?}");
    assert_eq!(spent[1..], [0, 0]);
}

#[tokio::test]
async fn a_server_that_counts_what_cannot_be_does_not_use_up_a_budget() {
    let lies = ScriptedModel::replying(|_| ScriptedReply::Answer {
        pieces: vec![post("Text.").to_string()],
        pause: Duration::ZERO,
        stop: StopReason::Finished,
        usage: Some(TokenUsage {
            input: u64::MAX,
            cached_input: u64::MAX,
            output: 1_000_000_000_000_000,
        }),
    });
    let world = World::with(lies, |ai| ai.budgets.total = tokens(1_000_000));
    for _ in 0..3 {
        let generated = world.blog.ai().generate(&author(), about("a")).await;
        let usage = generated.unwrap().usage;
        assert!(usage.input < 20_000 && usage.output < 140_000, "{usage:?}");
    }
}
