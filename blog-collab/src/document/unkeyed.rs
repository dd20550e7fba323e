use std::collections::BTreeMap;
use std::ops::Range;

use crate::scanner::{ClockRange, Id, Place, UpdateSummary};

/// Items of which it is known that they stand under no key of a map. One that names its neighbours stands where
/// the left one does, or without it the right one, whatever it says itself.
#[derive(Debug, Default)]
pub(super) struct Unkeyed(BTreeMap<u64, Vec<Range<u32>>>);

impl Unkeyed {
    pub(super) fn has(&self, id: Id) -> bool {
        let ranges = self.0.get(&id.client);
        ranges.is_some_and(|ranges| {
            let next = ranges.partition_point(|range| range.start <= id.clock);
            next > 0 && id.clock < ranges[next - 1].end
        })
    }

    /// Takes note of an update's items. Of those that stand beside later ones of the update it is not known.
    pub(super) fn note(&mut self, update: &UpdateSummary) {
        for named in &update.unkeyed {
            self.add(named);
        }
        for item in &update.items {
            if let Place::Beside(left, right) = item.place
                && left.or(right).is_some_and(|neighbour| self.has(neighbour))
            {
                self.add(&item.clocks);
            }
        }
    }

    fn add(&mut self, added: &ClockRange) {
        let ranges = self.0.entry(added.client).or_default();
        let clocks = &added.clocks;
        match ranges.last_mut() {
            Some(last) if last.end == clocks.start => last.end = clocks.end,
            // What comes behind others' backs is not known.
            Some(last) if last.end > clocks.start => {}
            _ => ranges.push(clocks.clone()),
        }
    }
}
