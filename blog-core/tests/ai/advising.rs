use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::services::ai::{ModerationLabel, PictureText, Subject};
use blog_core::{Blog, ErrorKind};
use serde_json::json;

use crate::world::{World, author, fields, kind, says};

const TEXT: &str = "# By the sea\n\nWe went *down* to the shore.\n\n![](/media/red-crab.jpg?w=9 \"Noon\")\n\n\
    It ran away. ![old `alt`](https://a.test/shell.png) Then ![](/media/red-crab.jpg?w=9 \"Noon\") again.";

fn text(text: &str) -> Subject {
    Subject::Text(text.to_owned())
}

fn alt(url: &str, alt: &str) -> PictureText {
    PictureText {
        url: url.to_owned(),
        alt: alt.to_owned(),
    }
}

#[tokio::test]
async fn pictures_are_described_by_what_stands_around_them() {
    let answer = json!({"pictures": [
        {"number": 1, "alt": "A shell"}, {"number": 0, "alt": "A red <b>crab</b>\non sand"},
        {"number": 5, "alt": "No such"},
    ]});
    let world = World::new([says(&answer)]);
    let ai = world.blog.ai();
    let found = ai.alt_text(&author(), &text(TEXT), None).await.unwrap();
    let expected = [
        alt("/media/red-crab.jpg?w=9", "A red crab on sand"),
        alt("https://a.test/shell.png", "A shell"),
    ];
    assert_eq!(found.value, expected);
    let request = &world.model.requests()[0];
    let told = &request.messages[0].text;
    for known in [
        "file: red-crab.jpg\n",
        "title: Noon\n",
        "before: By the sea We went down to the shore.\n",
        "after: It ran away.",
        "text: old alt\n",
    ] {
        assert!(told.contains(known), "{known} in {told}");
        assert!(!request.instructions.contains(known.trim()));
    }
}

#[tokio::test]
async fn one_picture_of_a_text_can_be_asked_for() {
    let world = World::new([says(
        &json!({"pictures": [{"number": 0, "alt": "A shell"}]}),
    )]);
    let ai = world.blog.ai();
    let shell = "https://a.test/shell.png";
    let found = ai
        .alt_text(&author(), &text(TEXT), Some(shell))
        .await
        .unwrap();
    assert_eq!(found.value, [alt(shell, "A shell")]);
    let error = ai
        .alt_text(&author(), &text(TEXT), Some("/other.png"))
        .await;
    assert_eq!(fields(&error.unwrap_err())[0].0, "image");
    let none = ai
        .alt_text(&author(), &text("No picture."), None)
        .await
        .unwrap();
    assert!(none.value.is_empty());
    assert_eq!(world.model.requests().len(), 1);
}

#[tokio::test]
async fn of_many_pictures_the_first_are_described_in_few_words() {
    let model = ScriptedModel::replying(|request| {
        let count = request.messages[0].text.matches("file: ").count();
        let pictures = (0..count).map(|number| json!({"number": number, "alt": "a ".repeat(500)}));
        says(&json!({"pictures": pictures.collect::<Vec<_>>()}))
    });
    let world = World::with(model, |_| ());
    let many: String = (0..60)
        .map(|number| format!("![]({number}.png) {} ", "b".repeat(900)))
        .collect();
    let found = world
        .blog
        .ai()
        .alt_text(&author(), &text(&many), None)
        .await
        .unwrap();
    assert_eq!(found.value.len(), 50);
    assert!(found.value.iter().all(|it| it.alt.chars().count() <= 200));
    assert!(world.model.requests()[0].messages[0].text.len() < 60_000);
}

#[tokio::test]
async fn a_comment_gets_a_label_and_reasons() {
    let answer =
        json!({"label": "spam", "score": 0.9, "reasons": ["It <b>sells</b>.", " ", "b", "c", "d"]});
    let world = World::new([says(&answer)]);
    let ai = world.blog.ai();
    let found = ai
        .moderate(&author(), "Buy this: https://a.test")
        .await
        .unwrap();
    assert_eq!(found.engine.to_string(), "model:scripted");
    let value = found.value;
    assert_eq!((value.label, value.score), (ModerationLabel::Spam, 0.9));
    assert_eq!(value.reasons, ["It sells.", "b"]);
    assert_eq!(world.usage().await[0].call.purpose, "moderate");
}

#[tokio::test]
async fn a_judgement_that_is_none_is_asked_for_once_more() {
    let sound = json!({"label": "abusive", "score": 1, "reasons": []});
    for broken in [
        json!({"label": "nice", "score": 1, "reasons": []}),
        json!({"label": "ok", "score": 1.1, "reasons": []}),
        json!({"label": "ok", "score": -1, "reasons": []}),
        json!({"label": "ok"}),
    ] {
        let world = World::new([says(&broken), says(&sound)]);
        let found = world.blog.ai().moderate(&author(), "You!").await.unwrap();
        assert_eq!(found.value.label, ModerationLabel::Abusive, "{broken}");
    }
}

#[tokio::test]
async fn nobody_is_judged_without_a_model_or_by_one_that_fails() {
    let blog = Blog::in_memory();
    let refused = blog.ai().moderate(&author(), "Hello").await;
    assert_eq!(kind(refused), ErrorKind::Unavailable { retry: false });
    let refused = blog.ai().alt_text(&author(), &text(TEXT), None).await;
    assert_eq!(kind(refused), ErrorKind::Unavailable { retry: false });
    let fails = |_: &_| ScriptedReply::Fail(ErrorKind::Unavailable { retry: true });
    let world = World::with(ScriptedModel::replying(fails), |_| ());
    let failed = world.blog.ai().moderate(&author(), "Hello").await;
    assert_eq!(kind(failed), ErrorKind::Unavailable { retry: true });
}

#[tokio::test]
async fn bad_input_is_named() {
    let world = World::new([]);
    let ai = world.blog.ai();
    for wrong in ["", " \n", "a\0", &"a".repeat(10_001)] {
        let error = ai.moderate(&author(), wrong).await.unwrap_err();
        assert_eq!(fields(&error)[0].0, "text");
    }
    let error = ai.alt_text(&author(), &text(""), None).await.unwrap_err();
    assert_eq!(fields(&error)[0].0, "text");
}
