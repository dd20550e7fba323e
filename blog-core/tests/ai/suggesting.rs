use blog_core::consumers::catch_up;
use blog_core::domain::{Content, PostId, Role, Transition};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::services::NewPost;
use blog_core::services::ai::{
    Engine, ReportKind, Subject, Suggest, SuggestionKind, Suggestions, Topic,
};
use blog_core::{Blog, ErrorKind};
use serde_json::json;

use crate::world::{World, actor, author, fields, kind, says};

const TEXT: &str = "# How crabs walk\n\nCrabs walk sideways. The hermit crab borrows shells, and the hermit crab \
    changes shells often. A fiddler crab waves.\n\n## Why they walk sideways\n\nTheir legs bend outwards.";

fn suggest(kinds: &[SuggestionKind]) -> Suggest {
    Suggest {
        subject: Subject::Text(TEXT.to_owned()),
        kinds: kinds.to_vec(),
        count: 5,
        fall_back: false,
    }
}

/// A post of an editor, published or not, that the index knows.
async fn post(blog: &Blog, title: &str, body: &str, tags: &[&str], is_published: bool) -> PostId {
    let editor = actor(Role::Editor);
    let new = NewPost {
        content: Content {
            title: title.to_owned(),
            body: body.to_owned(),
            tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
            ..Content::default()
        },
        ..NewPost::default()
    };
    let posts = blog.posts();
    let id = posts.create(&editor, new).await.unwrap().post.id;
    if is_published {
        let publish = posts.change_status(&editor, id, Transition::Publish, None);
        publish.await.unwrap();
    }
    catch_up(blog).await.unwrap();
    id
}

async fn suggested(blog: &Blog, wanted: &Suggest) -> Suggestions {
    blog.ai().suggest(&author(), wanted).await.unwrap().value
}

#[tokio::test]
async fn of_a_text_without_headings_only_the_beginning_is_its_title() {
    let world = World::new([says(&json!({"titles": ["Sideways"]}))]);
    let wanted = Suggest {
        subject: Subject::Text("Crabs walk on. ".repeat(200)),
        ..suggest(&[SuggestionKind::Titles])
    };
    assert_eq!(suggested(&world.blog, &wanted).await.titles, ["Sideways"]);
    let told = &world.model.requests()[0].messages[0].text;
    let titles = told.lines().filter(|line| line.ends_with('…'));
    let lengths: Vec<_> = titles.map(|title| title.chars().count()).collect();
    assert!(lengths.len() == 1 && lengths[0] <= 300, "{told}");
}

#[tokio::test]
async fn without_a_model_what_there_is_makes_suggestions() {
    let blog = Blog::in_memory();
    let shells = post(
        &blog,
        "Shells",
        "On the hermit crab.",
        &["Hermit Crab"],
        true,
    )
    .await;
    post(
        &blog,
        "Secret shells",
        "The hermit crab, still secret.",
        &["fiddler"],
        false,
    )
    .await;
    let mut wanted = suggest(&[]);
    let found = blog.ai().suggest(&author(), &wanted).await.unwrap();
    assert_eq!(found.engine, Engine::Local);
    let Suggestions {
        titles,
        topics,
        links,
        tags,
    } = found.value;
    assert_eq!(titles, ["Why they walk sideways"]);
    assert_eq!(tags, ["Hermit Crab"]);
    let links: Vec<_> = links
        .iter()
        .map(|it| (it.post.post.id, it.anchor.as_deref()))
        .collect();
    assert_eq!(links, [(shells, Some("Shells".to_lowercase().as_str()))]);
    assert!(!topics.is_empty());
    assert!(
        topics
            .iter()
            .all(|it| !it.title.to_lowercase().contains("hermit crab")),
        "{topics:?}"
    );

    wanted.kinds = vec![SuggestionKind::Tags];
    let only_tags = Suggestions {
        tags,
        ..Suggestions::default()
    };
    assert_eq!(suggested(&blog, &wanted).await, only_tags);
}

