//! Which nodes become which others.

use std::ops::Range;

use similar::{DiffOp, diff_ratio};

use super::tree::*;
use super::write::to_markdown;
use crate::difference::operations;

/// So many comparisons are made to find out which nodes that differ are still the same.
const COMPARISONS: usize = 1_000;

/// What becomes of nodes, in order: the first number is the place of an old one, the last of a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Keep(usize),
    Remove(usize),
    Insert(usize),
    Edit(usize, usize),
}

/// What a node says in Markdown, by which it is compared; nothing for what Markdown cannot say.
pub(super) fn key(node: &Node) -> String {
    let name = match node {
        Node::Text(_) => "",
        Node::Element(element) => match &*element.name {
            HARD_BREAK | LIST_ITEM | TABLE_ROW | TABLE_HEADER | TABLE_CELL => &*element.name,
            _ => "",
        },
    };
    let mut key = name.to_owned();
    // White space at the ends of a text between two breaks or pictures matters.
    if let Node::Text(runs) = node {
        runs.iter()
            .for_each(|run| key.push_str(&format!("{run:?}")));
    } else {
        key.push_str(&to_markdown(std::slice::from_ref(node)));
    }
    key
}

/// The steps that make the old nodes the new ones.
pub(super) fn steps(old: &[Node], new: &[Node]) -> Vec<Step> {
    let keys = |nodes: &[Node]| nodes.iter().map(key).collect::<Vec<_>>();
    let mut steps = vec![];
    for operation in operations(&keys(old), &keys(new)) {
        match operation {
            DiffOp::Equal { old_index, len, .. } => {
                steps.extend((old_index..old_index + len).map(Step::Keep));
            }
            other => steps.extend(replace(old, new, other.old_range(), other.new_range())),
        }
    }
    steps
}

/// The steps where nodes differ: one that is still much the same is edited.
fn replace(
    old: &[Node],
    new: &[Node],
    old_places: Range<usize>,
    new_places: Range<usize>,
) -> Vec<Step> {
    let is_same_kind = |old_place: usize, new_place: usize| match (&old[old_place], &new[new_place])
    {
        (Node::Text(_), Node::Text(_)) => true,
        (Node::Element(old), Node::Element(new)) => old.name == new.name,
        _ => false,
    };
    let mut pairs = old_places.clone().zip(new_places.clone());
    let are_in_order =
        old_places.len() == new_places.len() && pairs.all(|(old, new)| is_same_kind(old, new));
    let may_compare = old_places.len() * new_places.len() <= COMPARISONS;
    let mut steps = vec![];
    let mut rest = old_places;
    for new_place in new_places {
        let mut candidates = rest.clone();
        let found = candidates.find(|old_place| {
            is_same_kind(*old_place, new_place)
                && (are_in_order || (may_compare && are_alike(&old[*old_place], &new[new_place])))
        });
        match found {
            Some(old_place) => {
                steps.extend((rest.start..old_place).map(Step::Remove));
                steps.push(Step::Edit(old_place, new_place));
                rest.start = old_place + 1;
            }
            None => steps.push(Step::Insert(new_place)),
        }
    }
    steps.extend(rest.map(Step::Remove));
    steps
}

/// Whether two nodes have half of their words in common.
fn are_alike(old: &Node, new: &Node) -> bool {
    let words = |node: &Node| {
        let text = match node {
            Node::Text(runs) => runs.iter().map(|run| &*run.text).collect(),
            Node::Element(element) => element.plain_text(),
        };
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (old, new) = (words(old), words(new));
    diff_ratio(&operations(&old, &new), old.len(), new.len()) >= 0.5
}
