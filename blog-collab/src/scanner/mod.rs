//! Judges the bytes of a Yjs update (version 1) before [yrs](https://docs.rs/yrs) decodes them.
//!
//! A scan is one pass without recursion. What it keeps is a [`Section`] for every client, a [`ClockRange`] for every
//! run of structs and every deletion, and an [`Item`] for every item that stands in no root by its own word, so its memory is
//! bounded by a multiple of the update's length.
//!
//! What passes is read alike by Yjs, yrs and the scanner. All that Yjs 13 and yrs write passes but for XML
//! hooks, and for what is beyond the limits. What yrs would take, and is refused here all the same:
//!
//! | refused | because |
//! | --- | --- |
//! | values nested deeper than [`MAX_NESTING`] | yrs recurses, and an overflow of the stack aborts the process |
//! | counts above what the bytes can hold | yrs reserves memory for them first |
//! | numbers that are overlong or have more than 53 bits | yrs wraps around, or panics where overflows are checked |
//! | clocks above [`MAX_CLOCK`] | the same |
//! | structs of more than [`MAX_CLIENTS`] clients | yrs recurses once for each, when each waits for the next |
//! | a client with no structs | yrs recurses once for each |
//! | a client that stands twice | where Yjs keeps the second only, yrs keeps both, and the reverse |
//! | deleted ranges that are empty, overlap or fall | Yjs and yrs write none, and yrs takes them for ordered |
//! | JSON contents (reference 2), as Yjs 12 made them | yrs reads one string too many, and so other structs than Yjs |
//! | XML hooks (type 5) | yrs does not read their name, and so other structs than Yjs |
//! | types 9 and 15, the unused bit 4 of a struct's info, forms of parent other than 0 and 1 | yrs takes them for something, Yjs for something else or nothing |
//! | bytes after the end | nobody writes them, and no one should carry them |
//!
//! Not judged here, because only a room can know:
//!
//! - Whose client ids these are. A struct that covers all clocks of another client, and the deletion of
//!   all that another has written, are well-formed updates.
//! - Whether structs continue what the document has. yrs takes those beyond a gap, and when others then
//!   overlap them, its state has both.
//! - How deep shared types stand within each other, which one update after another can deepen:
//!   [`Nesting`](crate::nesting::Nesting) counts it from the [`Item`]s.
//! - How much memory a document may take. In yrs an item of 4 bytes takes some 200, and a subdocument of
//!   7 bytes 1 KB.

mod any;
mod content;
mod delete_set;
mod error;
mod insertion;
mod json;
mod section;
mod structs;

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::wire::lib0::Reader;

pub(crate) use error::ScanError;
pub(crate) use insertion::Insertion;

/// How deep arrays and maps may stand within each other in one value.
pub(crate) const MAX_NESTING: usize = 64;

/// The largest clock: yrs computes with 32 bits, at places with a sign.
pub(crate) const MAX_CLOCK: u32 = i32::MAX as u32;

/// The largest number of clients whose structs one update may carry. yrs' recursion over them takes
/// 400 KB of stack, or 1 MB in a build without optimisation.
pub(crate) const MAX_CLIENTS: usize = 4_096;

/// What an update carries.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct UpdateSummary {
    /// Where the structs of each client are.
    pub(crate) sections: Vec<Section>,
    /// Items and the collected remains of items, in the order of the update. What the update skips is
    /// not among them. Ranges of one client follow each other, and do not touch.
    pub(crate) structs: Vec<ClockRange>,
    /// Deletions, in the order of the update.
    pub(crate) deletions: Vec<ClockRange>,
    /// The items that do not say themselves that they stand in a root, those of each client in order.
    pub(crate) items: Vec<Item>,
    /// The items that say themselves what they stand in, and name no key of a map there.
    pub(crate) unkeyed: Vec<ClockRange>,
    /// The UTF-8 bytes of all text in it.
    pub(crate) text_bytes: usize,
    /// The number of arrays, maps, texts and XML nodes.
    pub(crate) shared_types: usize,
    /// The number of subdocuments.
    pub(crate) subdocuments: usize,
}

/// All structs of one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) client: u64,
    /// With those that are skipped.
    pub(crate) clocks: Range<u32>,
    pub(crate) structs: u64,
    /// Their place in the update.
    pub(crate) bytes: Range<usize>,
}

/// Clocks of one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClockRange {
    pub(crate) client: u64,
    pub(crate) clocks: Range<u32>,
}

/// An item, by its first clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) client: u64,
    pub(crate) clock: u32,
}

/// An item that stands in a shared type, or beside another item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) clocks: ClockRange,
    pub(crate) place: Place,
}

impl Item {
    pub(crate) const fn id(&self) -> Id {
        Id {
            client: self.clocks.client,
            clock: self.clocks.clocks.start,
        }
    }
}

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the shared type that this item is.
    Within(Id),
    /// In whatever these stand in, between which it was put.
    Beside(Option<Id>, Option<Id>),
}

/// What an update carries, if it is safe to decode.
pub(crate) fn scan_update(update: &[u8]) -> Result<UpdateSummary, ScanError> {
    let mut reader = Reader::new(update);
    let mut summary = UpdateSummary::default();
    structs::scan(&mut reader, &mut summary)?;
    summary.deletions = delete_set::scan(&mut reader)?;
    reader.finish()?;
    Ok(summary)
}

/// The clients of a state vector, and up to which clock it has what they did. yrs finds ids by
/// themselves and not by a hash, so that ids which were chosen to fall together would cost it minutes:
/// it is to see only those that a document has.
pub(crate) fn read_state_vector(state_vector: &[u8]) -> Result<Vec<(u64, u32)>, ScanError> {
    /// A client and a clock.
    const SMALLEST_ENTRY: usize = 2;

    let mut reader = Reader::new(state_vector);
    let mut clients = section::Clients::default();
    let mut entries = vec![];
    for _ in 0..reader.count(SMALLEST_ENTRY)? {
        entries.push((clients.read(&mut reader)?, section::clock(&mut reader)?));
    }
    reader.finish()?;
    Ok(entries)
}
