use std::num::NonZeroU32;

use blog_core::analysis::Mood;
use blog_core::domain::Role;
use blog_core::memory::{MemoryStorage, ScriptedModel, ScriptedReply};
use blog_core::ports::{CallOutcome, StopReason};
use blog_core::services::ai::{Engine, Look, ReportKind, Rewrite, Subject};
use blog_core::{Blog, BlogOptions, ErrorKind};
use serde_json::json;

use crate::world::{World, actor, author, fields, kind, says, stops};

const TEXT: &str = "# Rain\n\nIt was a lovely day, and we all enjoyed the warm rain very much.\n\n\
    Then a terrible storm destroyed the old bridge near the river.";

fn text(text: &str) -> Look {
    Look {
        subject: Subject::Text(text.to_owned()),
        fall_back: false,
    }
}

#[tokio::test]
async fn a_model_summarises_where_there_is_one() {
    let world = World::new([says(
        &json!({"summary": "Rain <b>fell</b>.\nA bridge fell."}),
    )]);
    let found = world
        .blog
        .ai()
        .summarize(&author(), &text(TEXT), 2)
        .await
        .unwrap();
    assert_eq!(found.engine, Engine::Model("scripted".to_owned()));
    assert_eq!(
        (found.value.as_str(), found.is_shortened),
        ("Rain fell. A bridge fell.", false)
    );
    let reports = found.reports.iter();
    let reports: Vec<_> = reports.map(|it| (it.field.as_str(), it.what)).collect();
    // The tag that opens, and the one that closes.
    assert_eq!(reports, [("summary", ReportKind::Markup); 2]);
    assert!(
        world.model.requests()[0]
            .instructions
            .contains("at most 2 sentences")
    );
}

#[tokio::test]
async fn without_a_model_all_of_it_is_answered_here() {
    let blog = Blog::in_memory();
    let ai = blog.ai();
    let summary = ai.summarize(&author(), &text(TEXT), 1).await.unwrap();
    assert_eq!(summary.engine.to_string(), "local");
    assert!(
        TEXT.contains(&summary.value) && !summary.value.is_empty(),
        "{}",
        summary.value
    );
    let sentiment = ai.sentiment(&author(), &text(TEXT)).await.unwrap();
    let moods: Vec<_> = sentiment
        .value
        .paragraphs
        .iter()
        .map(|it| it.label)
        .collect();
    assert_eq!(moods, [Mood::Positive, Mood::Negative]);
    let seo = ai.seo(&author(), &text(TEXT)).await.unwrap();
    assert_eq!(seo.value.proposal.title.value, "Rain");
    assert!(!seo.value.report.findings.is_empty());

    let german =
        text("Das ist ein wirklich schöner Tag, und wir haben uns alle sehr darüber gefreut.");
    let error = ai.sentiment(&author(), &german).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable { retry: false });
    assert!(error.to_string().contains("language model"), "{error}");
}

#[tokio::test]
async fn only_calls_of_a_model_are_audited() {
    let summary = says(&json!({"summary": "Rain."}));
    let world = World::new([summary]);
    let ai = world.blog.ai();
    ai.summarize(&author(), &text(TEXT), 1).await.unwrap();
    let audited = world.audit().await;
    assert_eq!(audited.len(), 1);
    assert_eq!(audited[0].action, "ai_summarize");

    let blog = Blog::in_memory();
    blog.ai()
        .summarize(&author(), &text(TEXT), 1)
        .await
        .unwrap();
    let query = blog_core::ports::AuditQuery {
        limit: 100,
        ..blog_core::ports::AuditQuery::default()
    };
    let audited = blog
        .audit()
        .read(&actor(Role::Admin), &query)
        .await
        .unwrap();
    assert!(audited.items.is_empty());
}

#[tokio::test]
async fn an_answer_that_was_cut_is_asked_for_with_more_room() {
    let cut = || stops("{\"summary\": \"It rai", StopReason::Length);
    let world = World::new([cut(), says(&json!({"summary": "Rain."}))]);
    let found = world.blog.ai().summarize(&author(), &text(TEXT), 1).await;
    assert_eq!(found.unwrap().value, "Rain.");
    let [first, second] = &world.model.requests()[..] else {
        panic!("two calls")
    };
    assert_eq!(first.messages, second.messages);
    assert_eq!(second.max_output_tokens, 2 * first.max_output_tokens);

    let world = World::new([cut(), cut()]);
    let found = world.blog.ai().summarize(&author(), &text(TEXT), 1).await;
    assert_eq!(kind(found), ErrorKind::Unavailable { retry: true });
}

#[tokio::test]
async fn no_answer_has_more_room_than_the_host_allows() {
    let cut = || stops("{\"summary\": \"It rai", StopReason::Length);
    let rooms = async |most| {
        let world = World::with(ScriptedModel::replying(move |_| cut()), |ai| {
            ai.thinking_tokens = 10_000;
            ai.answer_tokens = NonZeroU32::new(most);
        });
        let found = world.blog.ai().summarize(&author(), &text(TEXT), 1).await;
        assert_eq!(kind(found), ErrorKind::Unavailable { retry: true });
        let requests = world.model.requests().into_iter();
        requests.map(|it| it.max_output_tokens).collect::<Vec<_>>()
    };
    let unlimited = rooms(0).await;
    assert_eq!(unlimited[1], 2 * unlimited[0]);
    let first = unlimited[0];
    assert_eq!(rooms(first + 7).await, [first, first + 7]);
    // Another call for the same would be cut at the same place.
    assert_eq!(rooms(first).await, [first]);
    assert_eq!(rooms(first - 7).await, [first - 7]);
}

