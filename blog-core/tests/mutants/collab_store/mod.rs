mod broken;
mod place;

use blog_core::conformance::collab_store_cases;

use crate::{each_is_caught, passes};
use Fault::*;
use place::Mutant;

/// One way in which a store of live documents breaks its promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    LosesTheLastUpdateOfAnAppend,
    NamesOneActor,
    RefusesEmptyAppends,
    AnswersTheEndOfBeforeItWaited,
    MixesAppends,
    ShowsEntriesBeforeThoseBelow,
    PagesFromTheEntryItself,
    IgnoresLimits,
    LosesTheLastCallInACrash,
    CutsTheLastAppendInACrash,

    AcceptsAVersionAgain,
    KeepsTheUpdatesOfAStaleVersion,
    KeepsTheClaimsOfAStaleVersion,
    ChecksVersionsBeforeItWaits,
    ForgetsWhatAVersionWasMadeFrom,

    LetsOthersUseAnId,
    KeepsTheFirstClaimOfARefusedAppend,
    TakesTheFirstOfTwoClaims,
    ChecksClaimsBeforeItWaits,
    CutsIds,
    RemovesNul,

    HasOneSnapshot,
    DropsWhatTheNewestContains,
    DropsNothing,
    AlwaysKeepsTheNewest,
    TakesTheLastSnapshotForTheNewest,
    AcceptsAnyPosition,
    DropsEntriesBeforeItStores,

    SharesClaims,
    HasOnePlace,
    FailsTogether,

    KeepsACopyOfTheLog,
    LoadsInTwoReads,

    CutsUpdates,
    CutsTimes,
    CutsStates,

    TakesBackWhatIsFolded,
    NotesBeyondTheEnd,
    ReadsNotesBeforeItWaits,
    PagesFromTheLastId,
    ListsWhatIsNotFolded,

    MakesADocumentOfARefusedAppend,
    CompactsWhatIsNotThere,
    ClaimsAfterItHasAppended,
    KeepsTheVersionOfTheRemoved,
    KeepsTheClaimsOfTheRemoved,
}

