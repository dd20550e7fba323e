use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};

use super::deadline::within;
use super::flights::Flights;
use super::reliable::Reliable;
use super::request_hash::request_hash;
use crate::cache::Memo;
use crate::error::{Error, Result};
use crate::ports::{
    Cache, Completion, CompletionEvent, CompletionRequest, CompletionStream, LanguageModel,
    StopReason, TokenUsage,
};

/// Larger answers are not remembered.
const LARGEST: usize = 256 << 10;

/// Remembers what a model answered, for uses in which the same question may have the same answer, and asks
/// once for however many ask the same at the same time. Clones remember the same.
///
/// - Only what was [`Finished`](StopReason::Finished) is remembered, and no error. Without the feature
///   `moka`, nothing is on this node.
/// - Whoever is given what others asked for, or what was remembered, is told that it cost nothing: its
///   [`usage`](Completion::usage) has no tokens.
/// - If whoever has asked first is dropped, one of the others asks. If the call fails, all of them have its
///   error.
/// - An answer that the second model gave is remembered like the first one's, and says whose it is.
/// - A stream of what is remembered is one piece. Other streams are asked for each by itself, and
///   remembered once they have ended.
/// - A shared cache that is away is passed over.
#[derive(Debug, Clone)]
pub struct AnswerCache {
    model: Reliable,
    known: Arc<Known>,
    flights: Arc<Flights<blake3::Hash, Flown>>,
}

/// What a flight gave to all who wait for it.
type Flown = Result<Completion, Arc<Error>>;

#[derive(Debug)]
struct Known {
    node: Memo<blake3::Hash, Arc<Answer>>,
    shared: Option<Arc<dyn Cache>>,
    keep: Duration,
}

/// An answer that was finished.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Answer {
    text: String,
    model: String,
}

impl AnswerCache {
    /// Remembers about `bytes` of answers on this node, and with `shared` between nodes, each for at most
    /// `keep`.
    #[must_use]
    pub fn new(
        model: Reliable,
        bytes: u64,
        shared: Option<Arc<dyn Cache>>,
        keep: Duration,
    ) -> Self {
        /// No memory lasts longer.
        const LONGEST: Duration = Duration::from_hours(24 * 365 * 100);
        /// About what an entry takes beside its texts.
        const OVERHEAD: usize = 256;
        let weigh = |answer: &Arc<Answer>| answer.text.len() + answer.model.len() + OVERHEAD;
        let known = Known {
            node: Memo::new(bytes, Some(keep.min(LONGEST)), weigh),
            shared,
            keep,
        };
        Self {
            model,
            known: Arc::new(known),
            flights: Arc::default(),
        }
    }

    async fn recall_or_ask(&self, request: &CompletionRequest) -> Result<Completion> {
        let hash = request_hash(self.model.name(), request);
        if let Some(answer) = self.known.node.get(&hash) {
            return Ok(answer.as_completion());
        }
        let mut asked = false;
        let flown = self.flights.join(hash, async {
            // Another flight may have landed since.
            if let Some(answer) = self.known.recall(&hash).await {
                return Ok(answer.as_completion());
            }
            asked = true;
            let completion = self.model.complete(request).await.map_err(Arc::new)?;
            if completion.stop == StopReason::Finished {
                let (text, model) = (completion.text.clone(), completion.model.clone());
                self.known.remember(hash, Answer { text, model }).await;
            }
            Ok(completion)
        });
        let mut completion = flown.await.map_err(Error::shared)?;
        if !asked {
            completion.usage = Some(TokenUsage::default());
        }
        Ok(completion)
    }
}

impl Known {
    async fn recall(&self, hash: &blake3::Hash) -> Option<Arc<Answer>> {
        if let Some(answer) = self.node.get(hash) {
            return Some(answer);
        }
        match self.shared.as_ref()?.get(&address(hash)).await {
            Ok(bytes) => {
                let answer: Arc<Answer> = Arc::new(serde_json::from_slice(&bytes?).ok()?);
                self.node.insert(*hash, Arc::clone(&answer));
                Some(answer)
            }
            Err(error) => {
                tracing::debug!(%error, "the shared cache was passed over");
                None
            }
        }
    }

    async fn remember(&self, hash: blake3::Hash, answer: Answer) {
        if answer.text.len() > LARGEST {
            return;
        }
        let bytes = serde_json::to_vec(&answer);
        self.node.insert(hash, Arc::new(answer));
        let (Some(shared), Ok(bytes)) = (&self.shared, bytes) else {
            return;
        };
        let address = address(&hash);
        let put = shared.put(&address, Bytes::from(bytes), self.keep);
        if let Err(error) = put.await {
            tracing::debug!(%error, "the shared cache was passed over");
        }
    }
}

impl Answer {
    fn as_completion(&self) -> Completion {
        Completion {
            text: self.text.clone(),
            stop: StopReason::Finished,
            usage: Some(TokenUsage::default()),
            model: self.model.clone(),
        }
    }

    fn as_stream(&self) -> CompletionStream {
        let Completion {
            text,
            stop,
            usage,
            model,
        } = self.as_completion();
        let done = CompletionEvent::Done { stop, usage, model };
        stream::iter([Ok(CompletionEvent::Text(text)), Ok(done)]).boxed()
    }
}

#[async_trait]
impl LanguageModel for AnswerCache {
    fn name(&self) -> &str {
        self.model.name()
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        // For those who wait for others, one after the other of whom may be dropped.
        within(self.model.deadline(), self.recall_or_ask(request)).await
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        let hash = request_hash(self.model.name(), request);
        if let Some(answer) = self.known.recall(&hash).await {
            return Ok(answer.as_stream());
        }
        let stream = self.model.stream(request).await?;
        Ok(remembered(stream, Arc::clone(&self.known), hash))
    }
}

/// The same stream, whose texts are remembered once it has finished.
fn remembered(stream: CompletionStream, known: Arc<Known>, hash: blake3::Hash) -> CompletionStream {
    let begun = (stream, String::new(), known);
    let watched = stream::unfold(begun, move |(mut stream, mut text, known)| async move {
        let event = stream.next().await?;
        match &event {
            Ok(CompletionEvent::Text(piece)) if text.len() <= LARGEST => text.push_str(piece),
            Ok(CompletionEvent::Done {
                stop: StopReason::Finished,
                model,
                ..
            }) => {
                let model = model.clone();
                let text = std::mem::take(&mut text);
                known.remember(hash, Answer { text, model }).await;
            }
            _ => {}
        }
        Some((event, (stream, text, known)))
    });
    watched.boxed()
}

fn address(hash: &blake3::Hash) -> String {
    format!("answer:{}", hash.to_hex())
}

#[cfg(test)]
mod tests;