#[tokio::test(start_paused = true)]
async fn this_program_answers_for_a_model_that_takes_too_long_while_somebody_waits() {
    let world = World::new([ScriptedReply::Stall]);
    let look = Look {
        fall_back: true,
        ..text(TEXT)
    };
    let (ai, author) = (world.blog.ai(), author());
    let found = ai.summarize(&author, &look, 1);
    let found = tokio::time::timeout(std::time::Duration::from_secs(240), found).await;
    assert_eq!(found.unwrap().unwrap().engine, Engine::Local);
}

#[tokio::test]
async fn this_program_answers_for_a_model_that_fails_only_if_it_may() {
    let fails =
        || ScriptedModel::replying(|_| ScriptedReply::Fail(ErrorKind::Unavailable { retry: true }));
    let world = World::with(fails(), |_| ());
    let ai = world.blog.ai();
    let failed = ai.sentiment(&author(), &text(TEXT)).await;
    assert_eq!(kind(failed), ErrorKind::Unavailable { retry: true });
    let mut look = text(TEXT);
    look.fall_back = true;
    assert_eq!(
        ai.sentiment(&author(), &look).await.unwrap().engine,
        Engine::Local
    );
    assert_eq!(
        ai.summarize(&author(), &look, 3).await.unwrap().engine,
        Engine::Local
    );
    assert_eq!(
        ai.seo(&author(), &look).await.unwrap().engine,
        Engine::Local
    );
    assert_eq!(world.model.requests().len(), 4);
}

#[tokio::test]
async fn a_model_s_judgement_is_within_bounds_and_has_every_paragraph() {
    let sound = json!({"score": -0.2, "confidence": 0.5, "paragraphs": [0.7, -0.9]});
    for broken in [
        json!({"score": 80, "confidence": 0.5, "paragraphs": [0, 0]}),
        json!({"score": 0, "confidence": 2, "paragraphs": [0, 0]}),
        json!({"score": 0, "confidence": 0.5, "paragraphs": [0]}),
        json!({"score": 0, "confidence": 0.5, "paragraphs": [0, -1.5]}),
        json!({"score": "bad", "confidence": 0.5, "paragraphs": [0, 0]}),
    ] {
        let world = World::new([says(&broken), says(&sound)]);
        let found = world
            .blog
            .ai()
            .sentiment(&author(), &text(TEXT))
            .await
            .unwrap();
        assert_eq!(
            (found.value.label, found.value.score),
            (Mood::Negative, -0.2),
            "{broken}"
        );
        let second = &found.value.paragraphs[1];
        assert_eq!((second.label, second.score), (Mood::Negative, -0.9));
        assert!(second.text.starts_with("Then a terrible storm"));
    }
}

#[tokio::test]
async fn a_model_s_advice_comes_with_reasons() {
    let reasoned =
        |value: serde_json::Value| json!({"value": value, "why": "So <i>it</i> is found."});
    let answer = json!({
        "title": reasoned(json!("Rain and a storm")),
        "description": reasoned(json!("w ".repeat(200))),
        "keywords": reasoned(json!(["rain", "rain", " "])),
        "slug": reasoned(json!("Rain & <b>storm</b>")),
    });
    let world = World::new([says(&answer)]);
    let advice = world
        .blog
        .ai()
        .seo(&author(), &text(TEXT))
        .await
        .unwrap()
        .value;
    assert_eq!(advice.proposal.title.value, "Rain and a storm");
    assert_eq!(advice.proposal.title.why, "So it is found.");
    assert_eq!(advice.proposal.keywords.value, ["rain"]);
    assert_eq!(advice.proposal.slug.value.as_str(), "rain-storm");
    assert!(advice.proposal.description.value.chars().count() <= 180);
}

#[tokio::test]
async fn a_post_is_looked_at_by_whoever_sees_it() {
    let world = World::new([says(&json!({"summary": "Rain."}))]);
    let draft = world.draft(&author(), TEXT).await;
    let look = Look {
        subject: Subject::Post(draft.post.id),
        fall_back: false,
    };
    let ai = world.blog.ai();
    let stranger = blog_core::domain::Actor::user("eve", "Eve", Role::Author);
    assert_eq!(
        kind(ai.summarize(&stranger, &look, 3).await),
        ErrorKind::NotFound
    );
    assert_eq!(
        kind(ai.summarize(&actor(Role::Reader), &look, 3).await),
        ErrorKind::Forbidden
    );
    assert_eq!(
        ai.summarize(&author(), &look, 3).await.unwrap().value,
        "Rain."
    );
    assert_eq!(world.usage().await[0].call.post, Some(draft.post.id));
}