/// What is broken, the promise that this breaks, and the case that finds it.
const MUTANTS: &[(Fault, u8, &str)] = &[
    (
        LosesTheLastUpdateOfAnAppend,
        1,
        "numbers::an_append_brings_its_updates_together_in_order",
    ),
    (
        NamesOneActor,
        1,
        "numbers::an_append_brings_its_updates_together_in_order",
    ),
    (
        RefusesEmptyAppends,
        1,
        "numbers::an_append_may_bring_no_update",
    ),
    (
        AnswersTheEndOfBeforeItWaited,
        1,
        "numbers::numbers_have_no_gap_under_many_appenders",
    ),
    (
        MixesAppends,
        1,
        "numbers::numbers_have_no_gap_under_many_appenders",
    ),
    (
        ShowsEntriesBeforeThoseBelow,
        1,
        "numbers::an_entry_is_never_seen_before_those_below_it",
    ),
    (
        PagesFromTheEntryItself,
        1,
        "numbers::entries_are_paged_in_order",
    ),
    (IgnoresLimits, 1, "numbers::entries_are_paged_in_order"),
    (
        LosesTheLastCallInACrash,
        1,
        "crashes::what_was_acknowledged_survives_a_crash",
    ),
    (
        CutsTheLastAppendInACrash,
        1,
        "crashes::a_crash_leaves_an_append_whole_or_not_at_all",
    ),
    (AcceptsAVersionAgain, 2, "versions::a_version_comes_in_once"),
    (
        KeepsTheUpdatesOfAStaleVersion,
        2,
        "versions::a_stale_version_leaves_nothing",
    ),
    (
        KeepsTheClaimsOfAStaleVersion,
        2,
        "versions::a_stale_version_leaves_nothing",
    ),
    (
        ChecksVersionsBeforeItWaits,
        2,
        "versions::one_of_many_that_bring_a_version_wins",
    ),
    (
        ForgetsWhatAVersionWasMadeFrom,
        2,
        "versions::of_versions_made_from_the_same_one_comes_in",
    ),
    (
        LetsOthersUseAnId,
        3,
        "claims::the_first_to_claim_an_id_owns_it_for_ever",
    ),
    (
        KeepsTheFirstClaimOfARefusedAppend,
        3,
        "claims::an_append_with_anothers_id_leaves_nothing",
    ),
    (
        TakesTheFirstOfTwoClaims,
        3,
        "claims::an_id_goes_to_one_actor_within_an_append",
    ),
    (
        ChecksClaimsBeforeItWaits,
        3,
        "claims::one_of_many_claimants_gets_an_id",
    ),
    (CutsIds, 3, "claims::every_number_is_an_id"),
    (RemovesNul, 3, "claims::who_cannot_be_stored_claims_nothing"),
    (
        HasOneSnapshot,
        4,
        "snapshots::a_snapshot_stands_beside_the_one_before_it",
    ),
    (
        DropsWhatTheNewestContains,
        4,
        "snapshots::entries_above_the_snapshot_before_are_kept",
    ),
    (
        DropsNothing,
        4,
        "snapshots::entries_above_the_snapshot_before_are_kept",
    ),
    (
        DropsNothing,
        4,
        "snapshots::a_snapshot_may_end_within_an_append",
    ),
    (
        AlwaysKeepsTheNewest,
        4,
        "snapshots::a_snapshot_stands_beside_the_one_that_it_was_made_from",
    ),
    (
        TakesTheLastSnapshotForTheNewest,
        4,
        "snapshots::what_is_not_newer_changes_nothing",
    ),
    (
        TakesTheLastSnapshotForTheNewest,
        4,
        "snapshots::of_snapshots_at_once_the_newest_is_there_at_last",
    ),
    (
        AcceptsAnyPosition,
        4,
        "snapshots::a_snapshot_beyond_the_end_is_invalid",
    ),
    (
        DropsEntriesBeforeItStores,
        4,
        "crashes::a_crash_while_snapshots_are_stored_loses_nothing",
    ),
    (SharesClaims, 5, "neighbours::documents_share_nothing"),
    (HasOnePlace, 5, "neighbours::documents_share_nothing"),
    (
        FailsTogether,
        5,
        "neighbours::a_refused_append_undoes_no_neighbour",
    ),
    (
        KeepsACopyOfTheLog,
        6,
        "reads::a_second_node_sees_every_call_at_once",
    ),
    (
        LoadsInTwoReads,
        6,
        "reads::a_document_is_loaded_as_of_one_moment",
    ),
    (
        CutsUpdates,
        7,
        "bytes::bytes_and_times_come_back_as_they_were",
    ),
    (
        CutsTimes,
        7,
        "bytes::bytes_and_times_come_back_as_they_were",
    ),
    (
        CutsStates,
        7,
        "bytes::bytes_and_times_come_back_as_they_were",
    ),
    (TakesBackWhatIsFolded, 8, "folding::what_is_folded_stays_so"),
    (NotesBeyondTheEnd, 8, "folding::what_is_folded_stays_so"),
    (
        ReadsNotesBeforeItWaits,
        8,
        "folding::of_notes_at_once_the_highest_stays",
    ),
    (
        PagesFromTheLastId,
        8,
        "folding::unfolded_documents_are_paged_by_id",
    ),
    (
        ListsWhatIsNotFolded,
        8,
        "folding::all_documents_are_paged_by_id",
    ),
    (
        MakesADocumentOfARefusedAppend,
        9,
        "neighbours::a_document_that_never_was_is_nothing",
    ),
    (
        CompactsWhatIsNotThere,
        9,
        "neighbours::a_document_that_never_was_is_nothing",
    ),
    (
        ClaimsAfterItHasAppended,
        9,
        "neighbours::a_removal_beside_the_first_append_leaves_all_or_nothing",
    ),
    (
        KeepsTheVersionOfTheRemoved,
        9,
        "neighbours::a_removed_document_begins_anew",
    ),
    (
        KeepsTheClaimsOfTheRemoved,
        9,
        "neighbours::a_removal_among_other_calls_leaves_nothing_half",
    ),
];

#[tokio::test]
async fn each_mutant_is_caught_by_its_case() {
    let broken = |fault| Mutant::with(Some(fault));
    each_is_caught(MUTANTS, &collab_store_cases(), broken).await;
}

#[tokio::test]
async fn without_a_fault_every_case_passes() {
    passes(&collab_store_cases(), &Mutant::with(None)).await;
}
