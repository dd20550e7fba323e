use serde::Serialize;
use serde_json::{Map, Value};
use similar::{MergeResolution, TextMerge};

/// A place that two edits of the same text both changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextConflict {
    /// What stood there when both began.
    pub base: String,
    /// What stands there now.
    pub head: String,
    /// What the edit wants there.
    pub theirs: String,
}

/// Merges two edits of `base` by line (diff3): touching changes conflict, equal ones do not.
///
/// # Errors
/// Every place that both changed.
pub fn merge_text(base: &str, head: &str, theirs: &str) -> Result<String, Vec<TextConflict>> {
    if base == head || head == theirs {
        return Ok(theirs.to_owned());
    }
    if base == theirs {
        return Ok(head.to_owned());
    }
    let merge = TextMerge::from_lines(base, head, theirs);
    let mut merged = String::with_capacity(head.len().max(theirs.len()));
    let mut conflicts = Vec::new();
    for region in merge.regions() {
        let base: String = region
            .base_range()
            .filter_map(|line| merge.base_line(line))
            .collect();
        let head: String = region
            .ours_range()
            .filter_map(|line| merge.ours_line(line))
            .collect();
        let theirs: String = region
            .theirs_range()
            .filter_map(|line| merge.theirs_line(line))
            .collect();
        match region.resolution() {
            MergeResolution::Unchanged => merged.push_str(&base),
            MergeResolution::Ours | MergeResolution::Both => merged.push_str(&head),
            MergeResolution::Theirs => merged.push_str(&theirs),
            // The enum may grow: what is not known to be clean is a conflict.
            _ => conflicts.push(TextConflict { base, head, theirs }),
        }
    }
    if conflicts.is_empty() {
        Ok(merged)
    } else {
        Err(conflicts)
    }
}

/// Merges two edits of a value that has no parts; `None` where both changed it differently.
pub fn merge_value<T: Clone + PartialEq>(base: &T, head: &T, theirs: &T) -> Option<T> {
    if base == head || head == theirs {
        Some(theirs.clone())
    } else if base == theirs {
        Some(head.clone())
    } else {
        None
    }
}

/// Merges two edits of a set: what either took away is gone, what either added is there. The order
/// is that of `head`, with what `theirs` added at the end.
#[must_use]
pub fn merge_set(base: &[String], head: &[String], theirs: &[String]) -> Vec<String> {
    let kept = head
        .iter()
        .filter(|item| theirs.contains(item) || !base.contains(item));
    let added = theirs
        .iter()
        .filter(|item| !base.contains(item) && !head.contains(item));
    kept.chain(added).cloned().collect()
}

/// Merges two edits of an object by its top-level keys.
///
/// # Errors
/// The keys that both changed differently.
pub fn merge_map(
    base: &Map<String, Value>,
    head: &Map<String, Value>,
    theirs: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<String>> {
    let mut merged = Map::new();
    let mut conflicts = Vec::new();
    let new_keys = theirs.keys().filter(|key| !head.contains_key(*key));
    for key in head.keys().chain(new_keys) {
        match merge_value(&base.get(key), &head.get(key), &theirs.get(key)) {
            Some(Some(value)) => {
                merged.insert(key.clone(), value.clone());
            }
            Some(None) => {}
            None => conflicts.push(key.clone()),
        }
    }
    if conflicts.is_empty() {
        Ok(merged)
    } else {
        Err(conflicts)
    }
}

#[cfg(test)]
mod tests {
    use super::{merge_set, merge_text};
    use proptest::prelude::*;

    #[test]
    fn edits_of_different_lines_are_both_kept() {
        let merged = merge_text("a\nb\nc\nd\ne\n", "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE");
        assert_eq!(merged.unwrap(), "A\nb\nc\nd\nE");
    }

    #[test]
    fn edits_of_one_line_conflict_and_show_all_three_texts() {
        let conflicts = merge_text("a\nb\nc\n", "a\nhead\nc\n", "a\ntheirs\nc\n").unwrap_err();
        assert_eq!(conflicts.len(), 1);
        let conflict = &conflicts[0];
        assert_eq!(
            (
                conflict.base.as_str(),
                conflict.head.as_str(),
                conflict.theirs.as_str()
            ),
            ("b\n", "head\n", "theirs\n")
        );
    }

    #[test]
    fn a_tag_that_one_edit_removed_and_one_that_the_other_added_both_count() {
        let set = |items: &[&str]| {
            items
                .iter()
                .map(|&item| item.to_owned())
                .collect::<Vec<_>>()
        };
        let merged = merge_set(&set(&["a", "b"]), &set(&["b", "c"]), &set(&["a", "b", "d"]));
        assert_eq!(merged, set(&["b", "c", "d"]));
    }

    fn text() -> impl Strategy<Value = String> {
        proptest::collection::vec(prop_oneof!["a", "b", "c", ""], 0..8)
            .prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #[test]
        fn an_edit_against_no_other_is_kept_as_it_is(base in text(), edit in text()) {
            prop_assert_eq!(merge_text(&base, &base, &edit), Ok(edit.clone()));
            prop_assert_eq!(merge_text(&base, &edit, &base), Ok(edit.clone()));
            prop_assert_eq!(merge_text(&base, &edit, &edit), Ok(edit));
        }

        #[test]
        fn whether_edits_conflict_does_not_depend_on_who_came_first(
            base in text(), one in text(), other in text(),
        ) {
            let (there, back) = (merge_text(&base, &one, &other), merge_text(&base, &other, &one));
            prop_assert_eq!(there.is_ok(), back.is_ok());
            if let (Ok(there), Ok(back)) = (there, back) {
                prop_assert_eq!(there, back);
            }
        }
    }
}
