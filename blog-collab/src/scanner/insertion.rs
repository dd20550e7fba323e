use super::structs::{CONTENT, HAS_LEFT_ORIGIN, HAS_PARENT_KEY, HAS_RIGHT_ORIGIN, neighbours};
use super::{Id, content};
use crate::wire::lib0::Reader;

/// Text that was put beside something.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Insertion<'a> {
    /// What it was put behind.
    pub(crate) left: Option<Id>,
    /// What it was put before.
    pub(crate) right: Option<Id>,
    /// All of the struct that stands before the text's length.
    pub(crate) head: &'a [u8],
    pub(crate) text: &'a str,
}

impl<'a> Insertion<'a> {
    /// What a scanned struct is, if that is what it is.
    pub(crate) fn read(scanned: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(scanned);
        let info = reader.byte().ok()?;
        let is_text = info & (CONTENT | HAS_PARENT_KEY) == content::STRING;
        if !is_text || info & (HAS_LEFT_ORIGIN | HAS_RIGHT_ORIGIN) == 0 {
            return None;
        }
        let (left, right) = neighbours(&mut reader, info).ok()?;
        let head = &scanned[..scanned.len() - reader.remaining()];
        let text = reader.var_string().ok()?;
        reader.finish().ok()?;
        Some(Self {
            left,
            right,
            head,
            text,
        })
    }
}
