use std::time::Duration;

use blog_core::ErrorKind;
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::{CallOutcome, StopReason};
use blog_core::services::ai::{GeneratePost, Generated, GenerationEvent, Report, ReportKind};
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
        let words = text.split(|it: char| !it.is_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        assert_eq!(words, ["Before", "and", "after"]);
    }
}

#[tokio::test]
async fn characters_that_nobody_sees_and_marks_of_conversations_are_not_passed_on() {
    let flag = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
    let hidden = "\u{e0073}\u{e0061}\u{e0079}\u{200b}\u{1b}";
    let body = format!("From{hidden} {flag} <|im_start|>and 1 < 2.\r\nEnd<|im_end|>");
    for size in [1, 2, 5, 1_000] {
        let mut answer = post(&body);
        answer["title"] = format!("Fer{hidden}ris<|end|>").into();
        let world = World::new([in_pieces(&answer.to_string(), size)]);
        let (title, said, generated) = heard(&world, about("a")).await;
        let content = generated.unwrap().content;
        assert_eq!(
            (title.as_str(), content.title.as_str()),
            ("Ferris", "Ferris")
        );
        for text in [said, content.body] {
            assert_eq!(text, format!("From {flag} and 1 < 2.\nEnd"));
        }
    }
}

#[tokio::test]
async fn only_the_end_has_the_guarded_text() {
    let body = "A <b>crab</b> [walks](https://evil.test).";
    let world = World::new([in_pieces(&post(body).to_string(), 3)]);
    let (_, said, generated) = heard(&world, about("a")).await;
    assert_eq!(said, body);
    assert_eq!(generated.unwrap().content.body, "A crab walks.");
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_and_that_is_said() {
    let endless = format!(
        "{{\"title\": \"Ferris\", \"body\": \"{}",
        "crab ".repeat(100_000)
    );
    let world = World::new([in_pieces(&endless, 1_000)]);
    let wanted = GeneratePost {
        length: Some("brief".to_owned()),
        ..about("a")
    };
    let (_, said, generated) = heard(&world, wanted).await;
    let generated = generated.unwrap();
    assert!(
        said.len() > 10_000 && said.len() < 100_000,
        "{}",
        said.len()
    );
    assert_eq!(generated.content.body, said.trim_end());
    let unfinished = |it: &Report| it.what == ReportKind::Unfinished && it.field == "body";
    assert!(generated.reports.iter().any(unfinished));
    assert_eq!(world.model.requests().len(), 1);
    assert_eq!(world.model.open_calls(), 0);
    let settled = world.usage().await[0].settlement.clone().unwrap();
    assert_eq!(settled.outcome, CallOutcome::Answered);
    assert!(settled.spent.tokens > 10_000 / 3, "{settled:?}");
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

#[tokio::test(start_paused = true)]
async fn a_post_that_nobody_reads_on_gives_back_what_is_set_aside_when_its_time_ends() {
    let second = Duration::from_secs(1);
    let slow = ScriptedReply::Answer {
        pieces: post("Text.")
            .to_string()
            .chars()
            .map(String::from)
            .collect(),
        pause: second,
        stop: StopReason::Finished,
        usage: None,
    };
    let world = World::with(ScriptedModel::new([slow]), |ai| {
        ai.longest_stream = 100 * second;
    });
    let (ai, author) = (world.blog.ai(), author());
    let stream = ai.generate_stream(&author, about("a"));
    let mut stream = stream.await.unwrap();
    stream.next().await.unwrap().unwrap();
    tokio::time::sleep(80 * second).await;
    assert_eq!(world.model.open_calls(), 1);
    assert!(world.usage().await[0].settlement.is_none());

    tokio::time::sleep(20 * second).await;
    assert_eq!(world.model.open_calls(), 0);
    let usage = world.usage().await.remove(0);
    let settlement = usage.settlement.unwrap();
    assert_eq!(settlement.outcome, CallOutcome::Cancelled);
    assert!(settlement.spent.tokens < usage.call.reserved.tokens);
    let late = stream.next().await.unwrap();
    assert_eq!(kind(late), ErrorKind::Unavailable { retry: true });
    assert!(stream.next().await.is_none());
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
