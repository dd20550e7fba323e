mod atomicity;
mod conflicts;
mod dead_letters;
mod durability;
mod events;
mod fidelity;
mod isolation;
mod leases;
mod pages;
mod redirects;
pub(super) mod sample;
mod visibility;

use super::fixture::StorageFixture;
use super::runner::{Case, Verdict, Violation, case, expect, succeed};
use super::scripts;
use super::world::World;
use crate::error::{ErrorKind, Result};
use crate::ports::Committed;

/// Whether a commit was made, or the kind of error that it was refused with.
pub(super) fn outcome(answer: Result<Committed>) -> Result<(), ErrorKind> {
    answer.map(|_| ()).map_err(|error| error.kind().clone())
}

/// The one list of cases for storages.
#[must_use]
pub fn cases<F: StorageFixture>() -> Vec<Case<F>> {
    vec![
        case!(1, atomicity::a_commit_that_fails_leaves_nothing),
        case!(1, atomicity::a_commit_is_written_whole),
        case!(
            1,
            atomicity::a_commit_that_fails_keeps_nothing_that_travels_in_it
        ),
        case!(1, atomicity::nothing_refers_to_what_the_commit_deletes),
        case!(1, atomicity::a_deleted_post_takes_its_versions_along),
        case!(1, conflicts::a_stale_revision_is_refused),
        case!(1, conflicts::a_slug_is_taken_in_its_locale_only),
        case!(1, conflicts::one_of_many_creators_of_a_slug_wins),
        case!(1, conflicts::one_of_many_updates_of_a_revision_wins),
        case!(1, conflicts::a_slug_is_taken_once_within_a_commit),
        case!(
            1,
            conflicts::a_slug_is_free_again_after_a_rename_or_a_deletion
        ),
        case!(1, conflicts::an_id_is_taken_once),
        case!(1, conflicts::an_alias_leads_to_one_post),
        case!(1, conflicts::redirects_name_posts_that_exist),
        case!(1, redirects::a_former_slug_leads_to_its_post),
        case!(1, redirects::renaming_back_makes_no_loop),
        case!(1, redirects::a_present_slug_goes_before_a_former_one),
        case!(1, redirects::a_deleted_post_takes_its_redirects_along),
        case!(1, durability::what_was_acknowledged_survives_a_crash),
        case!(
            1,
            durability::what_was_changed_and_deleted_stays_so_after_a_crash
        ),
        case!(1, durability::what_travelled_in_a_commit_survives_a_crash),
        case!(2, events::numbers_have_no_holes_under_many_writers),
        case!(2, events::reading_resumes_anywhere),
        case!(2, events::the_events_of_a_commit_stand_together_in_order),
        case!(2, events::every_reader_sees_one_order),
        case!(2, events::purging_keeps_the_numbers),
        case!(3, pages::a_walk_sees_each_post_once_in_order),
        case!(3, pages::a_walk_is_not_disturbed_by_new_posts),
        case!(3, pages::filters_select_by_what_is_shown),
        case!(3, pages::filters_combine_in_every_order),
        case!(3, pages::each_status_has_its_own_list),
        case!(3, pages::a_walk_is_not_disturbed_by_posts_that_go),
        case!(3, pages::versions_are_paged_newest_first),
        case!(3, pages::the_audit_trail_is_paged_newest_first),
        case!(4, isolation::two_places_share_nothing),
        case!(5, isolation::a_failed_neighbour_undoes_nobody),
        case!(6, isolation::a_second_node_sees_a_commit_at_once),
        case!(6, isolation::every_kind_of_read_sees_a_commit_at_once),
        case!(
            6,
            dead_letters::a_letter_is_kept_once_until_it_is_taken_back
        ),
        case!(7, leases::a_stale_lease_is_refused_with_its_commit),
        case!(7, leases::an_idempotency_key_is_taken_once),
        case!(7, leases::a_checkpoint_moves_with_its_commit),
        case!(7, leases::a_lease_is_held_until_it_is_given_back_or_expires),
        case!(7, leases::one_of_many_takers_of_a_lease_gets_it),
        case!(7, leases::one_of_many_commits_with_a_key_wins),
        case!(7, leases::keys_belong_to_their_actor),
        case!(8, visibility::a_draft_is_absent_for_readers_everywhere),
        case!(8, visibility::an_author_sees_their_own_drafts_only),
        case!(8, visibility::cards_show_each_post_as_the_scope_sees_it),
        case!(
            8,
            visibility::what_leaves_the_public_is_gone_for_readers_everywhere
        ),
        case!(8, visibility::each_post_counts_once_as_it_is_shown),
        case!(
            8,
            visibility::readers_keep_the_published_version_while_editors_see_the_head
        ),
        case!(9, fidelity::texts_come_back_byte_for_byte),
        case!(9, fidelity::texts_that_look_alike_stay_apart),
        case!(9, fidelity::every_field_comes_back),
        Case {
            name: "scripts::random_commits_answer_like_the_oracle",
            promise: 1,
            run: |fixture| Box::pin(scripts::random_commits_answer_like_the_oracle(fixture)),
        },
    ]
}
