mod bytes;
mod claims;
mod crashes;
mod folding;
mod neighbours;
mod numbers;
mod reads;
mod sample;
mod snapshots;
mod versions;

use super::fixture::CollabStoreFixture;
use super::runner::{Case, Verdict, Violation, broke, case, expect, succeed};
use super::samples::{expect_bytes, values};
use super::world::World;

/// The one list of cases for the stores of live documents.
#[must_use]
pub fn cases<F: CollabStoreFixture>() -> Vec<Case<F>> {
    vec![
        case!(1, numbers::entries_are_numbered_from_one_without_a_gap),
        case!(1, numbers::an_append_brings_its_updates_together_in_order),
        case!(1, numbers::an_append_may_bring_no_update),
        case!(1, numbers::numbers_have_no_gap_under_many_appenders),
        case!(1, numbers::an_entry_is_never_seen_before_those_below_it),
        case!(1, numbers::entries_are_paged_in_order),
        case!(1, crashes::what_was_acknowledged_survives_a_crash),
        case!(1, crashes::a_crash_leaves_an_append_whole_or_not_at_all),
        case!(2, versions::a_version_comes_in_once),
        case!(2, versions::a_stale_version_leaves_nothing),
        case!(2, versions::one_of_many_that_bring_a_version_wins),
        case!(2, versions::of_versions_made_from_the_same_one_comes_in),
        case!(3, claims::the_first_to_claim_an_id_owns_it_for_ever),
        case!(3, claims::an_append_with_anothers_id_leaves_nothing),
        case!(3, claims::an_id_goes_to_one_actor_within_an_append),
        case!(3, claims::one_of_many_claimants_gets_an_id),
        case!(3, claims::every_number_is_an_id),
        case!(3, claims::who_cannot_be_stored_claims_nothing),
        case!(4, snapshots::a_snapshot_stands_beside_the_one_before_it),
        case!(4, snapshots::entries_above_the_snapshot_before_are_kept),
        case!(
            4,
            snapshots::a_snapshot_stands_beside_the_one_that_it_was_made_from
        ),
        case!(4, snapshots::a_snapshot_may_end_within_an_append),
        case!(4, snapshots::what_is_not_newer_changes_nothing),
        case!(4, snapshots::a_snapshot_beyond_the_end_is_invalid),
        case!(
            4,
            snapshots::of_snapshots_at_once_the_newest_is_there_at_last
        ),
        case!(4, crashes::a_crash_while_snapshots_are_stored_loses_nothing),
        case!(5, neighbours::documents_share_nothing),
        case!(5, neighbours::a_refused_append_undoes_no_neighbour),
        case!(6, reads::a_second_node_sees_every_call_at_once),
        case!(6, reads::a_document_is_loaded_as_of_one_moment),
        case!(7, bytes::bytes_and_times_come_back_as_they_were),
        case!(8, folding::what_is_folded_stays_so),
        case!(8, folding::unfolded_documents_are_paged_by_id),
        case!(8, folding::all_documents_are_paged_by_id),
        case!(8, folding::of_notes_at_once_the_highest_stays),
        case!(9, neighbours::a_document_that_never_was_is_nothing),
        case!(9, neighbours::a_removed_document_begins_anew),
        case!(
            9,
            neighbours::a_removal_beside_the_first_append_leaves_all_or_nothing
        ),
        case!(
            9,
            neighbours::a_removal_among_other_calls_leaves_nothing_half
        ),
    ]
}
