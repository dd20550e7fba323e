//! The version that tells of what a model has had a part in: what it says, and how it is known to be made.

use blog_core::Result;
use blog_core::domain::AuthorId;
use blog_core::ports::PostView;
use blog_core::services::ByModel;

use crate::contributors::Accepted;
use crate::hub::Shared;

/// So many versions are looked at for one that was made and not answered.
const LOOKED_BACK: usize = 50;

/// What a model has had a part in, to be told of by a version of its own.
#[derive(Debug, Clone)]
pub(crate) struct FoldOfModel {
    pub(crate) by_model: ByModel,
    /// Who has put its words into the document, if they were suggested.
    pub(crate) accepted_by: Option<AuthorId>,
}

impl FoldOfModel {
    /// The model's words that somebody has put into the document.
    pub(crate) fn accepted(&self) -> Option<Accepted> {
        Some(Accepted {
            by: self.accepted_by.clone()?,
            edits: self.by_model.accepted.clone(),
        })
    }

    /// Whether it is told of by the head, or, of what somebody has accepted, by the versions before: others may
    /// have written since.
    pub(crate) async fn is_made(&self, shared: &Shared, head: &PostView) -> Result<bool> {
        let provenance = &self.by_model.provenance;
        let looked_back = self.accepted_by.as_ref().map_or(1, |_| LOOKED_BACK);
        let folds = shared.blog.collab();
        let folds = folds.folds_of(head, provenance, looked_back).await?;
        let mut edits = self.by_model.accepted.iter();
        let is_told = |edit| folds.iter().any(|told| told.contains(edit));
        Ok(!folds.is_empty() && edits.all(is_told))
    }
}
