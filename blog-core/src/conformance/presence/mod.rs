mod faults;
mod holding;
mod saying;

use std::time::Duration;

use uuid::Uuid;

use super::fixture::PresenceFixture;
use super::runner::{Case, Verdict, case, expect, succeed};
use super::samples::names;
use super::waiting::{Patience, bounded, unavailable};
use super::world::World;
use crate::domain::PostId;
use crate::ports::{Presence, Present};

/// Longer than any case.
const HOUR: Duration = Duration::from_secs(3600);

const DOCUMENT: PostId = PostId::from_uuid(Uuid::from_u128(1));
const OTHER_DOCUMENT: PostId = PostId::from_uuid(Uuid::from_u128(2));

/// The one list of cases for what knows who is in which room.
#[must_use]
pub fn cases<F: PresenceFixture>() -> Vec<Case<F>> {
    vec![
        case!(1, saying::what_a_node_said_last_is_told_on_every_node),
        case!(1, saying::nodes_are_told_of_together_and_each_person_once),
        case!(1, saying::ids_and_names_come_back_as_they_were),
        case!(1, saying::a_crowd_is_told_of_whole),
        case!(
            1,
            faults::what_was_forgotten_is_nothing_and_can_be_said_again
        ),
        case!(2, holding::who_is_not_renewed_is_gone),
        case!(2, holding::who_is_renewed_stays),
        case!(2, holding::a_shorter_word_ends_a_longer_one),
        case!(2, holding::one_nodes_word_does_not_hold_for_another),
        case!(2, holding::any_time_can_be_asked_for),
        case!(3, saying::what_a_node_takes_back_others_still_say),
        case!(3, saying::documents_are_apart),
        case!(4, faults::what_is_away_says_so_and_works_again),
        case!(4, faults::what_is_frozen_holds_no_call_up),
    ]
}

fn present(id: &str) -> Present {
    Present {
        id: id.to_owned(),
        name: id.to_uppercase(),
    }
}
