use std::time::Duration;

use blog_core::ErrorKind;
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::StopReason;
use blog_core::services::ai::{GeneratePost, Generated, GenerationEvent};
use futures::StreamExt;

use crate::world::{World, about, author, kind, post};

/// What was said of the title and of the body, and the end.
async fn heard(
    world: &World,
    wanted: GeneratePost,
) -> (String, String, blog_core::Result<Box<Generated>>) {
    let (mut title, mut body) = (String::new(), String::new());
    let mut stream = world
        .blog
        .ai()
        .generate_stream(&author(), wanted)
        .await
        .unwrap();
    loop {
        match stream.next().await.unwrap() {
            Ok(GenerationEvent::Delta {
                field: "title",
                text,
            }) => title.push_str(&text),
            Ok(GenerationEvent::Delta { text, .. }) => body.push_str(&text),
            Ok(GenerationEvent::Done(generated)) => {
                assert!(stream.next().await.is_none());
                return (title, body, Ok(generated));
            }
            Err(error) => {
                assert!(stream.next().await.is_none());
                return (title, body, Err(error));
            }
        }
    }
}

fn in_pieces(text: &str, size: usize) -> ScriptedReply {
    let characters: Vec<char> = text.chars().collect();
    ScriptedReply::Answer {
        pieces: characters
            .chunks(size)
            .map(|it| it.iter().collect())
            .collect(),
        pause: Duration::ZERO,
        stop: StopReason::Finished,
        usage: None,
    }
}

#[tokio::test]
async fn what_is_said_is_passed_on_and_comes_again_as_a_whole() {
    let body = "## Crabs\n\nThey \"walk\" sideways 🦀.";
    for size in [1, 3, 1_000] {
        let world = World::with(
            ScriptedModel::new([in_pieces(&post(body).to_string(), size)]),
            |_| (),
        );
        let wanted = GeneratePost {
            save_as_draft: true,
            ..about("a")
        };
        let (title, said, generated) = heard(&world, wanted).await;
        let generated = generated.unwrap();
        assert_eq!((title.as_str(), said.as_str()), ("Ferris", body));
        assert_eq!(generated.content.body, body);
        assert!(generated.post.is_some());
    }
}

#[tokio::test]
async fn the_prompt_is_not_passed_on() {
    let model = ScriptedModel::replying(|request| {
        let code = request.messages[0]
            .text
            .lines()
            .next()
            .unwrap()
            .rsplit(' ')
            .next()
            .unwrap();
        let rule = request.instructions.lines().next().unwrap();
        in_pieces(
            &post(&format!("Before {rule} and {code} after")).to_string(),
            4,
        )
    });
    let world = World::with(model, |_| ());
    let (_, said, generated) = heard(&world, about("a")).await;
    for text in [said, generated.unwrap().content.body] {
        let words: Vec<_> = text.split_whitespace().collect();
        assert_eq!(words, ["Before", "and", "after"]);
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error_at_the_end() {
    let cut = ScriptedReply::Cut {
        pieces: vec!["{\"body\": \"Some".to_owned()],
    };
    let world = World::new([cut]);
    let (_, said, generated) = heard(&world, about("a")).await;
    assert_eq!(said, "Some");
    assert_eq!(kind(generated), ErrorKind::Unavailable { retry: true });
}

#[tokio::test]
async fn what_is_wrong_from_the_start_is_said_before_the_stream() {
    let world = World::new([]);
    let stream = world.blog.ai().generate_stream(&author(), about("")).await;
    assert!(matches!(
        stream.err().unwrap().kind(),
        ErrorKind::Invalid(_)
    ));
}
