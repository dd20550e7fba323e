use async_trait::async_trait;
use unicode_segmentation::UnicodeSegmentation;

use crate::error::Result;
use crate::ports::Embedder;

const DIMENSIONS: usize = 256;

/// An [`Embedder`] without a model: it counts words, each at a place and with a sign that its hash says
/// (the hashing trick: Weinberger et al., *Feature hashing for large scale multitask learning*, 2009).
///
/// Texts are near each other where they have words in common, and only there: it knows nothing of what
/// words mean.
#[derive(Debug, Clone, Copy, Default)]
pub struct HashingEmbedder;

#[async_trait]
impl Embedder for HashingEmbedder {
    fn name(&self) -> &'static str {
        "hashed-words-256"
    }

    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        Ok(texts.iter().map(|text| Self::vector(text)).collect())
    }
}

impl HashingEmbedder {
    /// The vector of a text.
    #[must_use]
    pub fn vector(text: &str) -> Vec<f32> {
        let mut counts = vec![0.0_f32; DIMENSIONS];
        for word in text.unicode_words() {
            let [place, sign, ..] = *blake3::hash(word.to_lowercase().as_bytes()).as_bytes();
            if let Some(count) = counts.get_mut(usize::from(place)) {
                *count += if sign % 2 == 0 { 1.0 } else { -1.0 };
            }
        }
        let length = counts.iter().map(|count| count * count).sum::<f32>().sqrt();
        if length == 0.0 {
            // Texts without words are near each other.
            counts.fill(1.0 / 16.0);
            return counts;
        }
        counts.iter().map(|count| count / length).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::HashingEmbedder;

    #[test]
    fn texts_with_words_in_common_are_nearer() {
        let [cats, more_cats, rain] =
            ["Cats sleep all day", "all cats sleep", "Rain in Bergen"].map(HashingEmbedder::vector);
        let likeness = |other: &[f32]| cats.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
        assert!(likeness(&more_cats) > 0.8);
        assert!(likeness(&rain) < 0.2);
    }
}