#[tokio::test]
async fn a_post_is_not_led_to_itself_nor_to_where_it_leads_nor_tagged_twice() {
    let blog = Blog::in_memory();
    let near = post(
        &blog,
        "Hermit crab houses",
        "A hermit crab.",
        &["crab"],
        true,
    )
    .await;
    post(&blog, "Known", "A hermit crab.", &["crab"], true).await;
    let body = "A hermit crab. As [said](/posts/known#top), a crab.";
    let own = post(&blog, "Mine", body, &["crab"], true).await;
    let wanted = Suggest {
        subject: Subject::Post(own),
        ..suggest(&[SuggestionKind::Links, SuggestionKind::Tags])
    };
    let found = blog
        .ai()
        .suggest(&actor(Role::Editor), &wanted)
        .await
        .unwrap();
    let links: Vec<_> = found.value.links.iter().map(|it| it.post.post.id).collect();
    assert_eq!(links, [near]);
    assert!(found.value.tags.is_empty());
    let stranger = blog_core::domain::Actor::user("eve", "Eve", Role::Author);
    let draft = post(&blog, "Draft", "Text.", &[], false).await;
    let hidden = Suggest {
        subject: Subject::Post(draft),
        ..wanted
    };
    assert_eq!(
        kind(blog.ai().suggest(&stranger, &hidden).await),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn what_a_model_suggests_exists_and_is_new() {
    let answer = json!({
        "titles": ["Sideways", "Sideways", "<b>How</b> crabs go", "How crabs walk"],
        "topics": [{"title": "shells", "why": "It has one."}, {"title": "Claws", "why": "They <i>wave</i>."}],
        "links": [
            {"number": 0, "anchor": "HERMIT crab"}, {"number": 0, "anchor": "crabs"},
            {"number": 7, "anchor": "crabs"}, {"number": 1, "anchor": "words of no text"},
        ],
        "tags": ["hermit crab", "invented"],
    });
    let world = World::new([says(&answer)]);
    let blog = &world.blog;
    post(
        blog,
        "Shells",
        "On the hermit crab that borrows.",
        &["Hermit Crab"],
        true,
    )
    .await;
    post(blog, "Legs", "How legs of a hermit crab bend.", &[], true).await;
    post(
        blog,
        "Secret shells",
        "The hermit crab, still secret.",
        &["secret"],
        false,
    )
    .await;
    let found = blog.ai().suggest(&author(), &suggest(&[])).await.unwrap();
    assert_eq!(found.engine.to_string(), "model:scripted");
    let value = found.value;
    assert_eq!(value.titles, ["Sideways", "How crabs go"]);
    let claws = Topic {
        title: "Claws".to_owned(),
        why: "They wave.".to_owned(),
    };
    assert_eq!(value.topics, [claws]);
    assert_eq!(value.tags, ["Hermit Crab"]);
    let anchors: Vec<_> = value.links.iter().map(|it| it.anchor.as_deref()).collect();
    assert_eq!(anchors.len(), 2);
    assert_eq!(anchors[0], Some("hermit crab"));
    let replaced = found
        .reports
        .iter()
        .filter(|it| it.what == ReportKind::Replaced);
    let replaced: Vec<_> = replaced.map(|it| it.field.as_str()).collect();
    assert_eq!(replaced, ["links", "links.anchor", "tags"]);

    let request = &world.model.requests()[0];
    let told = &request.messages[0].text;
    for known in ["Shells", "Legs", "Hermit Crab"] {
        assert!(told.contains(known), "{told}");
        assert!(!request.instructions.contains(known));
    }
    assert!(!told.contains("secret"), "{told}");
    assert!(request.instructions.contains("at most 5 entries"));
}

#[tokio::test]
async fn a_model_is_asked_for_what_is_wanted_alone() {
    let world = World::new([says(
        &json!({"titles": ["One", "Two", "Three"], "tags": ["a"]}),
    )]);
    let wanted = Suggest {
        count: 2,
        ..suggest(&[SuggestionKind::Titles])
    };
    let found = suggested(&world.blog, &wanted).await;
    let expected = Suggestions {
        titles: vec!["One".to_owned(), "Two".to_owned()],
        ..Suggestions::default()
    };
    assert_eq!(found, expected);
    let blog_core::ports::AnswerFormat::Json { schema, .. } = &world.model.requests()[0].format
    else {
        panic!("JSON");
    };
    assert_eq!(schema["required"], json!(["titles"]));
}

#[tokio::test]
async fn this_program_answers_for_a_model_that_fails_only_if_it_may() {
    let fails = |_: &_| ScriptedReply::Fail(ErrorKind::Unavailable { retry: true });
    let world = World::with(ScriptedModel::replying(fails), |_| ());
    let ai = world.blog.ai();
    let mut wanted = suggest(&[]);
    let failed = ai.suggest(&author(), &wanted).await;
    assert_eq!(kind(failed), ErrorKind::Unavailable { retry: true });
    wanted.fall_back = true;
    assert_eq!(
        ai.suggest(&author(), &wanted).await.unwrap().engine,
        Engine::Local
    );
}

#[tokio::test]
async fn bad_input_is_named() {
    let blog = Blog::in_memory();
    for (text, count, field) in [
        ("", 5, "text"),
        ("a\0", 5, "text"),
        ("a", 0, "count"),
        ("a", 21, "count"),
    ] {
        let wanted = Suggest {
            subject: Subject::Text(text.to_owned()),
            count,
            ..suggest(&[])
        };
        let error = blog.ai().suggest(&author(), &wanted).await.unwrap_err();
        assert_eq!(fields(&error)[0].0, field);
    }
}
