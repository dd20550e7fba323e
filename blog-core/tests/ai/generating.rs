use std::time::Duration;

use blog_core::domain::{Locale, Outcome, Role, Status, VersionKind};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::{AnswerFormat, CallOutcome, CompletionRequest, Speaker, StopReason, View};
use blog_core::services::ai::{GeneratePost, ReportKind};
use blog_core::{Blog, BlogOptions, ErrorKind};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::{World, about, actor, author, fields, kind, post, says, stops};

#[tokio::test]
async fn a_post_takes_one_call_and_says_what_it_cost() {
    let world = World::new([says(&post("## One\n\nText."))]);
    let wanted = GeneratePost {
        style: Some("tutorial".to_owned()),
        tone: Some("humorous".to_owned()),
        length: Some("short".to_owned()),
        audience: Some("children".to_owned()),
        language: Some(Locale::parse("de").unwrap()),
        keywords: vec!["crab".to_owned()],
        ..about("Ferris")
    };
    let generated = world.blog.ai().generate(&author(), wanted).await.unwrap();
    let content = &generated.content;
    assert_eq!(content.title, "Ferris");
    assert_eq!(content.body, "## One\n\nText.");
    assert_eq!(content.excerpt.as_deref(), Some("On a crab."));
    assert_eq!(content.tags, ["rust", "crabs"]);
    assert_eq!(content.category.as_deref(), Some("Animals"));
    assert_eq!(content.seo.keywords, ["ferris"]);
    assert_eq!((generated.usage.input, generated.usage.output), (100, 50));
    assert_eq!(generated.provenance.cost_micros, Some(200));
    assert_eq!(generated.engine().to_string(), "model:scripted");
    assert_eq!((generated.reports, generated.post), (vec![], None));

    let [request] = &world.model.requests()[..] else {
        panic!("one call");
    };
    let options = BlogOptions::default().ai;
    let style = options.styles.iter().find(|it| it.name == "tutorial");
    let tone = options.tones.iter().find(|it| it.name == "humorous");
    for told in [
        format!("as {}.", style.unwrap().meaning),
        format!("The tone is {}.", tone.unwrap().meaning),
        "about 300 words.".to_owned(),
    ] {
        assert!(request.instructions.contains(&told), "{told}");
    }
    let lines: Vec<_> = request.messages[0].text.lines().collect();
    for (name, text) in [
        ("topic", "Ferris"),
        ("audience", "children"),
        ("language", "de"),
        ("keywords", "crab"),
    ] {
        let begin = format!("begin {name} ");
        let place = lines.iter().position(|line| line.starts_with(&begin));
        assert_eq!(lines[place.unwrap() + 1], text);
    }
    assert!(!request.instructions.contains("children"));
    assert!(matches!(&request.format, AnswerFormat::Json { schema, .. } if is_understood(schema)));
}

/// Whether a schema keeps to what all vendors understand.
fn is_understood(schema: &Value) -> bool {
    match schema["type"].as_str() {
        Some("object") => {
            let properties = schema["properties"].as_object().unwrap();
            let required = schema["required"].as_array().unwrap();
            schema["additionalProperties"] == json!(false)
                && required.len() == properties.len()
                && required
                    .iter()
                    .all(|it| properties.contains_key(it.as_str().unwrap()))
                && properties.values().all(is_understood)
        }
        Some("array") => is_understood(&schema["items"]),
        kind => matches!(kind, Some("string" | "number")),
    }
}

