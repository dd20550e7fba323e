//! What a model writes into a post while people write in it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use blog_core::decorate::{Reliable, ReliableOptions};
use blog_core::domain::{PostId, Role};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::{
    AnswerFormat, CallOutcome, Completion, CompletionRequest, CompletionStream, LanguageModel,
    ModelIdentity, StopReason,
};
use blog_core::services::ai::{Price, ReportKind, WriteInto, WritingEvent, WritingTask, Written};
use blog_core::{Error, ErrorKind, Result};
use futures::StreamExt;

use crate::world::{World, actor, author, fields, kind, stops};

fn post() -> PostId {
    "0190163d-8694-739b-aea5-966c26f8ad90".parse().unwrap()
}

fn on(instruction: &str) -> WriteInto {
    WriteInto {
        instruction: Some(instruction.to_owned()),
        title: "Crabs".to_owned(),
        text: "They walk.".to_owned(),
        ..WriteInto::default()
    }
}

/// The blocks, and the end.
async fn written(
    world: &World,
    wanted: WriteInto,
) -> blog_core::Result<(Vec<String>, blog_core::Result<Written>)> {
    let mut blocks = vec![];
    let mut stream = world.blog.ai().write(&author(), post(), wanted).await?;
    assert_eq!(stream.next().await.unwrap()?, WritingEvent::Begun);
    while let Some(event) = stream.next().await {
        match event {
            Ok(WritingEvent::Begun) => {}
            Ok(WritingEvent::Block { text, .. }) => blocks.push(text),
            Ok(WritingEvent::Done(written)) => {
                assert!(stream.next().await.is_none());
                return Ok((blocks, Ok(*written)));
            }
            Err(error) => return Ok((blocks, Err(error))),
        }
    }
    Err(blog_core::Error::internal("a stream without an end"))
}

#[tokio::test]
async fn it_is_one_call_for_text_with_what_users_wrote_as_data() {
    let world = World::new([ScriptedReply::answer("## One\n\nTwo.")]);
    let (blocks, end) = written(&world, on("Claws, please")).await.unwrap();
    assert_eq!(blocks, ["## One", "Two."]);
    let end = end.unwrap();
    assert_eq!((end.usage.input, end.usage.output), (100, 50));
    assert_eq!(end.provenance.prompt, "write 1");
    assert_eq!(end.provenance.requester, author().id);
    assert_eq!(end.provenance.cost_micros, Some(200));
    let [request] = &world.model.requests()[..] else {
        panic!("one call")
    };
    assert_eq!(request.format, AnswerFormat::Text);
    for data in ["Claws, please", "They walk.", "Crabs"] {
        assert!(request.messages[0].text.contains(data));
        assert!(!request.instructions.contains(data));
    }
    let [call] = &world.usage().await[..] else {
        panic!("one call")
    };
    assert_eq!(
        (&*call.call.purpose, call.call.post),
        ("write", Some(post()))
    );
    assert_eq!(world.audit().await[0].action, "ai_write");
}