#[tokio::test]
async fn a_text_that_is_too_long_for_the_model_is_shortened_and_that_is_said() {
    let model = ScriptedModel::replying(|request| {
        if request.messages[0].text.len() > 20_000 {
            ScriptedReply::Fail(ErrorKind::TooLarge)
        } else {
            says(&json!({"summary": "Long."}))
        }
    });
    let world = World::with(model, |_| ());
    let long = format!("## A\n\nBegins.\n\n{}\n\n", "More of it. ".repeat(200)).repeat(20);
    let found = world
        .blog
        .ai()
        .summarize(&author(), &text(&long), 3)
        .await
        .unwrap();
    assert!(found.is_shortened);
}

#[tokio::test]
async fn bad_input_is_named() {
    let world = World::new([]);
    let ai = world.blog.ai();
    for wrong in ["", " \n", "a\0", &"a".repeat((1 << 20) + 1)] {
        let error = ai.seo(&author(), &text(wrong)).await.unwrap_err();
        assert_eq!(fields(&error)[0].0, "text");
    }
    let error = ai.summarize(&author(), &text(TEXT), 0).await.unwrap_err();
    assert_eq!(fields(&error)[0].0, "sentences");
}

/// What the guards leave nothing of.
const NOTHING: &str = "<script>alert(1)</script>";

#[tokio::test]
async fn a_summary_of_which_the_guards_leave_nothing_is_asked_for_again_or_made_here() {
    let empty = || says(&json!({"summary": NOTHING}));
    let world = World::new([empty(), says(&json!({"summary": "Rain."}))]);
    let found = world.blog.ai().summarize(&author(), &text(TEXT), 1).await;
    assert_eq!(found.unwrap().value, "Rain.");

    let world = World::new([empty(), empty(), empty(), empty()]);
    let ai = world.blog.ai();
    let failed = ai.summarize(&author(), &text(TEXT), 1).await;
    assert_eq!(kind(failed), ErrorKind::Unavailable { retry: true });
    let or_here = Look {
        fall_back: true,
        ..text(TEXT)
    };
    let found = ai.summarize(&author(), &or_here, 1).await.unwrap();
    assert_eq!(found.engine, Engine::Local);
    assert!(!found.value.is_empty());
    let usage = world.usage().await;
    let outcomes = usage
        .iter()
        .map(|it| it.settlement.as_ref().unwrap().outcome);
    assert!(outcomes.into_iter().all(|it| it == CallOutcome::Unusable));
}

#[tokio::test]
async fn advice_of_which_the_guards_leave_nothing_is_made_here() {
    for lost in ["title", "description", "keywords", "slug"] {
        let reasoned = |name: &str, value: serde_json::Value| match name == lost {
            true if value.is_array() => json!({"value": [NOTHING], "why": "So."}),
            true => json!({"value": NOTHING, "why": "So."}),
            false => json!({"value": value, "why": "So."}),
        };
        let answer = json!({
            "title": reasoned("title", json!("Rain")),
            "description": reasoned("description", json!("It rained.")),
            "keywords": reasoned("keywords", json!(["rain"])),
            "slug": reasoned("slug", json!("rain")),
        });
        let world = World::new([says(&answer), says(&answer)]);
        let look = Look {
            fall_back: true,
            ..text(TEXT)
        };
        let advice = world.blog.ai().seo(&author(), &look).await.unwrap();
        assert_eq!(advice.engine, Engine::Local, "{lost}");
        assert_eq!(world.model.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_role_below_the_lowest_is_kept_from_the_model_and_from_nothing_else() {
    let summary = says(&json!({"summary": "Rain."}));
    let world = World::with(ScriptedModel::new([summary]), |ai| {
        ai.lowest_role = Role::Editor;
    });
    let ai = world.blog.ai();
    let refused = ai.summarize(&author(), &text(TEXT), 1).await;
    assert_eq!(kind(refused), ErrorKind::Forbidden);
    let or_here = Look {
        fall_back: true,
        ..text(TEXT)
    };
    let found = ai.summarize(&author(), &or_here, 1).await.unwrap();
    assert_eq!(found.engine, Engine::Local);
    let rewrite = Rewrite {
        subject: Subject::Text(TEXT.to_owned()),
        instruction: None,
        style: None,
        tone: None,
    };
    assert_eq!(
        kind(ai.rewrite(&author(), &rewrite).await),
        ErrorKind::Forbidden
    );
    assert_eq!(
        kind(ai.moderate(&author(), "Hello").await),
        ErrorKind::Forbidden
    );
    assert!(world.model.requests().is_empty());

    let mut options = BlogOptions::default();
    options.ai.lowest_role = Role::Editor;
    let blog = Blog::builder(MemoryStorage::default())
        .options(options)
        .build();
    let found = blog.ai().summarize(&author(), &text(TEXT), 1).await;
    assert_eq!(found.unwrap().engine, Engine::Local);
    let ai = blog.ai();
    let refused = ai.summarize(&actor(Role::Reader), &text(TEXT), 1).await;
    assert_eq!(kind(refused), ErrorKind::Forbidden);
}
