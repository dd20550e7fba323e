use async_trait::async_trait;

use crate::error::Result;

/// Turns texts into vectors that lie near each other where the texts are about the same.
///
/// # Promises
///
/// 1. There is one vector for each text, in their order, each of the same number of finite numbers and of
///    length 1.
/// 2. The same text has the same direction in every call.
/// 3. Any number of texts may be asked for at once.
/// 4. Errors say what to do, as those of a [`LanguageModel`](super::LanguageModel) do.
#[async_trait]
pub trait Embedder: Send + Sync + std::fmt::Debug {
    /// The model's name: vectors of different models must not be compared.
    fn name(&self) -> &str;

    /// A vector for each text.
    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>>;
}
