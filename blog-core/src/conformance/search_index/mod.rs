mod applying;
mod filters;
mod matching;
mod replacement;
mod sample;
mod visibility;
mod world;

use super::fixture::SearchIndexFixture;
use super::runner::{Case, Verdict, case, expect, succeed};
use super::world::World;

/// The one list of cases for search indexes.
#[must_use]
pub fn cases<F: SearchIndexFixture>() -> Vec<Case<F>> {
    vec![
        case!(1, applying::a_new_index_has_no_checkpoint),
        case!(1, applying::what_is_put_is_found_and_what_is_removed_is_not),
        case!(1, applying::applying_again_changes_nothing),
        case!(1, applying::ids_are_listed_in_order),
        case!(1, applying::changes_and_checkpoint_survive_a_crash),
        case!(2, visibility::a_draft_leaks_through_no_door),
        case!(2, visibility::a_scope_selects_one_text_of_each_post),
        case!(2, visibility::scores_do_not_depend_on_what_is_hidden),
        case!(3, matching::words_of_title_body_and_tags_are_found),
        case!(3, matching::a_word_is_found_in_its_other_forms),
        case!(3, matching::a_phrase_needs_its_order),
        case!(3, matching::a_prefix_finds_what_begins_so),
        case!(3, matching::a_known_word_is_not_widened),
        case!(
            3,
            matching::an_unknown_word_is_widened_and_the_meant_one_suggested
        ),
        case!(3, matching::the_best_match_comes_first),
        case!(3, matching::highlights_are_escaped),
        case!(4, replacement::the_old_content_answers_until_it_is_replaced),
        case!(4, replacement::a_replacement_begins_empty),
        case!(4, replacement::a_replacement_survives_a_crash),
        case!(5, filters::each_filter_narrows),
        case!(5, filters::facets_count_what_their_filters_give),
        case!(5, filters::hits_come_in_the_order_asked_for),
        case!(5, filters::pages_neither_repeat_nor_skip),
        case!(5, matching::beginnings_are_completed),
        case!(5, matching::posts_about_the_same_are_related),
        case!(5, matching::no_text_is_a_wrong_query),
    ]
}
