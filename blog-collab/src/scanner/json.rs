use super::{MAX_NESTING, ScanError};

/// Looks at how deep JSON is nested, and at nothing else of it.
pub(super) fn scan(json: &str) -> Result<(), ScanError> {
    let mut depth = 0_usize;
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => leave_string(&mut bytes),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(ScanError::TooDeep);
        }
    }
    Ok(())
}

/// Reads to the end of a string that has begun.
fn leave_string(bytes: &mut impl Iterator<Item = u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => _ = bytes.next(),
            _ => {}
        }
    }
}
