//! The version that tells of what a model has had a part in: what it says, and how it is known to be made.

use std::collections::HashMap;

use blog_core::Result;
use blog_core::domain::LogPosition;
use blog_core::ports::PostView;
use blog_core::services::ByModel;

use crate::contributors::Accepted;
use crate::hub::Shared;
use crate::scanner::read_state_vector;

/// So many versions are looked at for one that was made and not answered.
const LOOKED_BACK: usize = 50;

/// What a model has had a part in, to be told of by a version of its own.
#[derive(Debug, Clone)]
pub(crate) struct FoldOfModel {
    pub(crate) by_model: ByModel,
    /// The entry of the log that has all of it, at the latest.
    pub(crate) position: u64,
    /// The model's words that somebody has put into the document.
    pub(crate) accepted: Option<Accepted>,
}

impl FoldOfModel {
    /// Whether it is told of by the head, or, of what somebody has accepted, by one of the versions before:
    /// others may have written since.
    pub(crate) async fn is_made(&self, shared: &Shared, head: &PostView) -> Result<bool> {
        let provenance = &self.by_model.provenance;
        let looked_back = self.accepted.as_ref().map_or(1, |_| LOOKED_BACK);
        let folds = shared.blog.collab();
        let folds = folds.folds_of(head, provenance, looked_back).await?;
        Ok(folds.iter().any(|folded| self.is_in(folded)))
    }

    /// Whether a version up to here has all of it.
    fn is_in(&self, folded: &LogPosition) -> bool {
        let edits = self.accepted.iter().flat_map(|it| &it.edits);
        let inserted: Vec<_> = edits.filter(|edit| !edit.clocks.is_empty()).collect();
        if inserted.is_empty() {
            return folded.update >= self.position;
        }
        let known = read_state_vector(&folded.state_vector).unwrap_or_default();
        let known: HashMap<u64, u32> = known.into_iter().collect();
        let mut inserted = inserted.iter();
        inserted.all(|edit| known.get(&edit.client) >= Some(&edit.clocks.end))
    }
}