#[tokio::test]
async fn a_draft_says_where_it_comes_from_and_nobody_else_sees_it() {
    let world = World::new([says(&post("Text."))]);
    let wanted = GeneratePost {
        save_as_draft: true,
        language: Some(Locale::parse("de").unwrap()),
        ..about("Ferris")
    };
    let generated = world.blog.ai().generate(&author(), wanted).await.unwrap();
    let id = generated.post.unwrap().post.id;
    let stored = world
        .blog
        .posts()
        .get(&author(), id, View::Head)
        .await
        .unwrap();
    assert_eq!(stored.post.status, Status::Draft);
    assert!(stored.post.ai_generated);
    assert_eq!(stored.post.locale.as_str(), "de");
    assert_eq!(stored.version.kind, VersionKind::Ai);
    let provenance = stored.version.provenance.clone().unwrap();
    assert_eq!(provenance, generated.provenance);
    assert_eq!(provenance.prompt, "generate 2");
    assert_eq!(
        (provenance.model.as_str(), provenance.requester.as_str()),
        ("scripted", "author")
    );
    assert_eq!(
        provenance.answer_hash,
        blake3::hash(post("Text.").to_string().as_bytes()).to_string()
    );
    let reader = actor(Role::Reader);
    let hidden = world.blog.posts().get(&reader, id, View::Reader).await;
    assert_eq!(kind(hidden), ErrorKind::NotFound);
    let audited = world.audit().await;
    let actions: Vec<_> = audited.iter().map(|it| it.action.as_str()).collect();
    assert_eq!(actions, ["post_created", "ai_generate"]);
}

#[tokio::test]
async fn who_may_not_is_told_before_anything_is_paid() {
    let world = World::with(ScriptedModel::new([]), |ai| ai.lowest_role = Role::Author);
    let ai = world.blog.ai();
    let anonymous = blog_core::domain::Actor::anonymous();
    let unknown = ai.generate(&anonymous, about("a")).await;
    assert_eq!(kind(unknown), ErrorKind::Unauthenticated);
    for role in [Role::Reader, Role::Contributor] {
        let refused = ai.generate(&actor(role), about("a")).await;
        assert_eq!(kind(refused), ErrorKind::Forbidden);
    }
    assert_eq!(
        kind(ai.usage(&author(), None, 1).await),
        ErrorKind::Forbidden
    );
    assert!(world.model.requests().is_empty());
    let refused = world.audit().await;
    let refused = refused.iter().filter(|it| it.outcome == Outcome::Refused);
    let actions: Vec<_> = refused.map(|it| it.action.as_str()).collect();
    assert_eq!(actions, ["read_usage", "use_ai", "use_ai"]);
}

#[tokio::test]
async fn bad_input_is_named_field_by_field() {
    let world = World::new([]);
    let wanted = GeneratePost {
        topic: " ".to_owned(),
        style: Some("haiku".to_owned()),
        tone: Some(String::new()),
        length: Some("endless".to_owned()),
        audience: Some("a\0".to_owned()),
        keywords: vec![String::new(), "k".repeat(101)],
        ..GeneratePost::default()
    };
    let error = world
        .blog
        .ai()
        .generate(&author(), wanted)
        .await
        .unwrap_err();
    let fields = fields(&error);
    let names: Vec<_> = fields.iter().map(|(field, _)| field.as_str()).collect();
    let wanted = [
        "topic", "audience", "keywords", "keywords", "style", "tone", "length",
    ];
    assert_eq!(names, wanted);
    let (_, style) = &fields[4];
    assert!(
        style.starts_with("must be one of article, tutorial"),
        "{style}"
    );
    assert!(world.model.requests().is_empty());
}

#[tokio::test]
async fn without_a_model_the_error_says_what_to_configure() {
    let error = Blog::in_memory().ai().generate(&author(), about("a")).await;
    let error = error.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable { retry: false });
    assert!(
        error
            .to_string()
            .contains("no language model is configured"),
        "{error}"
    );
}

