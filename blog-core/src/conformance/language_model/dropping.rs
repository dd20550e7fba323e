use std::time::Duration;

use futures::StreamExt;
use tokio::select;
use tokio::time::sleep;

use super::sample::{NOT_FITTING, finished, json, text};
use super::{
    CompletionEvent, LanguageModelFixture, Patience, StopReason, Verdict, World, broke,
    may_be_tried_again, succeed,
};
use crate::memory::ScriptedReply;

/// Longer than any case.
const HOUR: Duration = Duration::from_hours(1);

/// Long enough for what a server says at once. If it is not, a case sees less, and nothing that is not so.
const MOMENT: Duration = Duration::from_millis(200);

fn slow_answer() -> ScriptedReply {
    ScriptedReply::Answer {
        pieces: vec!["The fox".to_owned(), " says".to_owned()],
        pause: HOUR,
        stop: StopReason::Finished,
        usage: None,
    }
}

async fn calls_are<F: LanguageModelFixture>(
    world: &World<'_, F>,
    count: usize,
    expected: &'static str,
) -> Verdict {
    let patience = Patience::new(4, expected);
    while world.open_calls().await? != count {
        patience.wait().await?;
    }
    Ok(())
}

pub(super) async fn a_dropped_call_ends_upstream<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let model = world.open().await?;
    for streams in [false, true] {
        world.script([ScriptedReply::Stall]).await?;
        let request = text();
        let call = async {
            if streams {
                model.stream(&request).await.map(drop)
            } else {
                model.complete(&request).await.map(drop)
            }
        };
        select! {
            answer = call => {
                return Err(broke(4, "a call that waits", format!("{answer:?}")));
            }
            begun = calls_are(world, 1, "a request to be made") => begun?,
        }
        calls_are(world, 0, "a dropped call to end upstream").await?;
    }
    Ok(())
}

pub(super) async fn a_call_dropped_while_its_answer_comes_ends_upstream<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let model = world.open().await?;
    world.script([slow_answer()]).await?;
    let request = text();
    let coming = async {
        calls_are(world, 1, "a request to be made").await?;
        sleep(MOMENT).await;
        Verdict::Ok(())
    };
    select! {
        answer = model.complete(&request) => {
            return Err(broke(4, "a call that waits", format!("{answer:?}")));
        }
        coming = coming => coming?,
    }
    calls_are(world, 0, "a call to end upstream whose answer comes").await
}

/// A model that asks only once has ended by then.
pub(super) async fn a_call_dropped_while_it_asks_again_ends_upstream<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let model = world.open().await?;
    for text in NOT_FITTING {
        world.script([finished(text), ScriptedReply::Stall]).await?;
        let request = json();
        select! {
            answer = model.complete(&request) => may_be_tried_again(3, answer)?,
            () = sleep(MOMENT) => {}
        }
        calls_are(world, 0, "a second question to end upstream").await?;
    }
    Ok(())
}

pub(super) async fn a_dropped_stream_ends_upstream<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let model = world.open().await?;
    // The piece of the second comes at once.
    let endless = ScriptedReply::Endless {
        piece: "and so on ".to_owned(),
    };
    world.script([slow_answer(), endless]).await?;
    let waiting = succeed(4, model.stream(&text()).await)?;
    calls_are(world, 1, "a stream to be open").await?;
    drop(waiting);
    calls_are(
        world,
        0,
        "a stream to end upstream that was dropped while it waited",
    )
    .await?;

    let mut speaking = succeed(4, model.stream(&text()).await)?;
    match speaking.next().await {
        Some(Ok(CompletionEvent::Text(_))) => {}
        other => return Err(broke(4, "a text", format!("{other:?}"))),
    }
    calls_are(world, 1, "a stream to be open").await?;
    drop(speaking);
    calls_are(
        world,
        0,
        "a stream to end upstream that was dropped while it spoke",
    )
    .await
}
