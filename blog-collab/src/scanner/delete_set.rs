use super::section::{Clients, clock, length, range};
use super::{ClockRange, ScanError};
use crate::wire::lib0::Reader;

/// A client and its number of ranges.
const SMALLEST_SECTION: usize = 2;

/// A clock and a length.
const SMALLEST_RANGE: usize = 2;

/// Reads what an update deletes.
pub(super) fn scan(reader: &mut Reader<'_>) -> Result<Vec<ClockRange>, ScanError> {
    let mut deletions = Vec::new();
    let mut clients = Clients::default();
    for _ in 0..reader.count(SMALLEST_SECTION)? {
        let client = clients.read(reader)?;
        let mut previous_end = 0;
        for _ in 0..reader.count(SMALLEST_RANGE)? {
            let clocks = range(clock(reader)?, length(reader)?)?;
            if clocks.start < previous_end {
                return Err(ScanError::UnorderedRanges);
            }
            previous_end = clocks.end;
            deletions.push(ClockRange { client, clocks });
        }
    }
    Ok(deletions)
}
