//! How deep the items of a document stand in shared types. yrs recurses once for each level where a
//! shared type is deleted, and an overflow of the stack aborts the process: the 2 MiB of a thread last
//! for 7,000 levels, or 1,500 in a build without optimisation.

use std::collections::BTreeMap;

use yrs::{ClientID, StateVector};

use crate::scanner::{ClockRange, Id, Item, Place};

/// How many shared types may stand within each other below a root. Editors need two levels for each
/// list in a list.
pub(crate) const MAX_DEPTH: u8 = 128;

/// The depths of a document's items: how many shared types each stands in, roots not counted. Depth 0
/// is not kept, and items of one client that follow each other at one depth are kept as one: a fraction
/// of what yrs keeps of them.
#[derive(Debug, Default)]
pub(crate) struct Nesting(BTreeMap<Id, Run>);

/// Items of one client up to this clock.
#[derive(Debug)]
struct Run {
    end: u32,
    depth: u8,
}

/// Items that a document does not have yet.
#[derive(Debug)]
pub(crate) struct NewItems(Vec<(ClockRange, u8)>);

impl Nesting {
    /// The depths of items, none of which begins within what the document has: that is what `present`
    /// says. `None` if one stands too deep.
    pub(crate) fn of_new(&self, mut items: Vec<Item>, present: &StateVector) -> Option<NewItems> {
        items.sort_by_key(Item::id);
        let mut search = Search {
            nesting: self,
            present,
            depths: vec![None; items.len()],
            items,
        };
        for at in 0..search.items.len() {
            search.settle(at)?;
        }
        let clocks = search.items.into_iter().map(|item| item.clocks);
        let depths = search.depths.into_iter().flatten();
        let nested = clocks.zip(depths).filter(|(_, depth)| *depth > 0);
        Some(NewItems(nested.collect()))
    }

    /// Takes those items in that are in the document by now.
    pub(crate) fn add(&mut self, items: NewItems, present: &StateVector) {
        for (ClockRange { client, clocks }, depth) in items.0 {
            let end = clocks.end.min(end_of(present, client));
            if clocks.start >= end {
                continue;
            }
            let start = Id {
                client,
                clock: clocks.start,
            };
            let mut before = self.0.range_mut(..start);
            match before.next_back() {
                Some((id, run))
                    if id.client == client && run.end == start.clock && run.depth == depth =>
                {
                    run.end = end;
                }
                _ => _ = self.0.insert(start, Run { end, depth }),
            }
        }
    }

    /// The depth of an item of the document.
    fn of(&self, id: Id) -> u8 {
        match self.0.range(..=id).next_back() {
            Some((first, run)) if first.client == id.client && id.clock < run.end => run.depth,
            _ => 0,
        }
    }
}

/// How much of a client's edits is there.
fn end_of(present: &StateVector, client: u64) -> u32 {
    present.get(&ClientID::new(client))
}

/// Finds the depths of items, each of which may stand in or beside others of them.
struct Search<'a> {
    nesting: &'a Nesting,
    present: &'a StateVector,
    items: Vec<Item>,
    depths: Vec<Option<u8>>,
}

