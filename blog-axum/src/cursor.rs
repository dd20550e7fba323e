//! Opaque places in lists, bound to the query that they came from.

use axum::http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

const MARK_BYTES: usize = 8;

/// What a list's cursors are bound to: its name and its filters.
pub(crate) struct CursorBinding([u8; MARK_BYTES]);

impl CursorBinding {
    pub(crate) fn of(query: &impl std::fmt::Debug) -> Self {
        let hash = blake3::hash(format!("{query:?}").as_bytes());
        let mut mark = [0; MARK_BYTES];
        mark.copy_from_slice(&hash.as_bytes()[..MARK_BYTES]);
        Self(mark)
    }

    pub(crate) fn write(&self, key: &impl Serialize) -> String {
        let key = serde_json::to_vec(key).unwrap_or_default();
        self.0
            .iter()
            .chain(&key)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    pub(crate) fn read<K: DeserializeOwned>(&self, cursor: &str) -> Result<K, Problem> {
        let refused = |message: &str| Problem::field(StatusCode::BAD_REQUEST, "cursor", message);
        let bytes = from_hex(cursor).ok_or_else(|| refused("is not one of ours"))?;
        let (mark, key) = bytes
            .split_at_checked(MARK_BYTES)
            .ok_or_else(|| refused("is not one of ours"))?;
        if mark != self.0 {
            return Err(refused("belongs to another query"));
        }
        serde_json::from_slice(key).map_err(|_| refused("is not one of ours"))
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || digits.len() > 1_000 {
        return None;
    }
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    digits
        .chunks(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}
