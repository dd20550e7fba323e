use std::borrow::Cow;
use std::panic::catch_unwind;

use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{ClientID, StateVector, Update, diff_updates_v1};

use super::{Refused, contained};
use crate::scanner::{UpdateSummary, scan_update};

/// An update that has been found safe to decode, and was decoded.
pub(crate) struct Edits<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) update: Update,
    pub(super) summary: UpdateSummary,
    /// Whether the scanner has found nothing against them.
    pub(super) is_scanned: bool,
}

impl<'a> Edits<'a> {
    pub(crate) fn read(bytes: impl Into<Cow<'a, [u8]>>) -> Result<Self, Refused> {
        let bytes = bytes.into();
        let summary = scan_update(&bytes).map_err(|_| Refused::Malformed)?;
        // Posts have no documents in them, and each takes a kilobyte.
        if summary.subdocuments > 0 {
            return Err(Refused::Malformed);
        }
        Self::decode(bytes, Some(summary))
    }

    /// What was stored: a snapshot may have more in it than one update may.
    pub(super) fn stored(bytes: impl Into<Cow<'a, [u8]>>) -> Result<Self, Refused> {
        let bytes = bytes.into();
        let summary = scan_update(&bytes).ok();
        Self::decode(bytes, summary)
    }

    pub(super) fn decode(
        bytes: Cow<'a, [u8]>,
        summary: Option<UpdateSummary>,
    ) -> Result<Self, Refused> {
        match catch_unwind(|| Update::decode_v1(&bytes)) {
            Ok(Ok(update)) => Ok(Self {
                bytes,
                update,
                is_scanned: summary.is_some(),
                summary: summary.unwrap_or_default(),
            }),
            _ => Err(Refused::Malformed),
        }
    }

    /// Whether something in them begins before what is there ends.
    pub(super) fn begin_within(&self, present: &StateVector) -> bool {
        let mut structs = self.summary.structs.iter();
        structs.any(|range| range.clocks.start < present.get(&ClientID::new(range.client)))
    }

    /// Whether they take something away.
    pub(crate) fn delete_something(&self) -> bool {
        !self.summary.deletions.is_empty()
    }

    /// How much a document may grow by them.
    pub(crate) fn growth(&self) -> Growth {
        let summary = &self.summary;
        Growth {
            text_bytes: summary.text_bytes,
            shared_types: summary.shared_types,
            // What only deletes is no reason to keep anybody from it.
            bytes: match summary.structs.is_empty() {
                true => 0,
                false => self.bytes.len(),
            },
        }
    }

    /// Without what is there. What goes on in the middle of an item stands behind the clock before it:
    /// yrs and Yjs do not notice where the whole item names another place.
    pub(super) fn beyond(self, present: &StateVector) -> Result<Self, Refused> {
        if !self.begin_within(present) {
            return Ok(self);
        }
        let new = contained(|| {
            let new = diff_updates_v1(&self.bytes, &present.encode_v1());
            new.map_err(|_| Refused::Malformed)
        });
        Self::read(new?)
    }
}

/// How much larger edits make a document, at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Growth {
    /// In UTF-8, as what the editors show: the syntax of Markdown may come on top of rich text.
    pub(crate) text_bytes: usize,
    pub(crate) shared_types: usize,
    /// Of the document as one update.
    pub(crate) bytes: usize,
}

/// What edits bring that a document does not have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// The client ids under which they bring it.
    pub(crate) clients: Vec<u64>,
    /// Whether something of the same clients is missing before it.
    pub(crate) has_gap: bool,
}
