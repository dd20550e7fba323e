mod broken;
mod commit;
mod fault;
mod lists;
mod place;

use blog_core::conformance::{Violation, storage_cases};

use crate::{each_is_caught, passes, verdict};
use fault::Fault::{self, *};
use place::Mutant;

/// What is broken, the promise that this breaks, and the case that finds it.
const MUTANTS: &[(Fault, u8, &str)] = &[
    (
        LosesTheLastPostOfACommit,
        1,
        "atomicity::a_commit_is_written_whole",
    ),
    (LosesAuditEntries, 1, "atomicity::a_commit_is_written_whole"),
    (
        KeepsTheFirstPostOfAFailedCommit,
        1,
        "atomicity::a_commit_that_fails_leaves_nothing",
    ),
    (
        KeepsTheKeyOfAFailedCommit,
        1,
        "atomicity::a_commit_that_fails_keeps_nothing_that_travels_in_it",
    ),
    (
        WritesOverNewerRevisions,
        1,
        "conflicts::a_stale_revision_is_refused",
    ),
    (
        ChecksSlugsBeforeItWaits,
        1,
        "conflicts::one_of_many_creators_of_a_slug_wins",
    ),
    (
        ChecksRevisionsBeforeItWaits,
        1,
        "conflicts::one_of_many_updates_of_a_revision_wins",
    ),
    (
        TakesSlugsInEveryLocale,
        1,
        "conflicts::a_slug_is_taken_in_its_locale_only",
    ),
    (
        KeepsTheSlugsOfTheDeleted,
        1,
        "conflicts::a_slug_is_free_again_after_a_rename_or_a_deletion",
    ),
    (NamesNoConflict, 1, "conflicts::an_id_is_taken_once"),
    (
        DropsDanglingRedirects,
        1,
        "conflicts::redirects_name_posts_that_exist",
    ),
    (
        RedirectsPresentSlugs,
        1,
        "redirects::renaming_back_makes_no_loop",
    ),
    (
        LosesTheLastCommitInACrash,
        1,
        "durability::what_was_acknowledged_survives_a_crash",
    ),
    (
        ForgetsDeletionsInACrash,
        1,
        "durability::what_was_changed_and_deleted_stays_so_after_a_crash",
    ),
    (SkipsAnEvent, 2, "events::reading_resumes_anywhere"),
    (
        ShowsAnEventBeforeTheOneBelow,
        2,
        "events::numbers_have_no_holes_under_many_writers",
    ),
    (
        ForgetsTheLogsEndInAPurge,
        2,
        "events::purging_keeps_the_numbers",
    ),
    (
        RepeatsTheRowAtTheBorder,
        3,
        "pages::a_walk_sees_each_post_once_in_order",
    ),
    (
        SkipsTheRowAtTheBorder,
        3,
        "pages::a_walk_sees_each_post_once_in_order",
    ),
    (
        PagesByTimeAlone,
        3,
        "pages::a_walk_sees_each_post_once_in_order",
    ),
    (
        PagesByOffset,
        3,
        "pages::a_walk_is_not_disturbed_by_new_posts",
    ),
    (
        PagesByOffset,
        3,
        "pages::a_walk_is_not_disturbed_by_posts_that_go",
    ),
    (HasOneOrder, 3, "pages::filters_combine_in_every_order"),
    (
        RepeatsTheVersionAtTheBorder,
        3,
        "pages::versions_are_paged_newest_first",
    ),
    (HasOnePlace, 4, "isolation::two_places_share_nothing"),
    (
        UndoesTheNeighbourOfAFailure,
        5,
        "isolation::a_failed_neighbour_undoes_nobody",
    ),
    (
        ReadsTheCommitBefore,
        6,
        "isolation::a_second_node_sees_a_commit_at_once",
    ),
    (
        KeepsOldCounts,
        6,
        "isolation::every_kind_of_read_sees_a_commit_at_once",
    ),
    (
        DropsLettersWithTheirEvents,
        6,
        "dead_letters::a_letter_is_kept_once_until_it_is_taken_back",
    ),
    (
        AcceptsLostLeases,
        7,
        "leases::a_stale_lease_is_refused_with_its_commit",
    ),
    (
        GivesALeaseTwice,
        7,
        "leases::one_of_many_takers_of_a_lease_gets_it",
    ),
    (
        RepeatsTokens,
        7,
        "leases::a_stale_lease_is_refused_with_its_commit",
    ),
    (
        LetsAnyoneReleaseALease,
        7,
        "leases::a_lease_is_held_until_it_is_given_back_or_expires",
    ),
    (
        TakesAKeyTwice,
        7,
        "leases::one_of_many_commits_with_a_key_wins",
    ),
    (
        SharesKeysBetweenActors,
        7,
        "leases::keys_belong_to_their_actor",
    ),
    (
        KeepsKeysForEver,
        7,
        "leases::an_idempotency_key_is_taken_once",
    ),
    (
        MovesTheCheckpointFirst,
        7,
        "leases::a_checkpoint_moves_with_its_commit",
    ),
    (
        ListsDrafts,
        8,
        "visibility::a_draft_is_absent_for_readers_everywhere",
    ),
    (
        CountsTheTagsOfDrafts,
        8,
        "visibility::a_draft_is_absent_for_readers_everywhere",
    ),
    (
        CountsTheAuthorsOfDrafts,
        8,
        "visibility::a_draft_is_absent_for_readers_everywhere",
    ),
    (
        CountsTheTrash,
        8,
        "visibility::each_post_counts_once_as_it_is_shown",
    ),
    (
        ShowsTheCardsOfDrafts,
        8,
        "visibility::cards_show_each_post_as_the_scope_sees_it",
    ),
    (
        RedirectsToDrafts,
        8,
        "visibility::what_leaves_the_public_is_gone_for_readers_everywhere",
    ),
    (
        ShowsFormerVersions,
        8,
        "visibility::readers_keep_the_published_version_while_editors_see_the_head",
    ),
    (
        FindsByTheTagsOfHeads,
        8,
        "visibility::readers_keep_the_published_version_while_editors_see_the_head",
    ),
    (
        ComposesLetters,
        9,
        "fidelity::texts_that_look_alike_stay_apart",
    ),
    (TrimsBlanks, 9, "fidelity::texts_that_look_alike_stay_apart"),
    (KeepsMillisecondsOnly, 9, "fidelity::every_field_comes_back"),
];

