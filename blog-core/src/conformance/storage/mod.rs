mod atomicity;
mod conflicts;
mod durability;
mod events;
mod fidelity;
mod isolation;
mod leases;
mod pages;
mod sample;
mod visibility;

use super::fixture::StorageFixture;
use super::runner::{Case, Verdict, Violation, World, expect, succeed};

macro_rules! case {
    ($promise:literal, $module:ident :: $function:ident) => {
        Case {
            name: concat!(stringify!($module), "::", stringify!($function)),
            promise: $promise,
            run: |world| Box::pin($module::$function(world)),
        }
    };
}

pub(super) fn cases<F: StorageFixture>() -> Vec<Case<F>> {
    vec![
        case!(1, atomicity::a_commit_that_fails_leaves_nothing),
        case!(1, atomicity::a_deleted_post_takes_its_versions_along),
        case!(1, conflicts::a_stale_revision_is_refused),
        case!(1, conflicts::a_slug_is_taken_in_its_locale_only),
        case!(1, conflicts::one_of_many_creators_of_a_slug_wins),
        case!(1, conflicts::an_id_is_taken_once),
        case!(1, conflicts::an_alias_leads_to_one_post),
        case!(1, conflicts::redirects_name_posts_that_exist),
        case!(1, durability::what_was_acknowledged_survives_a_crash),
        case!(2, events::numbers_have_no_holes_under_many_writers),
        case!(2, events::reading_resumes_anywhere),
        case!(3, pages::a_walk_sees_each_post_once_in_order),
        case!(3, pages::a_walk_is_not_disturbed_by_new_posts),
        case!(3, pages::filters_select_by_what_is_shown),
        case!(4, isolation::two_places_share_nothing),
        case!(5, isolation::a_failed_neighbour_undoes_nobody),
        case!(6, isolation::a_second_node_sees_a_commit_at_once),
        case!(7, leases::a_stale_lease_is_refused_with_its_commit),
        case!(7, leases::an_idempotency_key_is_taken_once),
        case!(7, leases::a_checkpoint_moves_with_its_commit),
        case!(8, visibility::a_draft_is_absent_for_readers_everywhere),
        case!(8, visibility::an_author_sees_their_own_drafts_only),
        case!(8, visibility::cards_show_each_post_as_the_scope_sees_it),
        case!(
            8,
            visibility::readers_keep_the_published_version_while_editors_see_the_head
        ),
        case!(9, fidelity::texts_come_back_byte_for_byte),
    ]
}
