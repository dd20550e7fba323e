//! What one client contributes to the body: blocks of Markdown at a place that moves with what others
//! write, all of which can be taken back.

use blog_core::services::ai::place_for_block;
use yrs::branch::{Branch, BranchPtr};
use yrs::types::Delta;
use yrs::types::text::YChange;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Assoc, ClientID, GetString, IdSet, In, IndexedSequence, Out, ReadTxn, Snapshot,
    StateVector, StickyIndex, Text, Transact, XmlFragment,
};

use super::body::Body;
use super::{Document, Refused, contained};
use crate::difference::units;
use crate::rich_text::{self, nodes_in, nodes_of, to_markdown};

impl Document {
    /// The place in the body that Yjs has encoded as a relative position; none if it is elsewhere.
    pub(crate) fn place_at(&self, encoded: &[u8]) -> Option<StickyIndex> {
        let place = contained(|| StickyIndex::decode_v1(encoded).map_err(|_| Refused::Malformed));
        let index = self.index_of(&place.ok()?)?;
        self.body.place(&self.doc.transact(), index)
    }

    /// What the body says before a place; all of it, without one.
    pub(crate) fn body_before(&self, place: Option<&StickyIndex>) -> String {
        let index = place.and_then(|place| self.index_of(place));
        self.body.before(&self.doc.transact(), index)
    }

    /// A place as Yjs writes it in JSON; the end of the body, without one.
    pub(crate) fn cursor(&self, place: Option<&StickyIndex>) -> Option<serde_json::Value> {
        let place = match place {
            Some(place) => place.clone(),
            None => self.body.end(&self.doc.transact()),
        };
        serde_json::to_value(place).ok()
    }

    /// Whether a block has a place at or behind this one; at the end of the body, without one. It has none
    /// where code or HTML has no end.
    pub(crate) fn takes_block(&self, place: Option<&StickyIndex>) -> bool {
        let index = place.and_then(|place| self.index_of(place));
        let place = self.body.place_for_block(&self.doc.transact(), index);
        place.is_some()
    }

    /// Inserts a block with empty lines around it, behind the line that the place is in, and behind code or
    /// HTML that it is in. Answers the edit, and the place behind the block; none where there is no place
    /// for it.
    pub(crate) fn insert_block(
        &mut self,
        place: Option<&StickyIndex>,
        block: &str,
    ) -> Result<Option<(Vec<u8>, StickyIndex)>, Refused> {
        let index = place.and_then(|place| self.index_of(place));
        contained(|| {
            let mut transaction = self.doc.transact_mut();
            let Some(index) = self.body.place_for_block(&transaction, index) else {
                return Ok(None);
            };
            let end = self.body.insert(&mut transaction, index, block);
            let place = self.body.place(&transaction, end);
            let place = place.ok_or(Refused::Damaging)?;
            Ok(Some((transaction.encode_update_v1(), place)))
        })
    }

    /// Removes what was written in the body under a client id and is still there, and answers the edit;
    /// none if there is nothing. What others wrote in between stays.
    pub(crate) fn erase(&mut self, client: u64) -> Result<Option<Vec<u8>>, Refused> {
        contained(|| {
            let mut transaction = self.doc.transact_mut();
            let now = transaction.snapshot();
            let before = Snapshot::new(StateVector::default(), IdSet::default());
            for text in self.body.texts(&transaction) {
                let id = |change: YChange| change.id;
                let pieces = text.diff_range(&mut transaction, Some(&now), Some(&before), id);
                let delta = pieces.into_iter().map(|piece| {
                    let length = match &piece.insert {
                        Out::Any(Any::String(said)) => units(said),
                        _ => 1,
                    };
                    let is_theirs = piece.ychange.is_some_and(|id| id.client.get() == client);
                    match is_theirs {
                        true => Delta::<In>::Deleted(length),
                        false => Delta::Retain(length, None),
                    }
                });
                text.apply_delta(&mut transaction, delta);
            }
            if let Body::RichText(fragment) = &self.body {
                rich_text::remove_empty(fragment, &mut transaction, client);
            }
            let is_changed = !transaction.delete_set().is_empty();
            Ok(is_changed.then(|| transaction.encode_update_v1()))
        })
    }

    /// How much there is of a client's edits.
    pub(crate) fn clock_of(&self, client: u64) -> u32 {
        let present = self.doc.transact().state_vector();
        present.get(&ClientID::new(client))
    }

