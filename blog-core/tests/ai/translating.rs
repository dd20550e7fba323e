use blog_core::domain::{Content, Locale, Role, Seo, VersionKind};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::View;
use blog_core::render::parser;
use blog_core::services::NewPost;
use blog_core::services::ai::{ReportKind, Subject, Translate, Translated};
use blog_core::{Blog, ErrorKind};
use proptest::prelude::*;
use serde_json::json;

use crate::revising::by_line;
use crate::world::{World, actor, author, fields, kind, says};

fn german() -> Locale {
    Locale::parse("de").unwrap()
}

fn of(subject: Subject) -> Translate {
    Translate {
        subject,
        to: german(),
        save_as_draft: false,
    }
}

async fn translated(world: &World, text: &str) -> Translated {
    let wanted = of(Subject::Text(text.to_owned()));
    world.blog.ai().translate(&author(), &wanted).await.unwrap()
}

fn loud() -> World {
    World::with(by_line(str::to_uppercase), |_| ())
}

fn content() -> Content {
    Content {
        title: "On crabs".to_owned(),
        body: "They *walk* [so](/b).\n\n```\ncode\n```\n".to_owned(),
        excerpt: Some("A few words.".to_owned()),
        tags: vec!["crabs".to_owned()],
        category: Some("Animals".to_owned()),
        cover: Some("/media/crab.png".to_owned()),
        seo: Seo {
            title: Some("Crabs".to_owned()),
            keywords: vec!["crab".to_owned()],
            canonical_url: Some("https://example.org/crabs".to_owned()),
            ..Seo::default()
        },
        ..Content::default()
    }
}

async fn post(world: &World) -> Subject {
    let new = NewPost {
        content: content(),
        ..NewPost::default()
    };
    let view = world.blog.posts().create(&author(), new).await.unwrap();
    Subject::Post(view.post.id)
}

#[tokio::test]
async fn all_but_the_words_of_a_text_stays() {
    let text = "+++\ntitle = \"A title\" # kept\ndate = 2026-01-01\n[extra]\ntitle = \"kept\"\n+++\n\n\
        # One\n\nSee <b>it</b> at https://a.test/b and `code`.\n\n```sh\nls\n```\n";
    let world = loud();
    let found = translated(&world, text).await;
    let expected = "+++\ntitle = \"A TITLE\" # kept\ndate = 2026-01-01\n[extra]\ntitle = \"kept\"\n+++\n\n\
        # ONE\n\nSEE <b>IT</b> AT https://a.test/b AND `code`.\n\n```sh\nls\n```\n";
    assert_eq!(found.content.body, expected);
    assert_eq!((found.language, found.reports), (german(), vec![]));
    let request = &world.model.requests()[0];
    assert!(request.messages[0].text.contains("\nde\nend language "));
}

#[tokio::test]
async fn a_post_s_translation_becomes_a_draft_of_its_own() {
    let world = loud();
    let subject = post(&world).await;
    let Subject::Post(id) = subject else {
        panic!("a post");
    };
    let wanted = Translate {
        save_as_draft: true,
        ..of(subject)
    };
    let ai = world.blog.ai();
    let found = ai.translate(&author(), &wanted).await.unwrap();
    let draft = found.post.unwrap();
    assert_eq!(draft.post.translation_of, Some(id));
    assert_eq!(
        (&draft.post.locale, draft.post.ai_generated),
        (&german(), true)
    );
    assert_eq!(draft.version.kind, VersionKind::Ai);
    assert_eq!(
        draft.version.provenance.as_ref().unwrap().prompt,
        "translate 1"
    );
    let expected = Content {
        title: "ON CRABS".to_owned(),
        body: "THEY *WALK* [SO](/b).\n\n```\ncode\n```\n".to_owned(),
        excerpt: Some("A FEW WORDS.".to_owned()),
        seo: Seo {
            title: Some("CRABS".to_owned()),
            ..Seo::default()
        },
        ..content()
    };
    assert_eq!(
        (&draft.version.content, &found.content),
        (&expected, &expected)
    );
    let original = world
        .blog
        .posts()
        .get(&author(), id, View::Head)
        .await
        .unwrap();
    assert_eq!(original.version.content, content());
    assert_eq!(world.usage().await[0].call.post, Some(id));
}

#[tokio::test]
async fn what_a_model_leaves_out_or_breaks_stays_in_its_language_and_that_is_said() {
    let answer = json!({"parts": [
        {"number": 0, "text": "Eins ohne Code"}, {"number": 2, "text": "Drei <script>alert(1)</script>"},
        {"number": 2, "text": "Zweimal"}, {"number": 7, "text": "Nie gefragt"},
    ]});
    let world = World::new([says(&answer)]);
    let found = translated(&world, "One `code`\n\nTwo\n\nThree").await;
    assert_eq!(found.content.body, "One `code`\n\nTwo\n\nDrei");
    let reports = found.reports.iter().map(|it| (it.what, it.text.as_str()));
    let put_back = reports.filter(|(what, _)| *what == ReportKind::PutBack);
    let put_back: Vec<_> = put_back.map(|(_, text)| text).collect();
    assert_eq!(put_back, ["Two", "One `#0`"]);
}