#[tokio::test]
async fn an_outline_takes_a_call_more_and_goes_on_as_data() {
    let outline = json!({"sections": [{"heading": "Begin", "points": ["so"]}]});
    let world = World::new([says(&outline), says(&post("Text."))]);
    let wanted = GeneratePost {
        outline: true,
        ..about("Ferris")
    };
    let generated = world.blog.ai().generate(&author(), wanted).await.unwrap();
    assert_eq!(generated.usage.input, 200);
    assert_eq!(generated.provenance.cost_micros, Some(400));
    let requests = world.model.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].messages[0].text.contains("Begin\n- so"));
    assert_eq!(world.usage().await.len(), 2);
    assert_eq!(world.audit().await.len(), 2);
}

/// An answer that takes its time.
fn after(seconds: u64, value: &Value) -> ScriptedReply {
    ScriptedReply::Answer {
        pieces: vec![value.to_string()],
        pause: Duration::from_secs(seconds),
        stop: StopReason::Finished,
        usage: None,
    }
}

#[tokio::test(start_paused = true)]
async fn an_outline_that_takes_the_text_s_time_is_done_without() {
    let outline = json!({"sections": [{"heading": "Begin", "points": []}]});
    let world = World::new([after(100, &outline), after(150, &post("Text."))]);
    let wanted = GeneratePost {
        outline: true,
        ..about("Ferris")
    };
    let began = Instant::now();
    let generated = world.blog.ai().generate(&author(), wanted).await.unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(240),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(generated.content.body, "Text.");
    let report = &generated.reports[0];
    assert_eq!(
        (&*report.field, report.what),
        ("outline", ReportKind::Unfinished)
    );
    assert!(!world.model.requests()[1].messages[0].text.contains("Begin"));
}

