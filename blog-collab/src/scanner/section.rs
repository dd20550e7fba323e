//! What the sections of structs, deletions and state vectors have in common.

use std::collections::HashSet;
use std::ops::Range;

use super::{MAX_CLOCK, ScanError};
use crate::wire::lib0::Reader;

/// The clients whose section has begun.
#[derive(Debug, Default)]
pub(super) struct Clients(HashSet<u64>);

impl Clients {
    /// The next client, which has no section yet.
    pub(super) fn read(&mut self, reader: &mut Reader<'_>) -> Result<u64, ScanError> {
        let client = reader.var_uint()?;
        if self.0.insert(client) {
            Ok(client)
        } else {
            Err(ScanError::DuplicateClient(client))
        }
    }
}

/// Reads a clock.
pub(super) fn clock(reader: &mut Reader<'_>) -> Result<u32, ScanError> {
    match u32::try_from(reader.var_uint()?) {
        Ok(clock) if clock <= MAX_CLOCK => Ok(clock),
        _ => Err(ScanError::ClockTooLarge),
    }
}

/// Reads the number of clocks of a range that cannot be empty.
pub(super) fn length(reader: &mut Reader<'_>) -> Result<u32, ScanError> {
    match clock(reader)? {
        0 => Err(ScanError::EmptyRange),
        length => Ok(length),
    }
}

/// The range of `length` clocks from `start`.
pub(super) fn range(start: u32, length: u32) -> Result<Range<u32>, ScanError> {
    match start.checked_add(length) {
        Some(end) if end <= MAX_CLOCK => Ok(start..end),
        _ => Err(ScanError::ClockTooLarge),
    }
}
