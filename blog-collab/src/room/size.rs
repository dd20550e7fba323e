use crate::handover::{self, Opened};

/// How large a document is, encoded as one update. It is measured only now and then, so that an edit
/// does not cost more the larger the document is.
#[derive(Debug)]
pub(super) struct Size {
    measured: usize,
    /// Bytes of the updates that came since.
    since: usize,
}

impl Size {
    /// Of a document that was just loaded; measured, if it may be larger than this.
    pub(super) fn of(opened: &Opened, limit: usize) -> Self {
        let mut size = Self::at_most(handover::bytes(&opened.stored));
        if size.may_exceed(limit) {
            size.measure(opened.document.state().map_or(0, |state| state.len()));
        }
        size
    }

    /// Of a document that was loaded from so many bytes.
    pub(super) const fn at_most(bytes: usize) -> Self {
        Self {
            measured: 0,
            since: bytes,
        }
    }

    pub(super) const fn grow(&mut self, bytes: usize) {
        self.since += bytes;
    }

    /// Whether it is time to measure a document that may be so large. One that was too large at the last
    /// time is measured each time, so that it does not grow by what is too little to be measured.
    pub(super) const fn may_exceed(&self, limit: usize) -> bool {
        let (measured, since) = (self.measured, self.since);
        measured + since > limit && (since >= limit / 64 || measured > limit)
    }

    /// Whether the document surely stays within the limit with so many bytes more.
    pub(super) const fn has_room_for(&self, bytes: usize, limit: usize) -> bool {
        self.measured + self.since + bytes <= limit
    }

    /// Whether it is as large as it was measured.
    pub(super) const fn is_exact(&self) -> bool {
        self.since == 0
    }

    /// Takes note of how large the document is; answers whether that is more than at the last time.
    pub(super) const fn measure(&mut self, bytes: usize) -> bool {
        let before = std::mem::replace(&mut self.measured, bytes);
        self.since = 0;
        bytes > before
    }
}
