mod expiry;
mod faults;
mod values;

use std::time::Duration;

use super::fixture::CacheFixture;
use super::runner::{Case, Verdict, case, expect, succeed};
use super::samples::{expect_bytes, names, values};
use super::waiting::{Patience, bounded, unavailable};
use super::world::World;
use crate::ports::Cache;

/// Longer than any case.
const HOUR: Duration = Duration::from_secs(3600);

/// The one list of cases for caches.
#[must_use]
pub fn cases<F: CacheFixture>() -> Vec<Case<F>> {
    vec![
        case!(1, values::the_last_put_of_a_key_is_got_on_every_node),
        case!(1, values::no_key_answers_for_another),
        case!(1, values::bytes_come_back_as_they_were),
        case!(1, values::of_puts_at_once_one_is_got_whole),
        case!(1, values::what_is_removed_is_gone_on_every_node),
        case!(
            1,
            faults::what_was_forgotten_is_nothing_and_can_be_put_again
        ),
        case!(2, expiry::an_entry_is_gone_after_its_time),
        case!(2, expiry::a_put_brings_a_time_of_its_own),
        case!(2, expiry::any_time_can_be_asked_for),
        case!(3, faults::a_cache_that_is_away_says_so_and_works_again),
        case!(3, faults::a_frozen_cache_holds_no_call_up),
    ]
}
