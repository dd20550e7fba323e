use super::section::clock;
use super::{ScanError, UpdateSummary, any, json};
use crate::wire::lib0::Reader;

// What an item can hold, by the reference in its info. The missing 2 is JSON of Yjs 12.
const DELETED: u8 = 1;
const BINARY: u8 = 3;
pub(super) const STRING: u8 = 4;
const EMBED: u8 = 5;
const FORMAT: u8 = 6;
const SHARED_TYPE: u8 = 7;
const ANY: u8 = 8;
const SUBDOCUMENT: u8 = 9;

// Shared types. The missing 5 is the XML hook.
const ARRAY: u8 = 0;
const MAP: u8 = 1;
const TEXT: u8 = 2;
const XML_ELEMENT: u8 = 3;
const XML_FRAGMENT: u8 = 4;
const XML_TEXT: u8 = 6;

/// Reads the content of this reference into the summary, and tells how many clocks it takes; `None` if
/// there is no such reference.
pub(super) fn scan(
    reader: &mut Reader<'_>,
    reference: u8,
    summary: &mut UpdateSummary,
) -> Result<Option<u32>, ScanError> {
    match reference {
        DELETED => return clock(reader).map(Some),
        STRING => {
            let text = reader.var_string()?;
            summary.text_bytes += text.len();
            return length(text.encode_utf16().count()).map(Some);
        }
        ANY => {
            let values = reader.count(any::SMALLEST)?;
            for _ in 0..values {
                any::scan(reader)?;
            }
            return length(values).map(Some);
        }
        BINARY => _ = reader.var_bytes()?,
        EMBED => json::scan(reader.var_string()?)?,
        FORMAT => {
            reader.var_string()?;
            json::scan(reader.var_string()?)?;
        }
        SHARED_TYPE => {
            summary.shared_types += 1;
            shared_type(reader)?;
        }
        SUBDOCUMENT => {
            summary.subdocuments += 1;
            reader.var_string()?;
            any::scan(reader)?;
        }
        _ => return Ok(None),
    }
    Ok(Some(1))
}

fn length(elements: usize) -> Result<u32, ScanError> {
    u32::try_from(elements).map_err(|_| ScanError::ClockTooLarge)
}

fn shared_type(reader: &mut Reader<'_>) -> Result<(), ScanError> {
    match reader.byte()? {
        ARRAY | MAP | TEXT | XML_FRAGMENT | XML_TEXT => {}
        XML_ELEMENT => _ = reader.var_string()?,
        unknown => return Err(ScanError::UnknownType(unknown)),
    }
    Ok(())
}
