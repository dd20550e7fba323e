use super::section::{Clients, clock, length, range};
use super::{ClockRange, Id, Item, MAX_CLIENTS, Place, ScanError, Section, UpdateSummary, content};
use crate::wire::lib0::Reader;

/// The number of structs, a client, a clock and a struct.
const SMALLEST_SECTION: usize = 5;

/// The info and a length.
const SMALLEST_STRUCT: usize = 2;

// The info byte of a struct: what it is, and what stands before its content.
const COLLECTED: u8 = 0;
const SKIP: u8 = 10;
pub(super) const CONTENT: u8 = 0b0001_1111;
pub(super) const HAS_PARENT_KEY: u8 = 0b0010_0000;
pub(super) const HAS_RIGHT_ORIGIN: u8 = 0b0100_0000;
pub(super) const HAS_LEFT_ORIGIN: u8 = 0b1000_0000;

const PARENT_ITEM: u64 = 0;
const PARENT_ROOT: u64 = 1;

/// Reads what an update adds, into the summary. It is the first thing in the update.
pub(super) fn scan(reader: &mut Reader<'_>, summary: &mut UpdateSummary) -> Result<(), ScanError> {
    let mut clients = Clients::default();
    let all = reader.remaining();
    let sections = reader.count(SMALLEST_SECTION)?;
    if sections > MAX_CLIENTS {
        return Err(ScanError::TooManyClients);
    }
    for _ in 0..sections {
        let structs = reader.count(SMALLEST_STRUCT)?;
        let client = clients.read(reader)?;
        let first_clock = clock(reader)?;
        let mut next_clock = first_clock;
        let start = all - reader.remaining();
        for _ in 0..structs {
            let info = reader.byte()?;
            let (place, length) = match info {
                COLLECTED | SKIP => (None, length(reader)?),
                _ => item(reader, info, summary)?,
            };
            let clocks = range(next_clock, length)?;
            next_clock = clocks.end;
            if length > 0 && is_unkeyed(info) {
                let clocks = clocks.clone();
                add(&mut summary.unkeyed, ClockRange { client, clocks });
            }
            if let Some(place) = place.filter(|_| length > 0) {
                let clocks = clocks.clone();
                let clocks = ClockRange { client, clocks };
                summary.items.push(Item { clocks, place });
            }
            if info != SKIP {
                add(&mut summary.structs, ClockRange { client, clocks });
            }
        }
        if next_clock == first_clock {
            return Err(ScanError::NoStructs(client));
        }
        summary.sections.push(Section {
            client,
            clocks: first_clock..next_clock,
            structs: structs as u64,
            bytes: start..all - reader.remaining(),
        });
    }
    Ok(())
}

/// Whether a struct is an item that names what it stands in, and no key there.
const fn is_unkeyed(info: u8) -> bool {
    let is_item = !matches!(info, COLLECTED | SKIP);
    is_item && info & (HAS_LEFT_ORIGIN | HAS_RIGHT_ORIGIN | HAS_PARENT_KEY) == 0
}

/// Adds clocks, to the range that they continue if there is one. Items without length have existed, and
/// add nothing.
fn add(ranges: &mut Vec<ClockRange>, added: ClockRange) {
    if added.clocks.is_empty() {
        return;
    }
    match ranges.last_mut() {
        Some(last) if last.client == added.client && last.clocks.end == added.clocks.start => {
            last.clocks.end = added.clocks.end;
        }
        _ => ranges.push(added),
    }
}

/// Reads an item after its info, and tells where it stands, unless that is in a root, and how many
/// clocks it takes.
fn item(
    reader: &mut Reader<'_>,
    info: u8,
    summary: &mut UpdateSummary,
) -> Result<(Option<Place>, u32), ScanError> {
    let (left, right) = neighbours(reader, info)?;
    let mut place = Some(Place::Beside(left, right));
    // An item has its parent from its neighbours, if it names any.
    if info & (HAS_LEFT_ORIGIN | HAS_RIGHT_ORIGIN) == 0 {
        place = match reader.var_uint()? {
            PARENT_ITEM => Some(Place::Within(id(reader)?)),
            PARENT_ROOT => {
                reader.var_string()?;
                None
            }
            unknown => return Err(ScanError::UnknownParent(unknown)),
        };
        if info & HAS_PARENT_KEY != 0 {
            reader.var_string()?;
        }
    }
    let length = content::scan(reader, info & CONTENT, summary)?;
    Ok((place, length.ok_or(ScanError::UnknownStruct(info))?))
}

/// Reads what an item was put behind and before, after its info.
pub(super) fn neighbours(
    reader: &mut Reader<'_>,
    info: u8,
) -> Result<(Option<Id>, Option<Id>), ScanError> {
    let mut neighbour = |bit| (info & bit != 0).then(|| id(reader)).transpose();
    Ok((neighbour(HAS_LEFT_ORIGIN)?, neighbour(HAS_RIGHT_ORIGIN)?))
}

fn id(reader: &mut Reader<'_>) -> Result<Id, ScanError> {
    Ok(Id {
        client: reader.var_uint()?,
        clock: clock(reader)?,
    })
}
