use super::sample::{FITTING, NOT_FITTING, answer, finished, json};
use super::{
    Completion, ErrorKind, LanguageModelFixture, Result, StopReason, Verdict, World, both_ways,
    broke, expect, succeed,
};

pub(super) async fn json_that_fits_comes_as_it_is<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let replies = vec![finished(FITTING)];
    let answer = succeed(3, both_ways(3, world, replies, &json()).await?)?;
    expect(
        3,
        (answer.text.as_str(), answer.stop),
        (FITTING, StopReason::Finished),
    )
}

/// A model may ask again, and then gets an answer that fits, or another that does not.
pub(super) async fn json_that_does_not_fit_is_no_answer<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    for text in NOT_FITTING {
        for second in [FITTING, text] {
            let replies = vec![finished(text), finished(second), finished(text)];
            fits_or_may_be_tried_again(both_ways(3, world, replies, &json()).await?)?;
        }
    }
    Ok(())
}

fn fits_or_may_be_tried_again(answer: Result<Completion>) -> Verdict {
    match answer {
        Ok(answer) if json().format.check(&answer.text).is_ok() => Ok(()),
        Err(error) if *error.kind() == ErrorKind::Unavailable { retry: true } => Ok(()),
        other => Err(broke(
            3,
            "JSON that fits, or an error",
            format!("{other:?}"),
        )),
    }
}

pub(super) async fn json_that_is_cut_off_says_so<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let half = NOT_FITTING[0];
    let replies = vec![answer(&[half], StopReason::Length)];
    let answer = succeed(3, both_ways(3, world, replies, &json()).await?)?;
    expect(
        3,
        (answer.text.as_str(), answer.stop),
        (half, StopReason::Length),
    )
}
