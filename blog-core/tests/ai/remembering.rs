use std::time::Duration;

use blog_core::ErrorKind;
use blog_core::domain::Role;
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::{CallOutcome, StopReason};
use blog_core::services::ai::{AiOptions, Engine, Look, Looked, RememberedUse, Subject};
use futures::FutureExt;
use serde_json::json;

use crate::world::{World, about, actor, author, kind, post, says};

fn remember_summaries(ai: &mut AiOptions) {
    ai.remembered.insert(RememberedUse::Summarize);
}

fn summarizing() -> ScriptedModel {
    ScriptedModel::replying(|_| says(&json!({"summary": "It rained."})))
}

async fn summary(world: &World, role: Role) -> blog_core::Result<Looked<String>> {
    let look = Look {
        subject: Subject::Text("It rained all day. Nobody minded.".to_owned()),
        fall_back: false,
    };
    world.blog.ai().summarize(&actor(role), &look, 2).await
}

#[tokio::test]
async fn the_same_summary_is_asked_for_once_and_paid_for_once() {
    let world = World::remembering(summarizing(), remember_summaries);
    let first = summary(&world, Role::Author).await.unwrap();
    let again = summary(&world, Role::Editor).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(again.engine, Engine::Model("scripted".to_owned()));
    assert_eq!(world.model.requests().len(), 1);
    assert_eq!(
        (world.usage().await.len(), world.audit().await.len()),
        (1, 1)
    );
}

#[tokio::test]
async fn what_is_remembered_is_answered_when_the_budget_is_spent() {
    let world = World::remembering(summarizing(), |_| ());
    summary(&world, Role::Author).await.unwrap();
    let enough_for_one = world.usage().await[0].call.reserved.tokens;
    let world = World::remembering(summarizing(), |ai| {
        remember_summaries(ai);
        ai.budgets.total.tokens = Some(enough_for_one);
    });
    summary(&world, Role::Author).await.unwrap();
    summary(&world, Role::Author).await.unwrap();
    let other = Look {
        subject: Subject::Text("It rained all week. Nobody minded.".to_owned()),
        fall_back: false,
    };
    let other = world.blog.ai().summarize(&author(), &other, 2).await;
    assert_eq!(kind(other), ErrorKind::Forbidden);
    assert_eq!(
        kind(summary(&world, Role::Reader).await),
        ErrorKind::Forbidden
    );
}

#[tokio::test]
async fn what_is_not_named_is_asked_for_each_time() {
    let texts = ScriptedModel::replying(|_| says(&post("Text.")));
    let world = World::remembering(texts, remember_summaries);
    for _ in 0..2 {
        let written = world.blog.ai().generate(&author(), about("Crabs")).await;
        assert_eq!(written.unwrap().usage.output, 50);
    }
    assert_eq!(world.model.requests().len(), 2);

    let world = World::remembering(summarizing(), |_| ());
    for _ in 0..2 {
        summary(&world, Role::Author).await.unwrap();
    }
    assert_eq!(world.model.requests().len(), 2);
}

#[tokio::test]
async fn an_answer_that_nothing_can_be_made_of_is_not_given_again() {
    let mut replies = vec![says(&json!({"summary": " "})); 2];
    replies.push(says(&json!({"summary": "It rained."})));
    let world = World::remembering(ScriptedModel::new(replies), remember_summaries);
    assert!(summary(&world, Role::Author).await.is_err());
    let again = summary(&world, Role::Author).await.unwrap();
    assert_eq!(again.value, "It rained.");
}

#[tokio::test(start_paused = true)]
async fn of_many_who_ask_the_same_at_once_one_pays() {
    let slowly = ScriptedModel::replying(|_| ScriptedReply::Answer {
        pieces: vec![json!({"summary": "It rained."}).to_string()],
        pause: Duration::from_secs(1),
        stop: StopReason::Finished,
        usage: None,
    });
    let world = World::remembering(slowly, remember_summaries);
    let mut first = Box::pin(summary(&world, Role::Author));
    let mut second = Box::pin(summary(&world, Role::Editor));
    let mut third = Box::pin(summary(&world, Role::Admin));
    for asking in [&mut first, &mut second, &mut third] {
        assert!(asking.now_or_never().is_none());
    }
    // Whoever leaves has asked for nothing.
    drop(third);
    let (first, second) = futures::join!(first, second);
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(world.model.requests().len(), 1);
    let mut calls: Vec<_> = world.usage().await;
    calls.retain(|call| call.settlement.as_ref().unwrap().spent.tokens > 0);
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].call.actor, "author");
    assert_eq!(
        calls[0].settlement.as_ref().unwrap().outcome,
        CallOutcome::Answered
    );
}
