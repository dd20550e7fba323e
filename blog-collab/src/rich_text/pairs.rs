//! Which nodes become which others.

use std::collections::HashMap;
use std::ops::Range;

use similar::DiffOp;

use super::read::nodes_of;
use super::tree::*;
use super::write::{blocks_in, is_block, texts_of, to_markdown};
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

/// What nodes say in Markdown, by which they are compared.
struct Said {
    keys: Vec<String>,
    /// Which of these are each node's: one for a node that Markdown has, or each block within another.
    places: Vec<Range<usize>>,
}

impl Said {
    fn by(nodes: &[Node]) -> Self {
        let (mut blocks, mut places) = (vec![], vec![]);
        for node in nodes {
            let start = blocks.len();
            if is_part(node) {
                blocks.push(node);
            } else {
                blocks.extend(blocks_in(std::slice::from_ref(node), 0));
            }
            places.push(start..blocks.len());
        }
        let mut keys: Vec<_> = texts_of(&blocks);
        for (key, block) in keys.iter_mut().zip(&blocks) {
            if let Some(alone) = list_alone(block) {
                *key = alone;
            }
        }
        for (node, place) in nodes.iter().zip(&places) {
            if is_part(node) {
                keys[place.start] = key_of_part(node);
            }
        }
        Self { keys, places }
    }

    /// Whether Markdown can say what a node does.
    fn has(&self, place: usize) -> bool {
        let keys = &self.keys[self.places[place].clone()];
        keys.iter().any(|key| !key.is_empty())
    }
}

/// Whether a node stands in a line, a list or a table, and is no block.
fn is_part(node: &Node) -> bool {
    const PARTS: [&str; 6] = [
        HARD_BREAK,
        LIST_ITEM,
        TASK_ITEM,
        TABLE_ROW,
        TABLE_HEADER,
        TABLE_CELL,
    ];
    let element = node.element();
    element.is_none_or(|element| PARTS.contains(&&*element.name))
}

fn key_of_part(node: &Node) -> String {
    match node {
        // White space at the ends of a text between two breaks or pictures matters.
        Node::Text(runs) => runs.iter().map(|run| format!("{run:?}")).collect(),
        Node::Element(element) => {
            format!("{}{}", element.name, to_markdown(&element.children))
        }
    }
}

/// What a list says that is one after it was Markdown too: with its markers as they are where no other
/// list stands beside it.
fn list_alone(block: &Node) -> Option<String> {
    let lists = [BULLET_LIST, ORDERED_LIST];
    block
        .element()
        .filter(|list| lists.contains(&&*list.name))?;
    let alone = to_markdown(std::slice::from_ref(block));
    let is_list = match &*nodes_of(&alone) {
        [Node::Element(read)] => lists.contains(&&*read.name),
        _ => false,
    };
    is_list.then_some(alone)
}

/// The steps that make the old nodes the new ones. An old one stays if all that it says does.
pub(super) fn steps(old: &[Node], new: &[Node]) -> Vec<Step> {
    let (said, wanted) = (Said::by(old), Said::by(new));
    let mut same = vec![None; said.keys.len()];
    for operation in operations(&said.keys, &wanted.keys) {
        if let DiffOp::Equal {
            old_index,
            new_index,
            len,
        } = operation
        {
            for at in 0..len {
                same[old_index + at] = Some(new_index + at);
            }
        }
    }
    let mut steps = vec![];
    let (mut next_old, mut next_new) = (0, 0);
    for (place, keys) in said.places.iter().enumerate() {
        let Some(stays) = nodes_for(&same[keys.clone()], &wanted.places) else {
            continue;
        };
        steps.extend(replace(
            old,
            new,
            &said,
            next_old..place,
            next_new..stays.start,
        ));
        steps.push(Step::Keep(place));
        (next_old, next_new) = (place + 1, stays.end);
    }
    let (old_places, new_places) = (next_old..old.len(), next_new..new.len());
    steps.extend(replace(old, new, &said, old_places, new_places));
    steps
}

/// The new nodes that say the same, one after the other, as one old one; each says one thing.
fn nodes_for(same: &[Option<usize>], new: &[Range<usize>]) -> Option<Range<usize>> {
    let (first, last) = ((*same.first()?)?, (*same.last()?)?);
    let is_run = same.iter().zip(first..).all(|(it, at)| *it == Some(at));
    let start = new.partition_point(|keys| keys.start < first);
    let end = new.partition_point(|keys| keys.end <= last + 1);
    let is_whole = new.get(start)?.start == first && new.get(end.checked_sub(1)?)?.end == last + 1;
    (is_run && is_whole).then_some(start..end)
}

/// The steps where nodes differ: one that is still much the same is edited.
fn replace(
    old: &[Node],
    new: &[Node],
    said: &Said,
    old_places: Range<usize>,
    new_places: Range<usize>,
) -> Vec<Step> {
    let is_same_kind = |old_place: usize, new_place: usize| match (&old[old_place], &new[new_place])
    {
        (Node::Text(_), Node::Text(_)) => true,
        // A list that holds something else than items is none: an item more would not make it one.
        (Node::Element(old), Node::Element(new)) => {
            old.name == new.name && is_block(old, 0) == is_block(new, 0)
        }
        _ => false,
    };
    // What says nothing stays; but an empty paragraph may become another.
    let without = |place: usize| {
        if said.has(place) {
            Step::Remove(place)
        } else {
            Step::Keep(place)
        }
    };
    let speaking: Vec<_> = old_places
        .clone()
        .filter(|place| !said.places[*place].is_empty())
        .collect();
    let mut pairs = speaking.iter().zip(new_places.clone());
    let are_in_order =
        speaking.len() == new_places.len() && pairs.all(|(old, new)| is_same_kind(*old, new));
    let may_compare =
        !are_in_order && speaking.len().saturating_mul(new_places.len()) <= COMPARISONS;
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
    let (mut rest, mut candidates) = (old_places, &*speaking);
    for new_place in new_places {
        let found = candidates.iter().position(|old_place| {
            is_same_kind(*old_place, new_place)
                && (are_in_order || are_alike(*old_place, new_place))
        });
        match found {
            Some(at) => {
                let old_place = candidates[at];
                candidates = &candidates[at + 1..];
                steps.extend((rest.start..old_place).map(without));
                steps.push(Step::Edit(old_place, new_place));
                rest.start = old_place + 1;
            }
            None => steps.push(Step::Insert(new_place)),
        }
    }
    steps.extend(rest.map(without));
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