    fn index_of(&self, place: &StickyIndex) -> Option<u32> {
        let transaction = self.doc.transact();
        let offset = place.get_offset(&transaction)?;
        match &self.body {
            Body::Markdown(text) => {
                let branch: &Branch = text.as_ref();
                let is_here = offset.branch == BranchPtr::from(branch);
                is_here.then_some(offset.index)
            }
            Body::RichText(fragment) => {
                rich_text::index_of(fragment, &transaction, (offset.branch, offset.index))
            }
        }
    }
}

impl Body {
    /// The place behind what stands before an index.
    fn place(&self, transaction: &impl ReadTxn, index: u32) -> Option<StickyIndex> {
        match self {
            Self::Markdown(text) => text.sticky_index(transaction, index, Assoc::Before),
            Self::RichText(fragment) => fragment.sticky_index(transaction, index, Assoc::Before),
        }
    }

    /// The place at the end.
    fn end(&self, transaction: &impl ReadTxn) -> StickyIndex {
        match self {
            Self::Markdown(text) => StickyIndex::from_type(transaction, text, Assoc::After),
            Self::RichText(fragment) => StickyIndex::from_type(transaction, fragment, Assoc::After),
        }
    }

    fn before(&self, transaction: &impl ReadTxn, index: Option<u32>) -> String {
        match self {
            Self::Markdown(text) => {
                let said = text.get_string(transaction);
                let at = index.map_or(said.len(), |index| byte_at(&said, index));
                said[..at].to_owned()
            }
            Self::RichText(fragment) => {
                let mut nodes = nodes_in(fragment, transaction);
                nodes.truncate(index.map_or(usize::MAX, |index| index as usize));
                to_markdown(&nodes)
            }
        }
    }

    /// The index at which a block stands that is to be at this one, or at the end.
    fn place_for_block(&self, transaction: &impl ReadTxn, index: Option<u32>) -> Option<u32> {
        match self {
            Self::Markdown(text) => {
                let said = text.get_string(transaction);
                let at = index.map_or(said.len(), |index| byte_at(&said, index));
                let (before, after) = said.split_at(at);
                let at = place_for_block(&said, at + rest_of_line(before, after).len())?;
                Some(units(&said[..at]))
            }
            Self::RichText(fragment) => Some(index.unwrap_or_else(|| fragment.len(transaction))),
        }
    }

    /// Inserts a block at an index; answers the index behind it.
    fn insert(&self, transaction: &mut yrs::TransactionMut<'_>, index: u32, block: &str) -> u32 {
        match self {
            Self::Markdown(text) => {
                let said = text.get_string(transaction);
                let (before, after) = said.split_at(byte_at(&said, index));
                let above = gap(before, before.chars().rev());
                let below = gap(after, after.chars());
                text.insert(transaction, index, &format!("{above}{block}{below}"));
                index + units(above) + units(block)
            }
            Self::RichText(fragment) => {
                let nodes = nodes_of(block);
                for node in nodes.iter().rev() {
                    rich_text::insert(fragment, transaction, index, node);
                }
                index + u32::try_from(nodes.len()).unwrap_or(u32::MAX)
            }
        }
    }
}

/// What is left of the line that a place is in: a block stands behind it. At its beginning, before it.
fn rest_of_line<'t>(before: &str, after: &'t str) -> &'t str {
    let is_at_beginning = before.is_empty() || before.ends_with('\n');
    match after.split_once('\n') {
        _ if is_at_beginning => "",
        Some((line, _)) => line,
        None => after,
    }
}

/// What is missing of an empty line beside a text, of which these are the characters from there.
fn gap(text: &str, from_there: impl Iterator<Item = char>) -> &'static str {
    let breaks = from_there.take_while(|it| *it == '\n').take(2).count();
    match breaks {
        _ if text.is_empty() => "",
        0 => "\n\n",
        1 => "\n",
        _ => "",
    }
}

/// The byte of a text at which so many units of UTF-16 have passed.
fn byte_at(text: &str, index: u32) -> usize {
    let mut passed = 0;
    let mut characters = text.char_indices();
    let after = characters.find(|(_, character)| {
        let is_there = passed >= index;
        passed += character.len_utf16() as u32;
        is_there
    });
    after.map_or(text.len(), |(at, _)| at)
}
