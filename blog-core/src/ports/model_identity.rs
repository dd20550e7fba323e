/// What tells a [`LanguageModel`](super::LanguageModel) from all that may answer otherwise: a hash, from which
/// nothing can be read that it was made of.
///
/// # Examples
/// ```
/// use blog_core::ports::ModelIdentity;
///
/// let here = ModelIdentity::of(["http://here.example/v1", "small"]);
/// assert_eq!(here, ModelIdentity::of(["http://here.example/v1", "small"]));
/// assert_ne!(here, ModelIdentity::of(["http://there.example/v1", "small"]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModelIdentity([u8; 32]);

impl ModelIdentity {
    /// Of all that makes a model answer as it does, in this order: where it is asked, its name, how much it
    /// thinks. An address with a secret in it may be among this.
    pub fn of<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("blog-core 2026-11-27 identity of a model");
        for part in parts {
            let part = part.as_ref();
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

impl AsRef<[u8]> for ModelIdentity {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
