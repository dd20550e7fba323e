/// What several texts hash to (BLAKE3): of one its own hash, of each further one the hash of that with the hash of
/// those before it in front. A hasher that takes all of them is two thousand bytes long, which everything that waits
/// for a model would hold.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HashChain(Option<blake3::Hash>);

impl HashChain {
    pub(super) fn add(&mut self, text: &[u8]) {
        let mut hasher = blake3::Hasher::new();
        if let Some(before) = self.0 {
            hasher.update(before.as_bytes());
        }
        self.0 = Some(hasher.update(text).finalize());
    }

    /// In hexadecimal digits; of no text the hash of an empty one.
    pub(super) fn to_hex(self) -> String {
        let hash = self.0.unwrap_or_else(|| blake3::hash(b""));
        hash.to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::HashChain;

    fn chain(texts: &[&str]) -> String {
        let mut chain = HashChain::default();
        texts.iter().for_each(|text| chain.add(text.as_bytes()));
        chain.to_hex()
    }

    #[test]
    fn one_text_has_its_own_hash_and_several_have_one_for_their_order() {
        assert_eq!(chain(&["a"]), blake3::hash(b"a").to_hex().to_string());
        assert_eq!(chain(&[]), blake3::hash(b"").to_hex().to_string());
        assert_ne!(chain(&["a", "b"]), chain(&["b", "a"]));
        assert_ne!(chain(&["a", "b"]), chain(&["ab"]));
    }
}
