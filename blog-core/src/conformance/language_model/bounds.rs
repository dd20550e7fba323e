use super::sample::text;
use super::{LanguageModelFixture, Verdict, World, both_ways, may_be_tried_again};
use crate::memory::ScriptedReply;

pub(super) async fn an_answer_without_end_is_an_error<F: LanguageModelFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let piece = "and so on ".repeat(10_000);
    let replies = vec![ScriptedReply::Endless { piece }];
    may_be_tried_again(6, both_ways(6, world, replies, &text()).await?)
}
