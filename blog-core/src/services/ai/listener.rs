use async_trait::async_trait;

use crate::domain::Provenance;
use crate::ports::CompletionRequest;

use super::cost::Cost;
use super::guard::Leaks;

/// Hears what a model says while it says it.
#[async_trait]
pub(super) trait Listener: Send {
    /// A new answer begins, which must not repeat these.
    fn keep_back(&mut self, leaks: &Leaks);

    /// The model is being asked this, which is paid for. What is known by then of where the answer comes
    /// from.
    async fn asked(&mut self, request: &CompletionRequest, provenance: Provenance) {
        let _ = (request, provenance);
    }

    /// The answer begins, and comes from this model, which need not be the one that was asked first. All
    /// attempts before this one have cost so much.
    fn answered_by(&mut self, model: &str, paid: Cost) {
        let _ = (model, paid);
    }

    /// Takes more of the answer.
    async fn push(&mut self, piece: &str);
}
