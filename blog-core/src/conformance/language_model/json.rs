use serde_json::json;

use super::sample::{self, FITTING, NOT_FITTING, USAGE, answer, finished, request};
use super::{
    Completion, ErrorKind, LanguageModelFixture, Result, StopReason, Verdict, World, both_ways,
    bounded, broke, expect, streamed, succeed,
};
use crate::ports::AnswerFormat;

pub(super) async fn json_that_fits_comes_as_it_is<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let replies = vec![finished(FITTING)];
    let answer = succeed(3, both_ways(3, world, replies, &sample::json()).await?)?;
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
            fits_or_may_be_tried_again(both_ways(3, world, replies, &sample::json()).await?)?;
        }
    }
    Ok(())
}

fn fits_or_may_be_tried_again(answer: Result<Completion>) -> Verdict {
    match answer {
        Ok(answer) if sample::json().format.check(&answer.text).is_ok() => Ok(()),
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
    let answer = succeed(3, both_ways(3, world, replies, &sample::json()).await?)?;
    expect(
        3,
        (answer.text.as_str(), answer.stop),
        (half, StopReason::Length),
    )
}

pub(super) async fn a_schema_that_not_all_understand_is_refused<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let part = json!({"type": "array", "items": {"type": "string"}, "minItems": 1});
    let format = AnswerFormat::Json {
        name: "greeting".to_owned(),
        schema: json!({
            "type": "object",
            "properties": {"words": part},
            "required": ["words"],
            "additionalProperties": false,
        })
        .into(),
    };
    let replies = vec![finished(r#"{"words": ["Ring"]}"#)];
    match both_ways(3, world, replies, &request(format)).await? {
        Err(error) if matches!(error.kind(), ErrorKind::Invalid(_)) => Ok(()),
        other => Err(broke(3, "Invalid", format!("{other:?}"))),
    }
}

pub(super) async fn an_answer_of_no_use_has_used_what_the_server_counts<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let replies = vec![finished(NOT_FITTING[1]); 3];
    let request = sample::json();
    let model = world.open().await?;
    world.script(replies.clone()).await?;
    let whole = bounded(7, model.complete(&request)).await?.map(|_| ());
    world.script(replies).await?;
    let streamed = streamed(7, &*model, &request).await?.end.map(|_| ());
    for answer in [whole, streamed] {
        let used = answer.map_err(|error| error.usage());
        expect(7, used, Err(Some(USAGE)))?;
    }
    Ok(())
}
