//! The search kit is tested as well: an index that breaks a promise fails the case that is meant for
//! it, with the promise's number.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod broken;
mod fault;
mod home;
mod page;
mod place;
mod search;
mod words;

use blog_core::conformance::{Violation, search_index_cases};

use fault::Fault::{self, *};
use place::Mutant;

/// The promise and the case that proves it, and the faults that this case finds. The first of them
/// is one that no other case finds.
const MUTANTS: &[(u8, &str, &[Fault])] = &[
    (
        1,
        "applying::a_new_index_has_no_checkpoint",
        &[StartsAtTheLogsBeginning, MovesItsCheckpointOnlyWithChanges],
    ),
    (
        1,
        "applying::what_is_put_is_found_and_what_is_removed_is_not",
        &[
            KeepsWhatAPostSaidBefore,
            RefusesToRemoveWhatIsAbsent,
            ForgetsRemovals,
            AppliesWithoutTheCheckpoint,
        ],
    ),
    (
        1,
        "applying::applying_again_changes_nothing",
        &[DoublesWhatIsAppliedAgain],
    ),
    (
        1,
        "applying::ids_are_listed_in_order",
        &[
            RepeatsTheIdAtTheBorder,
            SkipsTheIdAtTheBorder,
            ListsMoreIdsThanAsked,
            ListsIdsBackwards,
        ],
    ),
    (
        1,
        "applying::changes_and_checkpoint_survive_a_crash",
        &[
            LosesTheLastChangesInACrash,
            LosesTheLastCheckpointInACrash,
            StaysLockedAfterACrash,
        ],
    ),
    (
        2,
        "visibility::a_draft_leaks_through_no_door",
        &[
            CountsTheTagsOfDrafts,
            FindsDrafts,
            CountsDraftsInTotals,
            FiltersByTheTagsOfDrafts,
            HighlightsDrafts,
            SuggestsTheWordsOfDrafts,
            CompletesTheTitlesOfDrafts,
            RelatesDrafts,
            TellsWhatADraftIsAbout,
        ],
    ),
    (
        2,
        "visibility::a_scope_selects_one_text_of_each_post",
        &[
            TakesAuthorsForReaders,
            TakesAuthorsForEditors,
            FindsTheTrash,
            FindsBothTextsOfAPost,
            CountsBothTextsOfAPost,
        ],
    ),
    (
        2,
        "visibility::scores_do_not_depend_on_what_is_hidden",
        &[WeighsWordsAmongWhatIsHidden],
    ),
    (
        3,
        "matching::words_of_title_body_and_tags_are_found",
        &[
            LeavesOutTags,
            LeavesOutCode,
            ReadsNoUmlauts,
            ReadsNoCjk,
            FindsAnyOfTheWords,
        ],
    ),
    (
        3,
        "matching::a_word_is_found_in_its_other_forms",
        &[KnowsNoStems, SuggestsWhatAStemFinds],
    ),
    (
        3,
        "matching::a_phrase_needs_its_order",
        &[IgnoresQuotes, TakesWordsForAPhrase],
    ),
    (
        3,
        "matching::a_prefix_finds_what_begins_so",
        &[TakesPrefixesForWords, FindsPrefixesInsideWords],
    ),
    (
        3,
        "matching::a_known_word_is_not_widened",
        &[WidensKnownWords, SuggestsForKnownWords],
    ),
    (
        3,
        "matching::an_unknown_word_is_widened_and_the_meant_one_suggested",
        &[
            WidensNothing,
            SuggestsNothing,
            WidensLongWordsByOneSlip,
            WidensShortWordsByTwoSlips,
        ],
    ),
    (
        3,
        "matching::the_best_match_comes_first",
        &[RanksByDate, RanksTheWorstFirst, ScoresUpsideDown],
    ),
    (
        3,
        "matching::highlights_are_escaped",
        &[EscapesNothing, MarksNothing, LeavesOutTitlesWithoutAMatch],
    ),
    (
        4,
        "replacement::the_old_content_answers_until_it_is_replaced",
        &[
            ShowsAReplacementEarly,
            EmptiesTheOldContentAtOnce,
            DropsWhatIsAppliedMeanwhile,
            KeepsTheOldContentBeside,
            TakesNoChangesOnceReplaced,
        ],
    ),
    (
        4,
        "replacement::a_replacement_begins_empty",
        &[
            KeepsAnAbandonedReplacement,
            BeginsAReplacementWithTheOldContent,
        ],
    ),
    (
        4,
        "replacement::a_replacement_survives_a_crash",
        &[
            LosesAReplacementInACrash,
            LosesTheCheckpointOfAReplacementInACrash,
            FinishesAReplacementInACrash,
        ],
    ),
    (
        5,
        "filters::each_filter_narrows",
        &[
            IgnoresLocales,
            IgnoresTags,
            IgnoresCoauthors,
            TakesOneFilterOfTwo,
            LeavesOutSubcategories,
            TakesCategoriesForPrefixes,
            LeavesOutTheFirstMoment,
            TakesInTheLastMoment,
        ],
    ),
    (
        5,
        "filters::facets_count_what_their_filters_give",
        &[
            CountsTheFacetsOfOnePage,
            CountsFacetsWithoutFilters,
            CountsNoCoauthors,
            CountsYearsOfCreation,
        ],
    ),
    (
        5,
        "filters::hits_come_in_the_order_asked_for",
        &[PutsTheOldestFirst, OrdersByCreation],
    ),
    (
        5,
        "filters::pages_neither_repeat_nor_skip",
        &[
            RepeatsTheHitAtTheBorder,
            SkipsTheHitAtTheBorder,
            ShufflesEqualHits,
            CountsOnePage,
            GivesMoreHitsThanAsked,
            FailsBehindTheLastPage,
        ],
    ),
    (
        5,
        "matching::beginnings_are_completed",
        &[
            CompletesInTheSameCaseOnly,
            CompletesInsideWords,
            CompletesMoreThanAsked,
        ],
    ),
    (
        5,
        "matching::posts_about_the_same_are_related",
        &[
            RelatesAPostToItself,
            RelatesEverything,
            RelatesMoreThanAsked,
            RelatesTheFarthestFirst,
            FailsToRelateTheUnknown,
        ],
    ),
    (
        5,
        "matching::no_text_is_a_wrong_query",
        &[
            RefusesUnclosedQuotes,
            RefusesALoneStar,
            RefusesLongQueries,
            RefusesToCompleteSigns,
        ],
    ),
];

