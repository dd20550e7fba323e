mod crashes;
mod forgetting;
mod limits;
mod records;
mod sample;
mod scripts;
mod settling;
mod values;

use super::fixture::UsageStoreFixture;
use super::runner::{Case, Verdict, Violation, broke, case, expect, succeed};
use super::world::World;

/// The one list of cases for stores of what models have cost.
#[must_use]
pub fn cases<F: UsageStoreFixture>() -> Vec<Case<F>> {
    vec![
        case!(
            1,
            limits::of_calls_at_once_on_several_nodes_as_many_succeed_as_fit
        ),
        case!(1, limits::a_call_is_set_aside_in_all_accounts_or_in_none),
        case!(1, limits::calls_whose_accounts_cross_are_whole),
        case!(1, limits::tokens_and_money_have_limits_of_their_own),
        case!(1, limits::an_account_without_a_limit_counts),
        case!(1, limits::the_first_account_that_is_full_is_named),
        case!(1, limits::accounts_do_not_touch_each_other),
        case!(2, settling::a_call_that_is_reserved_again_counts_once),
        case!(2, settling::a_call_that_did_not_fit_may_be_reserved_later),
        case!(2, settling::what_was_spent_counts_be_it_less_or_more),
        case!(2, settling::the_first_settlement_stays),
        case!(2, settling::of_settlements_at_once_one_counts),
        case!(2, settling::a_call_that_was_not_reserved_cannot_be_settled),
        case!(2, settling::a_call_that_is_settled_is_not_reserved_again),
        case!(2, settling::a_call_that_was_given_up_is_not_reserved_later),
        case!(
            2,
            settling::a_call_that_is_reserved_and_given_up_at_once_is_not_left
        ),
        case!(
            2,
            settling::calls_that_are_settled_crosswise_do_not_wait_in_a_circle
        ),
        case!(2, scripts::random_calls_are_answered_as_memory_does),
        case!(3, crashes::what_was_acknowledged_survives_a_crash),
        case!(3, records::every_node_sees_every_call_at_once),
        case!(4, records::pages_have_each_call_once_while_others_are_added),
        case!(4, records::totals_are_the_sums_of_the_calls),
        case!(4, records::days_of_totals_are_included),
        case!(5, values::values_come_back_as_they_were),
        case!(5, values::what_is_too_large_is_refused_by_field),
        case!(5, values::texts_that_cannot_be_stored_are_refused_by_field),
        case!(5, values::an_account_that_is_named_twice_is_refused),
        case!(5, values::the_largest_amounts_count_exactly),
        case!(5, values::sums_above_the_largest_are_told_as_that),
        case!(6, forgetting::what_is_forgotten_is_gone_and_accounts_stay),
    ]
}
