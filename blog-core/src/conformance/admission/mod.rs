mod answers;
mod faults;

use uuid::Uuid;

use super::fixture::AdmissionFixture;
use super::runner::{Case, Verdict, case, expect, succeed};
use super::waiting::{Patience, bounded, unavailable};
use super::world::World;
use crate::domain::{Actor, PostId, Role};

const DOCUMENT: PostId = PostId::from_uuid(Uuid::from_u128(1));

/// The one list of cases for what knows who may still be in rooms.
#[must_use]
pub fn cases<F: AdmissionFixture>() -> Vec<Case<F>> {
    vec![
        case!(1, answers::an_actor_is_who_they_are_by_now),
        case!(
            1,
            answers::who_is_dismissed_is_let_in_no_more_until_they_are_back
        ),
        case!(1, answers::what_changes_is_seen_on_every_node),
        case!(2, answers::an_answer_is_of_the_actor_that_was_asked_about),
        case!(3, answers::what_changes_for_one_changes_for_no_other),
        case!(
            3,
            answers::of_many_asked_about_at_once_each_gets_their_own_answer
        ),
        case!(
            4,
            faults::where_nothing_is_known_the_answer_is_neither_yes_nor_no
        ),
    ]
}

fn user(id: &str, role: Role) -> Actor {
    Actor::user(id, id.to_uppercase(), role)
}
