//! Which nodes become which others.

use std::collections::HashMap;
use std::ops::Range;

use similar::DiffOp;

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
    let may_compare =
        !are_in_order && old_places.len().saturating_mul(new_places.len()) <= COMPARISONS;
    let words = |nodes: &[Node]| -> Vec<Words> {
        let compared = if may_compare { nodes } else { &[] };
        compared.iter().map(Words::of).collect()
    };
    let (first_old, first_new) = (old_places.start, new_places.start);
    let old_words = words(&old[old_places.clone()]);
    let new_words = words(&new[new_places.clone()]);
    let are_alike = |old_place: usize, new_place: usize| {
        may_compare && old_words[old_place - first_old].are_like(&new_words[new_place - first_new])
    };
    let mut steps = vec![];
    let mut rest = old_places;
    for new_place in new_places {
        let found = rest.clone().find(|old_place| {
            is_same_kind(*old_place, new_place)
                && (are_in_order || are_alike(*old_place, new_place))
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

/// The words of a node, and how often each is there.
struct Words {
    counts: HashMap<String, usize>,
    total: usize,
}

impl Words {
    fn of(node: &Node) -> Self {
        let text = match node {
            Node::Text(runs) => runs.iter().map(|run| &*run.text).collect(),
            Node::Element(element) => element.plain_text(),
        };
        let (mut counts, mut total) = (HashMap::new(), 0);
        for word in text.split_whitespace() {
            *counts.entry(word.to_owned()).or_default() += 1;
            total += 1;
        }
        Self { counts, total }
    }

    /// Whether half of the words are common to both.
    fn are_like(&self, other: &Self) -> bool {
        let (few, many) = if self.counts.len() <= other.counts.len() {
            (self, other)
        } else {
            (other, self)
        };
        let common = few.counts.iter().map(|(word, count)| {
            let there = many.counts.get(word).copied().unwrap_or(0);
            there.min(*count)
        });
        4 * common.sum::<usize>() >= self.total + other.total
    }
}