#[tokio::test]
async fn what_stays_in_its_language_is_said_with_its_field() {
    let answer =
        json!({"parts": [{"number": 0, "text": ""}, {"number": 1, "text": "Wenige Worte."}]});
    let world = World::new([says(&answer)]);
    let wanted = of(post(&world).await);
    let found = world.blog.ai().translate(&author(), &wanted).await.unwrap();
    let put_back = |found: &Translated| {
        let reports = found.reports.iter();
        let put_back = reports.filter(|it| it.what == ReportKind::PutBack);
        let mut fields: Vec<_> = put_back.map(|it| it.field.clone()).collect();
        fields.sort();
        fields
    };
    assert_eq!(put_back(&found), ["body", "seo.title", "title"]);
    assert_eq!(found.content.title, "On crabs");
    let world = World::new([says(&json!({"parts": [{"number": 1, "text": "Worte."}]}))]);
    let found = translated(&world, "\u{feff}---\ntitle: A\n---\nWords.").await;
    assert_eq!(put_back(&found), ["front_matter"]);
    assert_eq!(found.content.body, "\u{feff}---\ntitle: A\n---\nWorte.");
}

#[tokio::test]
async fn a_draft_that_cannot_be_stored_is_reported() {
    // The post's own limits hold for its translation, whose title the guards cut: what is left may be none.
    let world = World::with(by_line(|_| "<b></b>".to_owned()), |_| ());
    let subject = post(&world).await;
    let wanted = Translate {
        save_as_draft: true,
        ..of(subject)
    };
    let ai = world.blog.ai();
    let found = ai.translate(&author(), &wanted).await.unwrap();
    assert_eq!(found.post.unwrap().version.content.title, "On crabs");
}

#[tokio::test]
async fn bad_input_is_named() {
    let world = World::new([]);
    let subject = post(&world).await;
    let ai = world.blog.ai();
    let text = || Subject::Text("Text.".to_owned());
    for (wrong, field) in [
        (of(Subject::Text(String::new())), "text"),
        (of(Subject::Text("a ".repeat(50_001))), "text"),
        (
            Translate {
                save_as_draft: true,
                ..of(text())
            },
            "save_as_draft",
        ),
        (
            Translate {
                to: Locale::default(),
                ..of(subject)
            },
            "to",
        ),
    ] {
        let error = ai.translate(&author(), &wrong).await.unwrap_err();
        assert_eq!(fields(&error)[0].0, field);
    }
    let blog = Blog::in_memory();
    let refused = blog.ai().translate(&author(), &of(text())).await;
    assert_eq!(kind(refused), ErrorKind::Unavailable { retry: false });
    let refused = ai.translate(&actor(Role::Reader), &of(text())).await;
    assert_eq!(kind(refused), ErrorKind::Forbidden);
    assert!(world.model.requests().is_empty());
}

#[tokio::test]
async fn a_model_that_answers_nothing_it_was_asked_is_asked_once_more() {
    let answer = |number: usize| says(&json!({"parts": [{"number": number, "text": "Eins"}]}));
    let world = World::new([answer(9), answer(0)]);
    assert_eq!(translated(&world, "One").await.content.body, "Eins");
    let stubborn = ScriptedModel::replying(move |_| ScriptedReply::answer("{}"));
    let world = World::with(stubborn, |_| ());
    let wanted = of(Subject::Text("One".to_owned()));
    let failed = world.blog.ai().translate(&author(), &wanted).await;
    assert_eq!(kind(failed), ErrorKind::Unavailable { retry: true });
}

/// Markdown of what it is made of.
fn markdown() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zéß .,#|>*_`~\\[\\]()!<&;:=+0-9\\\\-]{0,12}",
        Just("\n\n".to_owned()),
        Just("\n> ".to_owned()),
        Just("\n- ".to_owned()),
        Just("\n1. ".to_owned()),
        Just("\n```rust\nlet a = 1;\n```\n".to_owned()),
        Just("\n## ".to_owned()),
        Just("  \n".to_owned()),
        Just("`code`".to_owned()),
        Just("[link](https://a.test/b \"c\")".to_owned()),
        Just("![alt](d.png)".to_owned()),
        Just("[ref][e]\n\n[e]: /f\n\n".to_owned()),
        Just("<b>bold</b>".to_owned()),
        Just("\n\n<div>\nhtml\n</div>\n\n".to_owned()),
        Just(" https://g.test/h_i?j ".to_owned()),
        Just("\n|a|b|\n|-|:-:|\n|c|d|\n".to_owned()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Everything but words: the blocks, code, links and HTML, in order.
fn structure(markdown: &str) -> Vec<String> {
    use pulldown_cmark::{Event, Tag};
    let mut code = false;
    let kept = parser(markdown).filter_map(|event| {
        match &event {
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => code = false,
            _ => {}
        }
        match event {
            Event::Text(text) => code.then(|| text.into_string()),
            Event::SoftBreak => None,
            Event::Start(Tag::Link {
                dest_url, title, ..
            }) => Some(format!("link {dest_url} {title}")),
            Event::Start(Tag::Image {
                dest_url, title, ..
            }) => Some(format!("image {dest_url} {title}")),
            other => Some(format!("{other:?}")),
        }
    });
    kept.collect()
}

proptest! {
    #[test]
    fn a_model_that_only_changes_words_keeps_code_links_and_structure(text in markdown()) {
        prop_assume!(!text.trim().is_empty());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let found = runtime.block_on(async { translated(&loud(), &text).await });
        prop_assert_eq!(structure(&found.content.body), structure(&text), "{}", found.content.body);
    }
}
