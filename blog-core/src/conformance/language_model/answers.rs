use super::sample::{PIECES, USAGE, answer, text};
use super::{
    LanguageModelFixture, StopReason, Verdict, World, both_ways, expect, may_be_tried_again,
    succeed,
};
use crate::memory::ScriptedReply;

pub(super) async fn an_answer_comes_whole<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let replies = vec![answer(&PIECES, StopReason::Finished)];
    let answer = succeed(1, both_ways(1, world, replies, &text()).await?)?;
    expect(1, answer.text, PIECES.concat())?;
    expect(
        1,
        (answer.stop, answer.usage),
        (StopReason::Finished, Some(USAGE)),
    )
}

pub(super) async fn what_is_cut_refused_or_filtered_is_an_answer<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let stops = [
        StopReason::Length,
        StopReason::Filtered,
        StopReason::Refused(Some("I would rather not.".to_owned())),
    ];
    for stop in stops {
        for pieces in [&["The fox"][..], &[]] {
            let replies = vec![answer(pieces, stop.clone())];
            let answer = succeed(1, both_ways(1, world, replies, &text()).await?)?;
            expect(
                1,
                (answer.text, answer.stop),
                (pieces.concat(), stop.clone()),
            )?;
        }
    }
    Ok(())
}

pub(super) async fn a_lost_connection_is_an_error<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    for pieces in [&["The fox", " says"][..], &[]] {
        let pieces = pieces.iter().copied().map(str::to_owned).collect();
        let replies = vec![ScriptedReply::Cut { pieces }];
        may_be_tried_again(1, both_ways(1, world, replies, &text()).await?)?;
    }
    Ok(())
}