#[tokio::test]
async fn what_has_come_says_where_it_comes_from_before_the_end() {
    let pieces = ["One.\n\n", "Two.\n\nThr"].map(str::to_owned).into();
    let world = World::new([ScriptedReply::Cut { pieces }]);
    let ai = world.blog.ai();
    let mut stream = ai.write(&author(), post(), on("Claws")).await.unwrap();
    let mut costs = vec![];
    while let Some(Ok(event)) = stream.next().await {
        if let WritingEvent::Block { provenance, .. } = event {
            assert_eq!(
                (&*provenance.model, &*provenance.prompt),
                ("scripted", "write 1")
            );
            assert_eq!(provenance.request_hash.len(), 64);
            costs.push(provenance.cost_micros.unwrap());
        }
    }
    assert!(
        costs.len() == 2 && costs[0] > 0 && costs[0] <= costs[1],
        "{costs:?}"
    );
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_stream_ends_the_call() {
    let endless = ScriptedReply::Answer {
        pieces: vec!["One.\n\n".to_owned(); 100],
        pause: Duration::from_secs(1),
        stop: StopReason::Finished,
        usage: None,
    };
    let world = World::new([endless]);
    let ai = world.blog.ai();
    let mut stream = ai.write(&author(), post(), on("Claws")).await.unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    assert!(stream.next().await.unwrap().is_ok());
    assert_eq!(world.model.open_calls(), 1);
    drop(stream);
    assert_eq!(world.model.open_calls(), 0);
    assert_eq!(
        world.usage().await[0].settlement.as_ref().unwrap().outcome,
        CallOutcome::Cancelled
    );
}

#[tokio::test]
async fn a_text_too_long_for_the_model_is_shortened_by_sections() {
    let model = ScriptedModel::replying(|request| match request.messages[0].text.len() {
        ..3_000 => ScriptedReply::answer("On."),
        _ => ScriptedReply::Fail(ErrorKind::TooLarge),
    });
    let world = World::with(model, |_| ());
    let wanted = WriteInto {
        task: WritingTask::Continue,
        text: "## Section\n\nSome words of it.\n\n".repeat(100),
        ..WriteInto::default()
    };
    let (blocks, end) = written(&world, wanted).await.unwrap();
    assert_eq!(blocks, ["On."]);
    let reports = end.unwrap().reports;
    assert_eq!(
        (&*reports[0].field, reports[0].what),
        ("text", ReportKind::Shortened)
    );
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_closed_and_says_so() {
    let world = World::new([stops("```rust\nlet a;\n\nlet", StopReason::Length)]);
    let (blocks, end) = written(&world, on("Claws")).await.unwrap();
    assert_eq!(blocks, ["```rust\nlet a;\n\nlet\n```"]);
    assert_eq!(end.unwrap().reports[0].what, ReportKind::Unfinished);
}

#[tokio::test]
async fn a_refusal_and_silence_are_errors_after_what_has_come() {
    let refusal = StopReason::Refused(Some("No.".to_owned()));
    let world = World::new([
        stops("One.\n\nTw", refusal),
        ScriptedReply::answer("<script>alert(1)</script>"),
    ]);
    let (blocks, end) = written(&world, on("Claws")).await.unwrap();
    assert_eq!(blocks, ["One."]);
    let refused = fields(&end.unwrap_err());
    assert_eq!(
        refused,
        [(
            "instruction".to_owned(),
            "is refused by the model: No.".to_owned()
        )]
    );
    let (blocks, end) = written(&world, on("Claws")).await.unwrap();
    assert!(blocks.is_empty());
    assert_eq!(kind(end), ErrorKind::Unavailable { retry: true });
}

#[tokio::test]
async fn what_is_wrong_is_said_at_once_and_costs_nothing() {
    let world = World::new([]);
    let ai = world.blog.ai();
    for (wanted, field) in [
        (WriteInto::default(), "instruction"),
        (on(&"x".repeat(10_001)), "instruction"),
        (on("a\0b"), "instruction"),
        (
            WriteInto {
                task: WritingTask::Continue,
                ..WriteInto::default()
            },
            "task",
        ),
        (
            WriteInto {
                length: Some("endless".to_owned()),
                ..on("Claws")
            },
            "length",
        ),
    ] {
        let refused = ai.write(&author(), post(), wanted).await.err().unwrap();
        assert_eq!(fields(&refused)[0].0, field);
    }
    let reader = ai.write(&actor(Role::Reader), post(), on("Claws")).await;
    assert_eq!(*reader.err().unwrap().kind(), ErrorKind::Forbidden);
    assert!(world.usage().await.is_empty());
}

#[tokio::test]
async fn a_budget_without_room_is_said_at_once() {
    let world = World::with(ScriptedModel::new([]), |options| {
        options.budgets.actor_day.tokens = Some(10);
    });
    let refused = world.blog.ai().write(&author(), post(), on("Claws")).await;
    let kind = refused.err().unwrap().kind().clone();
    assert!(
        matches!(kind, ErrorKind::Forbidden | ErrorKind::RateLimited { .. }),
        "{kind:?}"
    );
    assert!(world.model.requests().is_empty());
}

/// A model that says at the end of its stream that it was asked too much.
#[derive(Debug)]
struct TooMuchAtLast(ScriptedModel);

#[async_trait]
impl LanguageModel for TooMuchAtLast {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn identity(&self) -> ModelIdentity {
        self.0.identity()
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        self.0.complete(request).await
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        let too_much = |_| Error::new(ErrorKind::TooLarge, "too many tokens");
        let events = self.0.stream(request).await?;
        Ok(events.map(move |event| event.map_err(too_much)).boxed())
    }
}

#[tokio::test]
async fn nothing_is_written_twice() {
    let pieces = vec!["One.\n\nTwo.\n\nThr".to_owned()];
    let model = ScriptedModel::replying(move |_| ScriptedReply::Cut {
        pieces: pieces.clone(),
    });
    let world = World::around(model.clone(), TooMuchAtLast(model), |_| ());
    let (blocks, end) = written(&world, on("Claws")).await.unwrap();
    assert_eq!(blocks, ["One.", "Two."]);
    assert_eq!(kind(end), ErrorKind::TooLarge);
    assert_eq!(world.model.requests().len(), 1);
}

#[tokio::test]
async fn a_text_without_an_end_is_left_where_it_is_longer_than_any_that_was_asked_for() {
    let piece = format!("{}\n\n", "word ".repeat(400).trim_end());
    let world = World::new([ScriptedReply::Endless { piece }]);
    let (blocks, end) = written(&world, on("Claws")).await.unwrap();
    let reports = end.unwrap().reports;
    assert_eq!(reports[0].what, ReportKind::Unfinished);
    let most = 16 * world.model.requests()[0].max_output_tokens as usize;
    let bytes = blocks.concat().len();
    assert!(most / 2 < bytes && bytes <= most, "{bytes} of {most}");
}

#[tokio::test(start_paused = true)]
async fn what_another_model_has_written_until_it_is_stopped_says_so_and_what_all_of_it_cost() {
    let broken = std::iter::repeat_with(|| ScriptedReply::Cut { pieces: vec![] });
    let slow = ScriptedReply::Answer {
        pieces: ["One.\n\n", "Two.\n\n", "Thr", "ee."]
            .map(str::to_owned)
            .into(),
        pause: Duration::from_secs(1),
        stop: StopReason::Finished,
        usage: None,
    };
    let first = ScriptedModel::new(broken.take(10)).unchecked();
    let second = ScriptedModel::new([slow]).named("second");
    let asked = Reliable::new(
        Arc::new(first.clone()),
        Some(Arc::new(second)),
        ReliableOptions::default(),
    );
    let world = World::around(first, asked, |ai| {
        let price = Price {
            input: 20_000_000,
            cached_input: 10_000_000,
            output: 40_000_000,
        };
        ai.prices.insert("second".to_owned(), price);
    });
    let ai = world.blog.ai();
    let mut stream = ai.write(&author(), post(), on("Claws")).await.unwrap();
    let mut last = None;
    while let Some(event) = stream.next().await {
        if let WritingEvent::Block { text, provenance } = event.unwrap() {
            last = Some(provenance);
            if text == "Two." {
                break;
            }
        }
    }
    drop(stream);
    let provenance = last.unwrap();
    assert_eq!(provenance.model, "second");
    let calls = world.usage().await;
    let calls: Vec<_> = calls
        .iter()
        .map(|it| it.settlement.as_ref().unwrap())
        .collect();
    assert_eq!(
        (calls[0].model.as_str(), calls[0].outcome),
        ("second", CallOutcome::Cancelled)
    );
    assert!(calls.len() > 1 && calls[1].spent.micros > 0);
    let charged: u64 = calls.iter().map(|it| it.spent.micros).sum();
    assert_eq!(provenance.cost_micros, Some(charged));
    let tokens: u64 = calls.iter().map(|it| it.spent.tokens).sum();
    assert_eq!(provenance.input_tokens + provenance.output_tokens, tokens);
}
