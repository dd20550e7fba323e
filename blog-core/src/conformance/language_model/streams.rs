use futures::StreamExt;

use super::sample::{FITTING, PIECES, answer, json, text};
use super::{
    CompletionEvent, LanguageModelFixture, StopReason, Streamed, Verdict, World, both_ways,
    bounded, broke, expect, may_be_tried_again, streamed, succeed,
};
use crate::error::Result;
use crate::memory::ScriptedReply;

pub(super) async fn texts_of_a_stream_are_the_answer<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let many: Vec<_> = PIECES.iter().copied().cycle().take(3_000).collect();
    for pieces in [&many[..], &PIECES[..1]] {
        let replies = vec![answer(pieces, StopReason::Finished)];
        let answer = succeed(2, both_ways(2, world, replies, &text()).await?)?;
        expect(2, answer.text == pieces.concat(), true)?;
    }
    Ok(())
}

pub(super) async fn a_stream_that_breaks_off_ends_in_an_error<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let model = world.open().await?;
    let pieces = vec!["The fox".to_owned(), " says".to_owned()];
    world.script([ScriptedReply::Cut { pieces }]).await?;
    let Streamed { text, end } = streamed(2, &*model, &text()).await?;
    if !"The fox says".starts_with(&text) {
        return Err(broke(2, "the beginning of the answer", text));
    }
    may_be_tried_again(2, end)
}

pub(super) async fn a_model_that_thinks_is_not_silent<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    const THOUGHTS: usize = 20;
    let model = world.open().await?;
    for (request, said) in [(text(), "The fox"), (json(), FITTING)] {
        let mut pieces = vec![""; THOUGHTS];
        pieces.push(said);
        world
            .script([answer(&pieces, StopReason::Finished)])
            .await?;
        let mut events = succeed(8, bounded(8, model.stream(&request)).await?)?;
        let thinks = |event: &Option<Result<CompletionEvent>>| match event {
            Some(Ok(CompletionEvent::Text(text))) => text.is_empty(),
            _ => false,
        };
        let thought = async {
            let mut signs = 0;
            while thinks(&events.next().await) {
                signs += 1;
            }
            Ok(signs)
        };
        let signs: usize = succeed(8, bounded(8, thought).await?)?;
        if signs < THOUGHTS {
            return Err(broke(
                8,
                format!("{THOUGHTS} signs of life"),
                signs.to_string(),
            ));
        }
    }
    Ok(())
}
