mod broken;
mod place;

use blog_core::conformance::usage_store_cases;

use crate::{each_is_caught, passes};
use Fault::*;
use place::Mutant;

/// One way in which a store of what models have cost breaks its promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    LooksBeforeItCounts,
    CountsOnEachNode,
    AllowsOneMore,
    ChargesUntilAnAccountIsFull,
    IgnoresMoney,
    ChargesLimitedAccountsOnly,
    NamesTheLastFullAccount,
    FoldsTheCaseOfAccounts,
    CutsAccounts,
    HasOnePlace,

    CountsARepeatedCallAgain,
    RefusesARepeatedCall,
    RemembersWhatDidNotFit,
    GivesNothingBack,
    CapsWhatWasSpent,
    ShowsTheLastSettlement,
    CountsEachSettlement,
    SettlesWhatIsNotThere,
    ReservesWhatIsSettled,
    ForgetsWhatWasGivenUp,
    ShowsWhatWasGivenUp,

    LosesTheLastCallInACrash,
    KeepsACopyOfThePage,

    PagesFromTheCallItself,
    OrdersByReservation,
    IgnoresLimits,
    SumsWhatIsSettled,
    DoesNotSortTotals,
    LeavesOutTheLastDay,
    CountsDaysElsewhere,

    CutsTimes,
    CutsTexts,
    ForgetsPosts,
    CutsAmounts,
    RemovesNul,
    TakesTheFirstOfTwoAccounts,
    CountsInFloats,
    FailsWhereSumsAreTooLarge,

    ForgetsTheDayItself,
    ForgetsNothing,
    EmptiesAccounts,
}

/// What is broken, the promise that this breaks, and the case that finds it.
const MUTANTS: &[(Fault, u8, &str)] = &[
    (
        LooksBeforeItCounts,
        1,
        "limits::of_calls_at_once_on_several_nodes_as_many_succeed_as_fit",
    ),
    (
        CountsOnEachNode,
        1,
        "limits::of_calls_at_once_on_several_nodes_as_many_succeed_as_fit",
    ),
    (
        AllowsOneMore,
        1,
        "limits::a_call_is_set_aside_in_all_accounts_or_in_none",
    ),
    (
        ChargesUntilAnAccountIsFull,
        1,
        "limits::a_call_is_set_aside_in_all_accounts_or_in_none",
    ),
    (
        ChargesUntilAnAccountIsFull,
        1,
        "limits::calls_whose_accounts_cross_are_whole",
    ),
    (
        IgnoresMoney,
        1,
        "limits::tokens_and_money_have_limits_of_their_own",
    ),
    (
        ChargesLimitedAccountsOnly,
        1,
        "limits::an_account_without_a_limit_counts",
    ),
    (
        NamesTheLastFullAccount,
        1,
        "limits::the_first_account_that_is_full_is_named",
    ),
    (
        FoldsTheCaseOfAccounts,
        1,
        "limits::accounts_do_not_touch_each_other",
    ),
    (CutsAccounts, 1, "limits::accounts_do_not_touch_each_other"),
    (HasOnePlace, 1, "limits::accounts_do_not_touch_each_other"),
    (
        CountsARepeatedCallAgain,
        2,
        "settling::a_call_that_is_reserved_again_counts_once",
    ),
    (
        RefusesARepeatedCall,
        2,
        "settling::a_call_that_is_reserved_again_counts_once",
    ),
    (
        RemembersWhatDidNotFit,
        2,
        "settling::a_call_that_did_not_fit_may_be_reserved_later",
    ),
    (
        GivesNothingBack,
        2,
        "settling::what_was_spent_counts_be_it_less_or_more",
    ),
    (
        CapsWhatWasSpent,
        2,
        "settling::what_was_spent_counts_be_it_less_or_more",
    ),
    (
        ShowsTheLastSettlement,
        2,
        "settling::the_first_settlement_stays",
    ),
    (
        CountsEachSettlement,
        2,
        "settling::of_settlements_at_once_one_counts",
    ),
    (
        SettlesWhatIsNotThere,
        2,
        "settling::a_call_that_was_not_reserved_cannot_be_settled",
    ),
    (
        ReservesWhatIsSettled,
        2,
        "settling::a_call_that_is_settled_is_not_reserved_again",
    ),
    (
        ReservesWhatIsSettled,
        2,
        "scripts::random_calls_are_answered_as_memory_does",
    ),
    (
        ForgetsWhatWasGivenUp,
        2,
        "settling::a_call_that_was_given_up_is_not_reserved_later",
    ),
    (
        ForgetsWhatWasGivenUp,
        2,
        "settling::a_call_that_is_reserved_and_given_up_at_once_is_not_left",
    ),
    (
        ShowsWhatWasGivenUp,
        2,
        "settling::a_call_that_was_given_up_is_not_reserved_later",
    ),
    (
        CapsWhatWasSpent,
        2,
        "settling::calls_that_are_settled_crosswise_do_not_wait_in_a_circle",
    ),
    (
        LosesTheLastCallInACrash,
        3,
        "crashes::what_was_acknowledged_survives_a_crash",
    ),
    (
        KeepsACopyOfThePage,
        3,
        "records::every_node_sees_every_call_at_once",
    ),
    (
        PagesFromTheCallItself,
        4,
        "records::pages_have_each_call_once_while_others_are_added",
    ),
    (
        OrdersByReservation,
        4,
        "records::pages_have_each_call_once_while_others_are_added",
    ),
    (
        IgnoresLimits,
        4,
        "records::pages_have_each_call_once_while_others_are_added",
    ),
    (
        SumsWhatIsSettled,
        4,
        "records::totals_are_the_sums_of_the_calls",
    ),
    (
        DoesNotSortTotals,
        4,
        "records::totals_are_the_sums_of_the_calls",
    ),
    (
        LeavesOutTheLastDay,
        4,
        "records::days_of_totals_are_included",
    ),
    (
        CountsDaysElsewhere,
        4,
        "records::days_of_totals_are_included",
    ),
    (CutsTimes, 5, "values::values_come_back_as_they_were"),
    (CutsTexts, 5, "values::values_come_back_as_they_were"),
    (ForgetsPosts, 5, "values::values_come_back_as_they_were"),
    (
        CutsAmounts,
        5,
        "values::what_is_too_large_is_refused_by_field",
    ),
    (
        RemovesNul,
        5,
        "values::texts_that_cannot_be_stored_are_refused_by_field",
    ),
    (
        TakesTheFirstOfTwoAccounts,
        5,
        "values::an_account_that_is_named_twice_is_refused",
    ),
    (
        CountsInFloats,
        5,
        "values::the_largest_amounts_count_exactly",
    ),
    (
        FailsWhereSumsAreTooLarge,
        5,
        "values::sums_above_the_largest_are_told_as_that",
    ),
    (
        ForgetsTheDayItself,
        6,
        "forgetting::what_is_forgotten_is_gone_and_accounts_stay",
    ),
    (
        ForgetsNothing,
        6,
        "forgetting::what_is_forgotten_is_gone_and_accounts_stay",
    ),
    (
        EmptiesAccounts,
        6,
        "forgetting::what_is_forgotten_is_gone_and_accounts_stay",
    ),
];

#[tokio::test]
async fn each_mutant_is_caught_by_its_case() {
    let broken = |fault| Mutant::with(Some(fault));
    each_is_caught(MUTANTS, &usage_store_cases(), broken).await;
}

#[tokio::test]
async fn without_a_fault_every_case_passes() {
    passes(&usage_store_cases(), &Mutant::with(None)).await;
}