impl Search<'_> {
    /// Finds an item's depth, after those that it depends on; `None` if it is too great.
    fn settle(&mut self, at: usize) -> Option<()> {
        let mut waiting = vec![at];
        while let Some(&at) = waiting.last() {
            // What goes round in a circle never gets into a document: any depth will do.
            if self.depths[at].replace(0).is_none() {
                let needed = self.neighbours(at).filter_map(|id| self.find(id));
                let needed = needed.filter(|needed| self.depths[*needed].is_none());
                waiting.extend(needed.collect::<Vec<_>>());
            }
            if waiting.last() == Some(&at) {
                self.depths[at] = Some(self.depth(at)?);
                waiting.pop();
            }
        }
        Some(())
    }

    /// The depth of an item, when those that it depends on have one.
    fn depth(&self, at: usize) -> Option<u8> {
        let item = &self.items[at];
        let levels = u8::from(matches!(item.place, Place::Within(_)));
        let known = self.neighbours(at).map(|id| match self.find(id) {
            Some(new) => self.depths[new].unwrap_or_default(),
            None => self.nesting.of(id),
        });
        let depth = known.max().unwrap_or_default() + levels;
        (depth <= MAX_DEPTH).then_some(depth)
    }

    /// What an item stands in or beside.
    fn neighbours(&self, at: usize) -> impl Iterator<Item = Id> + use<> {
        let named = match self.items[at].place {
            Place::Within(parent) => [Some(parent), None],
            Place::Beside(left, right) => [left, right],
        };
        named.into_iter().flatten()
    }

    /// The place of an item among those that are new.
    fn find(&self, id: Id) -> Option<usize> {
        if id.clock < end_of(self.present, id.client) {
            return None;
        }
        let after = self.items.partition_point(|item| item.id() <= id);
        let at = after.checked_sub(1)?;
        let ClockRange { client, clocks } = &self.items[at].clocks;
        (*client == id.client && clocks.contains(&id.clock)).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use yrs::updates::decoder::Decode;
    use yrs::{Array, ArrayPrelim, Doc, Map, MapPrelim, Out, ReadTxn, Transact, Update, WriteTxn};

    use super::*;
    use crate::scanner::scan_update;

    /// A document, and the depths of what is in it.
    struct Nested {
        doc: Doc,
        nesting: Nesting,
    }

    impl Nested {
        fn new() -> Self {
            Self {
                doc: Doc::new(),
                nesting: Nesting::default(),
            }
        }

        /// Whether it takes the update.
        fn takes(&mut self, update: &[u8]) -> bool {
            let before = self.doc.transact().state_vector();
            let items = scan_update(update).unwrap().items;
            let Some(new) = self.nesting.of_new(items, &before) else {
                return false;
            };
            let mut transaction = self.doc.transact_mut();
            let update = Update::decode_v1(update).unwrap();
            transaction.apply_update(update).unwrap();
            self.nesting.add(new, &transaction.state_vector());
            true
        }

        fn deepest(&self) -> u8 {
            let depths = self.nesting.0.values().map(|run| run.depth);
            depths.max().unwrap_or_default()
        }
    }

    /// Arrays in arrays, each behind another item, so that it names its neighbour and not its parent.
    fn arrays(doc: &Doc, levels: usize) -> Vec<Vec<u8>> {
        let mut updates = vec![];
        let mut parent = doc.get_or_insert_array("arrays");
        for _ in 0..levels {
            let mut transaction = doc.transact_mut();
            parent.push_back(&mut transaction, 1);
            parent = parent.push_back(&mut transaction, ArrayPrelim::default());
            updates.push(transaction.encode_update_v1());
        }
        updates
    }

    #[test]
    fn levels_that_come_one_by_one_are_counted() {
        let mut nested = Nested::new();
        for update in &arrays(&Doc::new(), 40) {
            assert!(nested.takes(update));
        }
        assert_eq!(nested.deepest(), 39);
    }

    #[test]
    fn levels_that_come_at_once_are_counted_and_too_many_refused() {
        for (levels, is_taken) in [(129, true), (130, false), (4_000, false)] {
            let doc = Doc::new();
            let mut parent = {
                let mut transaction = doc.transact_mut();
                let root = transaction.get_or_insert_map("maps");
                root.insert(&mut transaction, "in", MapPrelim::default())
            };
            for _ in 1..levels {
                let mut transaction = doc.transact_mut();
                parent = parent.insert(&mut transaction, "in", MapPrelim::default());
            }
            let all = doc.transact().encode_diff_v1(&StateVector::default());
            assert_eq!(Nested::new().takes(&all), is_taken, "{levels}");
        }
    }

    #[test]
    fn one_level_after_another_is_refused_at_the_same_depth() {
        let mut nested = Nested::new();
        let updates = arrays(&Doc::new(), 140);
        let taken = updates.iter().take_while(|update| nested.takes(update));
        assert_eq!(taken.count(), usize::from(MAX_DEPTH) + 1);
    }

    #[test]
    fn clients_that_build_on_each_other_in_one_update_are_counted() {
        // The greater client id stands first in the update, whoever builds on whom.
        let docs = [Doc::with_client_id(1), Doc::with_client_id(9)];
        for level in 0..40 {
            let (writer, reader) = (&docs[level % 2], &docs[(level + 1) % 2]);
            let mut transaction = writer.transact_mut();
            let mut parent = transaction.get_or_insert_array("arrays");
            while let Some(Out::YArray(inner)) = parent.get(&transaction, 1) {
                parent = inner;
            }
            parent.push_back(&mut transaction, 1);
            parent.push_back(&mut transaction, ArrayPrelim::default());
            let update = transaction.encode_update_v1();
            let update = Update::decode_v1(&update).unwrap();
            reader.transact_mut().apply_update(update).unwrap();
        }
        let all = docs[0].transact().encode_diff_v1(&StateVector::default());
        let mut nested = Nested::new();
        assert!(nested.takes(&all));
        assert_eq!(nested.deepest(), 39);
    }

    #[test]
    fn what_is_typed_at_one_depth_is_kept_as_one() {
        let doc = Doc::new();
        let mut nested = Nested::new();
        let list = {
            let mut transaction = doc.transact_mut();
            let root = transaction.get_or_insert_array("list");
            root.push_back(&mut transaction, ArrayPrelim::default())
        };
        let all = doc.transact().encode_diff_v1(&StateVector::default());
        assert!(nested.takes(&all));
        for number in 0..1_000 {
            let mut transaction = doc.transact_mut();
            list.push_back(&mut transaction, number);
            assert!(nested.takes(&transaction.encode_update_v1()));
        }
        assert_eq!(nested.nesting.0.len(), 1);
    }

    #[test]
    fn items_that_name_each_other_in_a_circle_end_the_search() {
        let item = |clock, other| Item {
            clocks: ClockRange {
                client: 1,
                clocks: clock..clock + 1,
            },
            place: Place::Within(Id {
                client: 1,
                clock: other,
            }),
        };
        let items = vec![item(0, 1), item(1, 0), item(2, 2)];
        let nesting = Nesting::default();
        assert!(nesting.of_new(items, &StateVector::default()).is_some());
    }
}
