use super::{MAX_NESTING, ScanError};
use crate::wire::lib0::Reader;

/// The bytes of the smallest value: its kind.
pub(super) const SMALLEST: usize = 1;

/// An empty key and a value.
const SMALLEST_PAIR: usize = 2;

// The kinds of value.
const BYTES: u8 = 116;
const ARRAY: u8 = 117;
const MAP: u8 = 118;
const STRING: u8 = 119;
const TRUE: u8 = 120;
const FALSE: u8 = 121;
const BIG_INTEGER: u8 = 122;
const FLOAT_64: u8 = 123;
const FLOAT_32: u8 = 124;
const INTEGER: u8 = 125;
const NULL: u8 = 126;
const UNDEFINED: u8 = 127;

/// An array or a map that has been entered.
#[derive(Debug)]
struct Container {
    has_keys: bool,
    left: usize,
}

/// Reads a value with all that is nested in it.
pub(super) fn scan(reader: &mut Reader<'_>) -> Result<(), ScanError> {
    let mut entered: Vec<Container> = Vec::new();
    loop {
        match reader.byte()? {
            UNDEFINED | NULL | TRUE | FALSE => {}
            INTEGER => _ = reader.var_int()?,
            FLOAT_32 => _ = reader.bytes(4)?,
            FLOAT_64 | BIG_INTEGER => _ = reader.bytes(8)?,
            STRING => _ = reader.var_string()?,
            BYTES => _ = reader.var_bytes()?,
            ARRAY => entered.push(Container {
                has_keys: false,
                left: reader.count(SMALLEST)?,
            }),
            MAP => entered.push(Container {
                has_keys: true,
                left: reader.count(SMALLEST_PAIR)?,
            }),
            unknown => return Err(ScanError::UnknownValue(unknown)),
        }
        if entered.len() > MAX_NESTING {
            return Err(ScanError::TooDeep);
        }
        while entered.pop_if(|container| container.left == 0).is_some() {}
        let Some(container) = entered.last_mut() else {
            return Ok(());
        };
        container.left -= 1;
        if container.has_keys {
            reader.var_string()?;
        }
    }
}