#[tokio::test]
async fn each_mutant_is_caught_by_its_case() {
    let cases = search_index_cases();
    let mut escaped = Vec::new();
    for (promise, name, faults) in MUTANTS {
        let case = cases.iter().find(|case| case.name() == *name).unwrap();
        for fault in *faults {
            match case.run(&Mutant(Some(*fault))).await {
                Err(Violation::Broke { promise: broke, .. }) if broke == *promise => {}
                other => escaped.push(format!("{fault:?} in {name}: {other:?}")),
            }
        }
    }
    assert!(escaped.is_empty(), "{}", escaped.join("\n"));
}

#[tokio::test]
async fn every_case_finds_what_no_other_does() {
    let cases = search_index_cases();
    for case in &cases {
        let mut rows = MUTANTS.iter();
        let (.., faults) = rows.find(|(_, name, _)| *name == case.name()).unwrap();
        let fault = faults[0];
        for other in cases.iter().filter(|other| other.name() != case.name()) {
            let verdict = other.run(&Mutant(Some(fault))).await;
            assert!(
                verdict.is_ok(),
                "{fault:?} in {}: {verdict:?}",
                other.name()
            );
        }
    }
}

#[tokio::test]
async fn without_a_fault_every_case_passes() {
    for case in search_index_cases() {
        let verdict = case.run(&Mutant(None)).await;
        assert!(verdict.is_ok(), "{}: {verdict:?}", case.name());
    }
}
