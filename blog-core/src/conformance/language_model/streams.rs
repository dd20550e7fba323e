use super::sample::{PIECES, answer, text};
use super::{
    LanguageModelFixture, StopReason, Streamed, Verdict, World, both_ways, broke, expect,
    may_be_tried_again, streamed, succeed,
};
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
