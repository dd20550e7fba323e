//! What the audit trail has of each call.

use blog_core::ErrorKind;
use blog_core::domain::Outcome;
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::services::ai::{GeneratePost, Source};

use crate::world::{World, about, author, kind, post, says};

/// What was done and what was refused, the first first.
async fn audited(world: &World) -> Vec<(String, Outcome)> {
    let entries = world.audit().await.into_iter().rev();
    entries.map(|it| (it.action, it.outcome)).collect()
}

fn done() -> (String, Outcome) {
    ("ai_generate".to_owned(), Outcome::Done)
}

#[tokio::test]
async fn a_repair_leaves_a_line_of_its_own() {
    let world = World::new([ScriptedReply::answer("Of course!"), says(&post("Text."))]);
    let ai = world.blog.ai();
    ai.generate(&author(), about("a")).await.unwrap();
    assert_eq!(audited(&world).await, [done(), done()]);
}

#[tokio::test]
async fn sources_that_are_too_long_are_shortened_and_each_call_leaves_a_line() {
    let model = ScriptedModel::replying(|request| match request.messages[0].text.len() {
        ..8_000 => says(&post("Text.")),
        _ => ScriptedReply::Fail(ErrorKind::TooLarge),
    });
    let world = World::with(model, |_| ());
    let section = "## A day\n\nIt rained, and nobody minded that.\n\n";
    let wanted = GeneratePost {
        sources: vec![Source {
            text: section.repeat(200),
            url: None,
        }],
        ..about("Crabs")
    };
    let generated = world.blog.ai().generate(&author(), wanted).await.unwrap();
    let reports = generated.reports.iter();
    let shortened = reports.filter(|it| it.what == blog_core::services::ai::ReportKind::Shortened);
    let fields: Vec<_> = shortened.map(|it| it.field.as_str()).collect();
    assert_eq!(fields, ["sources"]);
    let requests = world.model.requests();
    assert!(
        requests
            .iter()
            .all(|it| it.messages[0].text.contains("Crabs"))
    );
    assert_eq!(audited(&world).await, vec![done(); requests.len()]);
    assert_eq!(requests.len(), 2);
}

#[tokio::test]
async fn what_a_budget_refuses_is_in_it_as_refused() {
    let world = World::with(ScriptedModel::new([]), |ai| {
        ai.budgets.total.tokens = Some(0);
    });
    let refused = world.blog.ai().generate(&author(), about("a")).await;
    assert_eq!(kind(refused), ErrorKind::Forbidden);
    let refused = ("ai_generate".to_owned(), Outcome::Refused);
    assert_eq!(audited(&world).await, [refused]);
}