const SCRIPTS: &str = "scripts::random_commits_answer_like_the_oracle";

#[tokio::test]
async fn each_mutant_is_caught_by_its_case() {
    let broken = |fault| Mutant::with(Some(fault));
    each_is_caught(MUTANTS, &storage_cases(), broken).await;
}

#[tokio::test]
async fn what_no_case_foresees_a_script_finds_in_its_fewest_steps() {
    let broken = Mutant::with(Some(ForgetsWhoHelpedOnceRenamedAndTrashed));
    let cases = storage_cases();
    for case in &cases {
        let verdict = case.run(&broken).await;
        if case.name() != SCRIPTS {
            assert!(verdict.is_ok(), "{}: {verdict:?}", case.name());
        }
    }
    let Err(Violation::Broke { saw, .. }) = verdict(&cases, SCRIPTS, &broken).await else {
        panic!("no script found it");
    };
    let script: Vec<_> = saw.lines().skip(1).collect();
    let actions = ["Create", "Rename", "Withdraw { to: Trashed }"];
    assert_eq!(script.len(), actions.len(), "{saw}");
    for (step, action) in script.iter().zip(actions) {
        assert!(step.contains(action), "{saw}");
    }
}

#[tokio::test]
async fn without_a_fault_every_case_passes() {
    passes(&storage_cases(), &Mutant::with(None)).await;
}
