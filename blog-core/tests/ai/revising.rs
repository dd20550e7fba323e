use std::time::Duration;

use blog_core::domain::{Actor, PostId, Provenance, Role};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::{CompletionRequest, StopReason};
use blog_core::services::ai::{Goal, ReportKind, Revised, Rewrite, Shorten, Subject};
use blog_core::{Blog, ErrorKind, Result};
use serde_json::{Value, json};

use crate::world::{World, actor, author, fields, kind, says, stops};

const TEXT: &str = "# A title\n\nUse `rm -r` as\nyou [like](https://a.test/b).\n\n- An item\n- Another\n\n\
    | a | b |\n|---|---|\n| c | d |";

fn parts(parts: &[(usize, &str)]) -> ScriptedReply {
    let part = |(number, text): &(usize, &str)| json!({"number": number, "text": text});
    says(&json!({"parts": parts.iter().map(part).collect::<Vec<_>>()}))
}

/// The lines that a model is shown, with their numbers.
pub(crate) fn shown(request: &CompletionRequest) -> Vec<(usize, String)> {
    let lines = request.messages[0].text.lines();
    let numbered = lines.filter_map(|line| line.split_once(' '));
    numbered
        .filter_map(|(number, text)| Some((number.parse().ok()?, text.to_owned())))
        .collect()
}

