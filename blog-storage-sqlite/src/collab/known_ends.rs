use std::collections::HashMap;

use blog_core::domain::{PostId, Seq};

use super::{Ends, PackedAppend};

/// Logs whose ends are kept in mind, at most.
const MOST: usize = 16_384;

/// Where logs ended when this process last wrote to them. Another may have written since: what is made of
/// it is written only where it still holds.
#[derive(Debug, Default)]
pub(crate) struct KnownEnds {
    documents: HashMap<PostId, u64>,
    events: Seq,
}

impl KnownEnds {
    /// The ends behind which an append comes, if its document's is known.
    pub(crate) fn before(&self, append: &PackedAppend) -> Option<Ends> {
        let document = *self.documents.get(&append.document())?;
        let events = self.events;
        Some(Ends { document, events })
    }

    pub(crate) fn note(&mut self, append: &PackedAppend, ends: Ends) {
        if self.documents.len() >= MOST {
            self.documents.clear();
        }
        self.documents.insert(append.document(), ends.document);
        self.events = ends.events;
    }

    pub(crate) fn note_event(&mut self, event: Seq) {
        self.events = event;
    }
}
