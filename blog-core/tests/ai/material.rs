//! What a model is given beside the topic: the blog's own tags and categories, and sources.

use blog_core::ErrorKind;
use blog_core::domain::{Content, Role, Transition};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::services::NewPost;
use blog_core::services::ai::{GeneratePost, ReportKind, Source};
use serde_json::json;

use crate::world::{World, about, actor, author, fields, post, says};

/// A post of an editor, published or not.
async fn tagged(world: &World, tag: &str, category: &str, is_published: bool) {
    let editor = actor(Role::Editor);
    let content = Content {
        title: "Tagged".to_owned(),
        tags: vec![tag.to_owned()],
        category: Some(category.to_owned()),
        ..Content::default()
    };
    let new = NewPost {
        content,
        ..NewPost::default()
    };
    let posts = world.blog.posts();
    let id = posts.create(&editor, new).await.unwrap().post.id;
    if is_published {
        let publish = posts.change_status(&editor, id, Transition::Publish, None);
        publish.await.unwrap();
    }
}

fn source(text: &str) -> Source {
    Source {
        text: text.to_owned(),
        url: None,
    }
}

#[tokio::test]
async fn a_model_is_told_the_tags_and_categories_that_readers_find_and_no_others() {
    let world = World::new([says(&post("Text."))]);
    tagged(&world, "crabs", "Animals/Sea", true).await;
    tagged(&world, "Rust Language", "Animals", true).await;
    tagged(&world, "Rust Language", "Animals", true).await;
    tagged(&world, "secret plan", "Hidden", false).await;
    let ai = world.blog.ai();
    ai.generate(&author(), about("Ferris")).await.unwrap();
    let request = &world.model.requests()[0];
    let told = &request.messages[0].text;
    assert!(told.contains("\nRust Language\ncrabs\n"), "{told}");
    assert!(told.contains("\nAnimals\nAnimals/Sea\n"), "{told}");
    assert!(!told.contains("secret plan") && !told.contains("Hidden"));
    assert!(!request.instructions.contains("Rust Language"));
}

#[tokio::test]
async fn of_many_tags_a_model_is_told_the_fifty_most_used() {
    let world = World::new([says(&post("Text."))]);
    for number in 0..60 {
        tagged(&world, &format!("tag {number:02}"), "A", true).await;
    }
    for number in 10..60 {
        tagged(&world, &format!("tag {number:02}"), "A", true).await;
    }
    let ai = world.blog.ai();
    ai.generate(&author(), about("Ferris")).await.unwrap();
    let told = &world.model.requests()[0].messages[0].text;
    assert_eq!(told.matches("tag ").count(), 50);
    assert!(!told.contains("tag 09"));
}

#[tokio::test]
async fn tags_of_an_answer_are_written_as_the_blog_writes_them() {
    let mut answer = post("Text.");
    answer["tags"] = json!(["rust-language", "RUST LANGUAGE", "new"]);
    answer["category"] = json!("animals/deep sea");
    let world = World::new([says(&answer)]);
    tagged(&world, "Rust Language", "Animals/Deep-Sea", true).await;
    let generated = world.blog.ai().generate(&author(), about("Ferris")).await;
    let content = generated.unwrap().content;
    assert_eq!(content.tags, ["Rust Language", "new"]);
    assert_eq!(content.category.as_deref(), Some("Animals/Deep-Sea"));
}

#[tokio::test]
async fn sources_are_given_as_data_for_the_outline_and_for_the_text() {
    let outline = json!({"sections": [{"heading": "Begin", "points": ["so"]}]});
    let world = World::new([says(&outline), says(&post("Text."))]);
    let wanted = GeneratePost {
        sources: vec![
            Source {
                text: "Crabs walk sideways.".to_owned(),
                url: Some("https://crabs.test/walk".to_owned()),
            },
            source("Some walk forwards."),
        ],
        outline: true,
        ..about("Ferris")
    };
    world.blog.ai().generate(&author(), wanted).await.unwrap();
    for request in world.model.requests() {
        let told = &request.messages[0].text;
        assert!(
            told.contains("\nhttps://crabs.test/walk\n\nCrabs walk sideways.\nend source "),
            "{told}"
        );
        assert_eq!(told.matches("begin source ").count(), 2);
        assert!(!request.instructions.contains("sideways"));
    }
}

#[tokio::test]
async fn sources_that_are_too_long_for_the_model_are_shortened_and_the_topic_is_not() {
    let model = ScriptedModel::replying(|request| {
        if request.messages[0].text.len() > 20_000 {
            ScriptedReply::Fail(ErrorKind::TooLarge)
        } else {
            says(&post("Text."))
        }
    });
    let world = World::with(model, |_| ());
    let long = format!("## Part\n\n{}", "It goes on.\n\n".repeat(26)).repeat(50);
    let topic = "On crabs. ".repeat(300);
    let wanted = GeneratePost {
        sources: vec![source(&long), source(&long)],
        ..about(&topic)
    };
    let generated = world.blog.ai().generate(&author(), wanted).await.unwrap();
    assert_eq!(generated.reports[0].what, ReportKind::Shortened);
    assert_eq!(generated.reports[0].field, "sources");
    let requests = world.model.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].messages[0].text.contains(&topic));
}

#[tokio::test]
async fn sources_are_bounded() {
    let world = World::new([]);
    let address = |url: &str| Source {
        url: Some(url.to_owned()),
        ..source("Text.")
    };
    for sources in [
        vec![source(" ")],
        vec![source("a\0")],
        vec![source(&"a".repeat(20_001))],
        vec![address(&"a".repeat(2_049))],
        vec![address("\0")],
        vec![source("a"); 11],
    ] {
        let wanted = GeneratePost {
            sources,
            ..about("Ferris")
        };
        let error = world.blog.ai().generate(&author(), wanted).await;
        assert_eq!(fields(&error.unwrap_err())[0].0, "sources");
    }
    assert!(world.model.requests().is_empty());
}