/// A model that answers each line so.
pub(crate) fn by_line(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> ScriptedModel {
    ScriptedModel::replying(move |request| {
        let parts = shown(request).into_iter();
        let parts = parts.map(|(number, text)| json!({"number": number, "text": answer(&text)}));
        says(&json!({"parts": parts.collect::<Vec<Value>>()}))
    })
}

fn rewrite(text: &str) -> Rewrite {
    Rewrite {
        subject: Subject::Text(text.to_owned()),
        instruction: None,
        style: None,
        tone: None,
    }
}

fn shorten(text: &str, goal: Goal) -> Shorten {
    Shorten {
        subject: Subject::Text(text.to_owned()),
        goal,
    }
}

async fn rewritten(world: &World, text: &str) -> Revised {
    let wanted = rewrite(text);
    world.blog.ai().rewrite(&author(), &wanted).await.unwrap()
}

/// What becomes of each paragraph.
fn changes(revised: &Revised) -> Vec<(usize, &str, &str)> {
    let paragraphs = revised.paragraphs.iter();
    paragraphs
        .map(|it| (it.index, it.before.as_str(), it.after.as_str()))
        .collect()
}

#[tokio::test]
async fn each_paragraph_that_changes_comes_with_what_stands_there() {
    let answer = parts(&[
        (0, "You [may](#1) use\n`#0`."),
        (2, "Another"),
        (1, "One item"),
    ]);
    let world = World::new([answer]);
    let revised = rewritten(&world, TEXT).await;
    let before = "Use `rm -r` as\nyou [like](https://a.test/b).";
    let after = "You [may](https://a.test/b) use `rm -r`.";
    assert_eq!(
        changes(&revised),
        [(0, before, after), (1, "An item", "One item")]
    );
    assert!(TEXT.contains(before));
    assert_eq!(revised.engine.to_string(), "model:scripted");
    assert_eq!((revised.usage.output, revised.cost_micros), (50, Some(200)));
    assert!(revised.reports.is_empty());
    let told = &world.model.requests()[0].messages[0].text;
    assert!(told.contains("\n0 Use `#0` as you [like](#1).\n"), "{told}");
    assert!(
        !told.contains("A title") && !told.contains("rm -r"),
        "{told}"
    );
}

#[tokio::test]
async fn a_paragraph_is_told_from_others_that_say_the_same() {
    let above = "---\ntitle: 😀\n---\n\n```\nSee below.\n```\n\n- See below.\n- Other\n- ";
    let text = format!("{above}See below.\n");
    let world = World::new([parts(&[(2, "Look below.")])]);
    let revised = rewritten(&world, &text).await;
    assert_eq!(changes(&revised), [(2, "See below.", "Look below.")]);
    let units = above.encode_utf16().count();
    assert_eq!(revised.paragraphs[0].start, units);
}

#[tokio::test]
async fn a_paragraph_that_would_lose_more_than_words_stays_and_that_is_said() {
    let answer = parts(&[
        (0, "Use it as you [like](#1)."),
        (1, "`An` item"),
        (9, "No such"),
    ]);
    let revised = rewritten(&World::new([answer]), TEXT).await;
    assert_eq!(changes(&revised), []);
    let put_back = revised.reports.iter().map(|it| (it.what, it.text.as_str()));
    let put_back: Vec<_> = put_back.collect();
    assert_eq!(
        put_back,
        [
            (ReportKind::PutBack, "Use `#0` as you [like](#1)."),
            (ReportKind::PutBack, "An item")
        ]
    );
}

#[tokio::test]
async fn an_instruction_is_data_and_style_and_tone_are_the_blog_s_own_words() {
    let world = World::new([parts(&[])]);
    let wanted = Rewrite {
        instruction: Some("Shorter sentences.".to_owned()),
        style: Some("essay".to_owned()),
        tone: Some("formal".to_owned()),
        ..rewrite(TEXT)
    };
    let ai = world.blog.ai();
    let revised = ai.rewrite(&author(), &wanted).await.unwrap();
    assert!(revised.paragraphs.is_empty());
    let request = &world.model.requests()[0];
    assert!(request.messages[0].text.contains("begin instruction "));
    assert!(!request.instructions.contains("Shorter sentences."));
    for words in ["an essay that follows", "formal and exact"] {
        assert!(request.instructions.contains(words));
    }
}

#[tokio::test]
async fn a_text_gets_shorter_paragraph_by_paragraph() {
    let answer = parts(&[(0, "Use `#0`."), (1, ""), (2, "Another one that is longer")]);
    let world = World::new([answer]);
    let wanted = shorten(TEXT, Goal::Share(0.5));
    let revised = world.blog.ai().shorten(&author(), &wanted).await.unwrap();
    let after: Vec<_> = revised
        .paragraphs
        .iter()
        .map(|it| it.after.as_str())
        .collect();
    assert_eq!(after, ["Use `rm -r`.", ""]);
    assert_eq!(revised.reports[0].what, ReportKind::PutBack);
    assert!(
        world.model.requests()[0]
            .instructions
            .contains("50 percent")
    );
}

#[tokio::test]
async fn a_number_of_words_is_a_share_of_those_that_there_are() {
    let text = format!(
        "{}.\n\n# Heading of five words here",
        "word ".repeat(100).trim_end()
    );
    let world = World::new([parts(&[])]);
    let ai = world.blog.ai();
    let wanted = shorten(&text, Goal::Words(40));
    ai.shorten(&author(), &wanted).await.unwrap();
    assert!(
        world.model.requests()[0]
            .instructions
            .contains("40 percent")
    );
    for (goal, field) in [
        (Goal::Words(9), "to"),
        (Goal::Words(91), "to"),
        (Goal::Share(0.95), "share"),
        (Goal::Share(f64::NAN), "share"),
    ] {
        let error = ai.shorten(&author(), &shorten(&text, goal)).await;
        assert_eq!(fields(&error.unwrap_err())[0].0, field, "{goal:?}");
    }
}

#[tokio::test]
async fn a_long_text_is_shown_in_parts_and_all_of_it_is_worked_on() {
    let world = World::with(by_line(str::to_uppercase), |_| ());
    let text = "The same again, and on it goes.\n\n".repeat(500);
    let revised = rewritten(&world, &text).await;
    assert_eq!(revised.paragraphs.len(), 500);
    let requests = world.model.requests();
    assert!((2..=4).contains(&requests.len()), "{}", requests.len());
    assert_eq!(revised.usage.output, 50 * requests.len() as u64);
    // Each part is sent to the model, and audited.
    assert_eq!(world.audit().await.len(), requests.len());
}

#[tokio::test]
async fn what_a_model_cannot_take_stays_and_that_is_said() {
    let model = ScriptedModel::replying(|request| {
        if request.messages[0].text.len() > 500 {
            return ScriptedReply::Fail(ErrorKind::TooLarge);
        }
        let parts = shown(request).into_iter();
        let parts = parts.map(|(number, _)| json!({"number": number, "text": "Changed."}));
        says(&json!({"parts": parts.collect::<Vec<Value>>()}))
    });
    let world = World::with(model, |_| ());
    let long = format!("{}.\n\nShort.", "word ".repeat(200).trim_end());
    let revised = rewritten(&world, &long).await;
    // Of what was cut, an answer would not say all.
    assert!(revised.paragraphs.iter().all(|it| it.before == "Short."));
    assert!(
        revised
            .reports
            .iter()
            .any(|it| it.what == ReportKind::PutBack)
    );
    let endless = "a".repeat(12_001);
    let revised = rewritten(&world, &endless).await;
    assert_eq!(revised.reports[0].what, ReportKind::PutBack);
    assert!(revised.paragraphs.is_empty());
}

/// A text of which each paragraph is shown by itself.
fn long(paragraphs: usize) -> String {
    let paragraph = |number| format!("{number} {}", "words ".repeat(900));
    let paragraphs: Vec<_> = (0..paragraphs).map(paragraph).collect();
    paragraphs.join("\n\n")
}

/// The numbers of the paragraphs that change, and how many stay, as the reports say.
fn changed_and_put_back(revised: &Revised) -> (Vec<usize>, usize) {
    let changed = revised.paragraphs.iter().map(|it| it.index).collect();
    let put_back = revised.reports.iter();
    let put_back = put_back.filter(|it| it.what == ReportKind::PutBack);
    (changed, put_back.count())
}

#[tokio::test]
async fn what_is_paid_for_is_answered_though_a_later_part_fails() {
    let refused = || stops("", StopReason::Refused(None));
    let answered = |number| parts(&[(number, "Less.")]);
    let busy = || ScriptedReply::Fail(ErrorKind::Unavailable { retry: true });
    for (replies, changed) in [
        (vec![answered(0), busy()], vec![0]),
        (
            vec![answered(0), refused(), answered(2), answered(3)],
            vec![0, 2, 3],
        ),
        (vec![refused(), answered(1), busy()], vec![1]),
    ] {
        let world = World::new(replies);
        let revised = rewritten(&world, &long(4)).await;
        let put_back = 4 - changed.len();
        assert_eq!(changed_and_put_back(&revised), (changed, put_back));
        let usage = world.usage().await.into_iter();
        let spent = usage.filter_map(|it| Some(it.settlement?.spent.micros));
        assert_eq!(revised.cost_micros, Some(spent.sum()));
    }
    for (replies, expected) in [
        (vec![busy()], ErrorKind::Unavailable { retry: true }),
        (
            vec![refused(), busy()],
            ErrorKind::Unavailable { retry: true },
        ),
    ] {
        let world = World::new(replies);
        let failed = world.blog.ai().rewrite(&author(), &rewrite(&long(4))).await;
        assert_eq!(kind(failed), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_slow_model_has_no_time_for_is_left_out() {
    let answered = |number, seconds| {
        let answer = json!({"parts": [{"number": number, "text": "Less."}]});
        ScriptedReply::Answer {
            pieces: vec![answer.to_string()],
            pause: Duration::from_secs(seconds),
            stop: StopReason::Finished,
            usage: None,
        }
    };
    let slow = World::new([answered(0, 100), answered(1, 100), answered(2, 100)]);
    let revised = rewritten(&slow, &long(3)).await;
    assert_eq!(changed_and_put_back(&revised), (vec![0, 1], 1));
    assert_eq!(slow.model.requests().len(), 2);
    let stalled = World::new([answered(0, 1), answered(1, 1_000)]);
    let revised = rewritten(&stalled, &long(3)).await;
    assert_eq!(changed_and_put_back(&revised), (vec![0], 2));
}

#[tokio::test]
async fn a_model_that_takes_less_is_shown_less_at_once() {
    let model = ScriptedModel::replying(|request| {
        if request.messages[0].text.len() > 1_500 {
            return ScriptedReply::Fail(ErrorKind::TooLarge);
        }
        let parts = shown(request).into_iter();
        let parts = parts.map(|(number, _)| json!({"number": number, "text": "Changed."}));
        says(&json!({"parts": parts.collect::<Vec<Value>>()}))
    });
    let world = World::with(model, |_| ());
    let paragraph = "word ".repeat(50);
    let text = vec![paragraph.trim_end(); 20].join("\n\n");
    let revised = rewritten(&world, &text).await;
    assert_eq!(changed_and_put_back(&revised), ((0..20).collect(), 0));
    assert!(revised.usage.output <= 8 * 50, "{:?}", revised.usage);
}

#[tokio::test]
async fn what_cannot_be_left_out_without_changing_something_else_stays() {
    let answer = parts(&[(1, ""), (2, "")]);
    let wanted = shorten("Things I like:\n- crabs\n- fish", Goal::Share(0.5));
    let world = World::new([answer]);
    let revised = world.blog.ai().shorten(&author(), &wanted).await.unwrap();
    assert_eq!(changes(&revised), [(2, "fish", "")]);
    let put_back = revised.reports.iter().map(|it| (it.what, it.text.as_str()));
    assert_eq!(
        put_back.collect::<Vec<_>>(),
        [(ReportKind::PutBack, "crabs")]
    );
}

#[tokio::test]
async fn bad_input_is_named() {
    let world = World::new([]);
    let ai = world.blog.ai();
    let long = |text: &str, count: usize| Some(text.repeat(count));
    let fine = || rewrite("Text.");
    for (wrong, field) in [
        (rewrite(" "), "text"),
        (rewrite("a\0"), "text"),
        (rewrite(&"a ".repeat(50_001)), "text"),
        (rewrite(&"a\n\n".repeat(4_001)), "text"),
        (
            Rewrite {
                instruction: long("a", 2_001),
                ..fine()
            },
            "instruction",
        ),
        (
            Rewrite {
                style: long("haiku", 1),
                ..fine()
            },
            "style",
        ),
        (
            Rewrite {
                tone: long("loud", 1),
                ..fine()
            },
            "tone",
        ),
    ] {
        let error = ai.rewrite(&author(), &wrong).await.unwrap_err();
        assert_eq!(fields(&error)[0].0, field);
    }
    let draft = world.draft(&author(), &"a ".repeat(50_001)).await;
    let subject = Subject::Post(draft.post.id);
    let wanted = Rewrite { subject, ..fine() };
    let error = ai.rewrite(&author(), &wanted).await.unwrap_err();
    assert_eq!(fields(&error)[0].0, "post");
    assert!(world.model.requests().is_empty());
}

/// Rewrites what a post's body says by now.
fn rewrite_body(post: PostId, text: &str) -> Rewrite {
    let text = text.to_owned();
    Rewrite {
        subject: Subject::Body { post, text },
        ..rewrite("")
    }
}

#[tokio::test]
async fn suggestions_for_a_post_are_paid_for_as_its_own_and_nobody_makes_up_where_they_come_from() {
    let answer = || parts(&[(0, "Now.")]);
    let world = World::new([answer(), answer(), answer()]);
    let (ada, eve) = (author(), Actor::user("eve", "Eve", Role::Author));
    let post = world.draft(&ada, "Stored.").await.post.id;
    let other = world.draft(&ada, "Other.").await.post.id;
    let ai = world.blog.ai();
    let wanted = rewrite_body(post, "Then.");
    let revised = ai.rewrite(&ada, &wanted).await.unwrap();
    assert_eq!(changes(&revised), [(0, "Then.", "Now.")]);
    assert_eq!(world.usage().await[0].call.post, Some(post));
    assert_eq!(world.audit().await[0].post, Some(post));
    let receipt = revised.receipt.unwrap();
    assert_eq!((&*receipt.model, &receipt.requester), ("scripted", &ada.id));
    // The same answer once more.
    ai.rewrite(&ada, &wanted).await.unwrap();
    ai.check_suggested(&ada, post, &receipt).await.unwrap();
    let cheaper = Provenance {
        cost_micros: Some(0),
        ..receipt.clone()
    };
    for (actor, post, receipt) in [
        (&ada, post, &cheaper),
        (&ada, other, &receipt),
        (&eve, post, &receipt),
    ] {
        let refused = ai.check_suggested(actor, post, receipt).await.unwrap_err();
        assert_eq!(fields(&refused)[0].0, "receipt");
    }
    // Of what is no post's nobody keeps it.
    assert_eq!(rewritten(&world, "Then.").await.receipt, None);
    let refused = ai.rewrite(&eve, &wanted).await;
    assert_eq!(kind(refused), ErrorKind::NotFound);
    assert_eq!(world.model.requests().len(), 3);
}

#[tokio::test]
async fn a_post_s_body_has_no_front_matter_whatever_it_begins_with() {
    let body = "---\n\nNote: the first.\n\n---\n\nThe second.\n";
    let answer = || parts(&[(0, "One."), (1, "Two.")]);
    let world = World::new([answer(), answer(), parts(&[(0, "Two.")])]);
    let post = world.draft(&author(), body).await.post.id;
    let ai = world.blog.ai();
    let expected = [(0, "Note: the first.", "One."), (1, "The second.", "Two.")];
    let revised = ai.rewrite(&author(), &rewrite_body(post, body)).await;
    assert_eq!(changes(&revised.unwrap()), expected);
    let subject = Subject::Post(post);
    let wanted = Rewrite {
        subject,
        ..rewrite("")
    };
    let revised = ai.rewrite(&author(), &wanted).await;
    assert_eq!(changes(&revised.unwrap()), expected);
    // A text of one's own may have one.
    let revised = rewritten(&world, body).await;
    assert_eq!(changes(&revised), [(0, "The second.", "Two.")]);
}

#[tokio::test]
async fn without_a_model_nothing_is_worded_anew() {
    let blog = Blog::in_memory();
    let refused: Result<Revised> = blog.ai().rewrite(&author(), &rewrite(TEXT)).await;
    assert_eq!(kind(refused), ErrorKind::Unavailable { retry: false });
    let reader = actor(Role::Reader);
    let wanted = shorten(TEXT, Goal::Share(0.5));
    let refused = blog.ai().shorten(&reader, &wanted).await;
    assert_eq!(kind(refused), ErrorKind::Forbidden);
}