#[tokio::test(start_paused = true)]
async fn a_post_says_what_all_calls_cost_that_were_made_for_it() {
    // The first call is given up, and the second has another shape than it should have.
    let replies = [ScriptedReply::Stall, says(&json!({})), says(&post("Text."))];
    let world = World::new(replies);
    let wanted = GeneratePost {
        outline: true,
        save_as_draft: true,
        ..about("Ferris")
    };
    let generated = world.blog.ai().generate(&author(), wanted).await.unwrap();
    let calls = world.usage().await;
    let spent = calls
        .iter()
        .map(|call| &call.settlement.as_ref().unwrap().spent);
    let [tokens, micros] = spent.fold([0, 0], |[tokens, micros], spent| {
        [tokens + spent.tokens, micros + spent.micros]
    });
    assert_eq!(calls.len(), 3);
    let usage = generated.usage;
    assert_eq!(usage.input + usage.output, tokens);
    assert_eq!(generated.provenance.cost_micros, Some(micros));
    let draft = generated.post.unwrap().version.provenance;
    assert_eq!(draft, Some(generated.provenance));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_takes_too_long_is_told_of_before_nobody_waits() {
    let world = World::new([ScriptedReply::Stall]);
    let began = Instant::now();
    let late = world.blog.ai().generate(&author(), about("a")).await;
    assert_eq!(kind(late), ErrorKind::Unavailable { retry: true });
    assert!(
        began.elapsed() < Duration::from_secs(240),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(world.model.open_calls(), 0);
    // What it may have cost counts.
    let settled = world.usage().await[0].settlement.clone().unwrap();
    assert_eq!(settled.outcome, CallOutcome::Cancelled);
    assert!(settled.spent.tokens > 0);
}

#[tokio::test]
async fn an_answer_of_another_shape_is_asked_for_once_more() {
    let broken = ScriptedReply::answer("Sure! Here is your post.");
    let world = World::new([broken, says(&post("Text."))]);
    let generated = world
        .blog
        .ai()
        .generate(&author(), about("a"))
        .await
        .unwrap();
    assert_eq!(generated.content.body, "Text.");
    let requests = world.model.requests();
    let speakers: Vec<_> = requests[1].messages.iter().map(|it| it.speaker).collect();
    assert_eq!(speakers, [Speaker::User, Speaker::Model, Speaker::User]);
    let outcomes: Vec<_> = world
        .usage()
        .await
        .into_iter()
        .map(|usage| usage.settlement.unwrap().outcome.as_str())
        .collect();
    assert_eq!(outcomes, ["answered", "unusable"]);
    assert_eq!(world.audit().await.len(), 2);

    let empty = json!({"title": "A", "body": " "});
    let world = World::new([says(&empty), ScriptedReply::answer("{}")]);
    let error = world.blog.ai().generate(&author(), about("a")).await;
    assert_eq!(kind(error), ErrorKind::Unavailable { retry: true });
    assert_eq!(world.model.requests().len(), 2);
}

#[tokio::test]
async fn an_answer_that_was_cut_is_kept_as_far_as_it_goes() {
    let cut = r###"{"body": "## A \"crab\"\n\nIt walks side"###;
    let world = World::new([stops(cut, StopReason::Length)]);
    let generated = world
        .blog
        .ai()
        .generate(&author(), about("Ferris"))
        .await
        .unwrap();
    assert_eq!(generated.content.title, "A \"crab\"");
    assert_eq!(generated.content.body, "## A \"crab\"\n\nIt walks side");
    assert_eq!(generated.reports[0].what, ReportKind::Unfinished);
}

#[tokio::test]
async fn a_refusal_is_about_the_topic() {
    for stop in [
        StopReason::Refused(Some("No.".to_owned())),
        StopReason::Filtered,
    ] {
        let world = World::new([stops("", stop)]);
        let error = world.blog.ai().generate(&author(), about("a")).await;
        let error = error.unwrap_err();
        assert_eq!(fields(&error)[0].0, "topic");
        let usage = world.usage().await;
        assert_eq!(
            usage[0].settlement.as_ref().unwrap().outcome.as_str(),
            "unusable"
        );
    }
}

#[tokio::test]
async fn a_topic_that_is_too_long_for_the_model_is_shortened_twice() {
    let model = ScriptedModel::replying(|request: &CompletionRequest| {
        if request.messages[0].text.len() > 3_000 {
            ScriptedReply::Fail(ErrorKind::TooLarge)
        } else {
            says(&post("Text."))
        }
    });
    let world = World::with(model, |_| ());
    let topic = format!("## Part\n\n{}", "It goes on.\n\n".repeat(26)).repeat(25);
    let generated = world
        .blog
        .ai()
        .generate(&author(), about(&topic))
        .await
        .unwrap();
    assert_eq!(generated.reports[0].what, ReportKind::Shortened);
    assert_eq!(generated.reports[0].field, "topic");
    assert_eq!(world.model.requests().len(), 3);

    let never = ScriptedModel::replying(|_| ScriptedReply::Fail(ErrorKind::TooLarge));
    let world = World::with(never, |_| ());
    let error = world.blog.ai().generate(&author(), about(&topic)).await;
    assert_eq!(kind(error), ErrorKind::TooLarge);
    assert_eq!(world.model.requests().len(), 3);
}

fn anything() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "\\PC{0,40}",
        Just("x".repeat(5_000)),
        Just("\0\u{1b}\u{e0041}".to_owned()),
        Just("a//b/ /".to_owned()),
        Just("<script>".to_owned()),
    ];
    prop::collection::vec(word, 0..4).prop_map(|words| words.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_the_model_says_becomes_a_draft_within_the_limits(
        title in anything(),
        body in anything(),
        text in anything(),
        words in prop::collection::vec(anything(), 0..70),
    ) {
        let answer = json!({
            "title": title, "body": format!("a{body}"), "excerpt": text, "tags": words,
            "category": text,
            "seo": {"title": title, "description": text, "keywords": words},
        });
        let world = World::new([says(&answer)]);
        let wanted = GeneratePost { save_as_draft: true, ..about("Ferris") };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let author = author();
        let generated = runtime.block_on(world.blog.ai().generate(&author, wanted)).unwrap();
        prop_assert!(generated.post.is_some(), "{:?}", generated.reports);
        prop_assert!(generated.reports.len() <= 100);
    }
}
