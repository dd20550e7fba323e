//! Who pays for the attempts that a call of a language model takes.
//!
//! Whoever calls a model has set aside what one attempt may cost. What tries again by itself asks them
//! first, as [`Reliable`](crate::decorate::Reliable) does, and adapters that ask their server a second time:
//! [`failed`] says what the attempt has come to, and [`again`] has another one set aside for. Only then may
//! it be made. An answer's [`usage`](super::Completion::usage) is that of the last attempt alone.
//!
//! Whoever pays is known to what runs in [`by`], and not to tasks that are spawned there. Where nobody pays,
//! every attempt may be made.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;

use super::CompletionRequest;
use crate::error::{Error, Result};

/// Whoever pays for a call.
#[async_trait]
pub trait Payer: Send + Sync {
    /// The call stands in line: the model is not asked yet.
    fn waits(&self) {}

    /// The model is about to be asked.
    fn begins(&self) {}

    /// An attempt has failed so, which is settled with what it has cost. Said again of the same attempt, it
    /// means nothing.
    fn failed(&self, error: &Error);

    /// Sets aside what another attempt may cost.
    ///
    /// # Errors
    /// If it may not be made.
    async fn again(&self, model: &str, request: &CompletionRequest) -> Result<()>;
}

tokio::task_local! {
    static PAYER: Arc<dyn Payer>;
}

/// Does it at the expense of `payer`, who has set aside what the first attempt may cost.
pub async fn by<T>(payer: Arc<dyn Payer>, act: impl Future<Output = T>) -> T {
    PAYER.scope(payer, act).await
}

/// Says that the call stands in line.
pub fn waits() {
    if let Some(payer) = payer() {
        payer.waits();
    }
}

/// Says that the model is about to be asked.
pub fn begins() {
    if let Some(payer) = payer() {
        payer.begins();
    }
}

/// Says that an attempt has failed, and that the call goes on, or ends in the error of another attempt. An
/// attempt's own error that ends the call is not said: whoever pays is given it.
pub fn failed(error: &Error) {
    if let Some(payer) = payer() {
        payer.failed(error);
    }
}

/// Asks whether `model` may be asked this, after an attempt that has [`failed`].
///
/// # Errors
/// If it may not, because of a budget.
pub async fn again(model: &str, request: &CompletionRequest) -> Result<()> {
    match payer() {
        Some(payer) => payer.again(model, request).await,
        None => Ok(()),
    }
}

fn payer() -> Option<Arc<dyn Payer>> {
    PAYER.try_with(Arc::clone).ok()
}
