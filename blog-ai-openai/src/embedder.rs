use std::sync::Arc;

use async_trait::async_trait;
use blog_ai_http::{Endpoint, Failure, Meaning};
use blog_core::Result;
use blog_core::ports::Embedder;
use serde::Deserialize;
use serde_json::json;

use crate::OpenAiConfig;

/// Texts of one request. Their vectors are some megabytes of JSON.
const TEXTS: usize = 64;

/// Bytes of one request's texts, of which OpenAI takes 300,000 tokens.
const TEXT_BYTES: usize = 250_000;

/// The most tokens of a text at OpenAI, of which each has at least a byte.
const TEXT_TOKENS: usize = 8_192;

/// An [`Embedder`] behind OpenAI's `/embeddings`, at OpenAI or elsewhere. Clones share its connections.
///
/// An empty text is sent as a space, as servers refuse it otherwise.
#[derive(Debug, Clone)]
pub struct OpenAiEmbedder {
    model: String,
    endpoint: Arc<Endpoint>,
}

impl OpenAiEmbedder {
    /// The model of this name. Nothing is asked yet.
    ///
    /// # Errors
    /// `Unavailable` without `retry`, if the URL, the key or a header cannot be used.
    pub fn new(model: impl Into<String>, config: &OpenAiConfig) -> Result<Self> {
        Ok(Self {
            model: model.into(),
            endpoint: Arc::new(config.endpoint()?),
        })
    }

    async fn batch(&self, texts: &[&str]) -> blog_ai_http::Result<Vec<Vec<f32>>> {
        let input: Vec<_> = texts
            .iter()
            .map(|text| if text.is_empty() { " " } else { text })
            .collect();
        let body = json!({"model": self.model, "input": input, "encoding_format": "float"});
        let answer = self.endpoint.post("embeddings", body).await;
        let answer = answer.map_err(|failure| because_of(texts, failure))?;
        let Answer { mut data } = answer.json().await?;
        data.sort_by_key(|embedding| embedding.index);
        let length = data.first().map(|first| first.embedding.len());
        let are_alike = data.iter().all(|one| Some(one.embedding.len()) == length);
        let are_numbered = (0..).zip(&data).all(|(number, one)| one.index == number);
        if data.len() != texts.len() || !are_alike || !are_numbered {
            return Err(Failure::Unreadable("it has not one vector for each text"));
        }
        data.into_iter()
            .map(|one| normalized(one.embedding))
            .collect()
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Embedding>,
}

#[derive(Deserialize)]
struct Embedding {
    index: usize,
    embedding: Vec<f32>,
}

#[async_trait]
impl Embedder for OpenAiEmbedder {
    fn name(&self) -> &str {
        &self.model
    }

    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let mut vectors: Vec<Vec<f32>> = Vec::with_capacity(texts.len());
        let mut rest = texts;
        while !rest.is_empty() {
            let (batch, others) = rest.split_at(batch_size(rest));
            let batch = self.batch(batch).await?;
            if vectors
                .first()
                .map(Vec::len)
                .is_some_and(|length| Some(length) != batch.first().map(Vec::len))
            {
                return Err(Failure::Unreadable("its vectors differ in their dimensions").into());
            }
            vectors.extend(batch);
            rest = others;
        }
        Ok(vectors)
    }
}

/// OpenAI has no code for a text that is too long. It is what can be wrong with a request that is not taken
/// and has a long one.
fn because_of(texts: &[&str], failure: Failure) -> Failure {
    let has_long = texts.iter().any(|text| text.len() > TEXT_TOKENS);
    match failure {
        Failure::Server(mut error) if has_long && error.meaning == Meaning::NotTaken => {
            error.meaning = Meaning::TooLong;
            Failure::Server(error)
        }
        failure => failure,
    }
}

/// How many of the first texts go together; at least one.
fn batch_size(texts: &[&str]) -> usize {
    let mut bytes = 0;
    let fitting = texts.iter().take(TEXTS).take_while(|text| {
        bytes += text.len();
        bytes <= TEXT_BYTES
    });
    fitting.count().max(1)
}

fn normalized(mut vector: Vec<f32>) -> blog_ai_http::Result<Vec<f32>> {
    let length = vector.iter().map(|part| part * part).sum::<f32>().sqrt();
    if !length.is_normal() {
        return Err(Failure::Unreadable("a vector of it has no direction"));
    }
    for part in &mut vector {
        *part /= length;
    }
    Ok(vector)
}

#[cfg(test)]
mod tests {
    use super::{batch_size, normalized};

    #[test]
    fn batches_are_bounded_in_texts_and_in_bytes() {
        let long = "a".repeat(100_000);
        let huge = "a".repeat(1_000_000);
        for (texts, expected) in [
            (vec!["a"; 3], 3),
            (vec!["a"; 65], 64),
            (vec![long.as_str(); 5], 2),
            (vec![huge.as_str(); 2], 1),
        ] {
            assert_eq!(batch_size(&texts), expected);
        }
    }

    #[test]
    fn what_has_no_direction_is_no_vector() {
        assert_eq!(normalized(vec![3.0, 4.0]).unwrap(), [0.6, 0.8]);
        for vector in [vec![], vec![0.0, 0.0], vec![f32::MAX, f32::MAX]] {
            assert!(normalized(vector.clone()).is_err(), "{vector:?}");
        }
    }
}
