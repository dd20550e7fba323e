use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::deadline::within;
use super::flights::Flights;
use super::reliable::Reliable;
use super::request_hash::request_hash;
use crate::cache::Memo;
use crate::error::{Error, Result};
use crate::ports::{
    Cache, Completion, CompletionEvent, CompletionRequest, CompletionStream, LanguageModel,
    ModelIdentity, StopReason, TokenUsage, payment,
};

/// Larger answers are not remembered.
const LARGEST: usize = 256 << 10;
/// What a shared cache may take to answer, which is far less than a model does.
const PATIENCE: Duration = Duration::from_millis(250);

/// Remembers what a model answered, for uses in which the same question may have the same answer, and asks
/// once for however many ask the same at the same time. Clones remember the same.
///
/// - Only what was [`Finished`](StopReason::Finished) is remembered, and no error. Without the feature
///   `moka`, nothing is on this node.
/// - Whoever is given what others asked for, or what was remembered, is told that it cost nothing: its
///   [`usage`](Completion::usage) has no tokens, nor has that of an error. Until then they stand in line
///   ([`payment`]): whoever leaves pays nothing.
/// - If whoever has asked first is dropped, one of the others asks. If the call fails, all of them have its
///   error.
/// - An answer that the second model gave is remembered like the first one's, and says whose it is.
/// - A stream of what is remembered is one piece. Other streams are asked for each by itself, and
///   remembered once they have ended.
/// - What nothing on this node remembers is asked for once more by whoever asks while it is being put into the
///   shared cache: an answer that is paid for is not held back, nor lost to a deadline, for that.
/// - A shared cache that is away, or takes longer than a quarter of a second, is passed over.
/// - Its keys are `answer:` and a hash of the request and of the model's [identity](LanguageModel::identity), with
///   that of the second model, so that models share answers only where they would give the same.
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

    /// What is remembered of this request's answer, on this node or between nodes. Nobody is asked.
    pub async fn recall(&self, request: &CompletionRequest) -> Option<Completion> {
        let answer = self.known.recall(&self.hash(request)).await?;
        Some(answer.as_completion())
    }

    /// Forgets what is remembered of this request's answer, which is of no use: the next who asks has the model
    /// asked.
    pub async fn forget(&self, request: &CompletionRequest) {
        let hash = self.hash(request);
        self.known.node.remove(&hash);
        if let Some(shared) = &self.known.shared {
            in_time(shared.remove(&address(&hash))).await;
        }
    }

    fn hash(&self, request: &CompletionRequest) -> blake3::Hash {
        request_hash(self.model.identity(), request)
    }

    /// The answer, with what others may be told of it if it is new.
    async fn recall_or_ask(
        &self,
        hash: blake3::Hash,
        request: &CompletionRequest,
    ) -> Result<(Completion, Option<Arc<Answer>>)> {
        if let Some(answer) = self.known.node.get(&hash) {
            return Ok((answer.as_completion(), None));
        }
        // Whoever asks for all has their call begin again; the others' model is never asked.
        payment::waits();
        let mut asked = false;
        let mut new = None;
        let flown = self.flights.join(hash, async {
            // Another flight may have landed since.
            if let Some(answer) = self.known.recall(&hash).await {
                return Ok(answer.as_completion());
            }
            asked = true;
            let completion = self.model.complete(request).await.map_err(Arc::new)?;
            if completion.stop == StopReason::Finished {
                let (text, model) = (completion.text.clone(), completion.model.clone());
                new = self.known.remember(hash, Answer { text, model });
            }
            Ok(completion)
        });
        let flown = flown.await.map_err(Error::shared);
        if asked {
            return Ok((flown?, new));
        }
        let completion = flown.map_err(|error| error.with_usage(TokenUsage::NONE))?;
        let free = Completion {
            usage: Some(TokenUsage::NONE),
            ..completion
        };
        Ok((free, None))
    }
}

impl Known {
    async fn recall(&self, hash: &blake3::Hash) -> Option<Arc<Answer>> {
        if let Some(answer) = self.node.get(hash) {
            return Some(answer);
        }
        let bytes = in_time(self.shared.as_ref()?.get(&address(hash))).await??;
        // Not for the node: nobody knows how long it has been kept already.
        serde_json::from_slice(&bytes).ok()
    }

    /// Remembers it on this node, and answers what is to be shared; nothing, if it is too large.
    fn remember(&self, hash: blake3::Hash, answer: Answer) -> Option<Arc<Answer>> {
        if answer.text.len() > LARGEST {
            return None;
        }
        let answer = Arc::new(answer);
        self.node.insert(hash, Arc::clone(&answer));
        Some(answer)
    }

    /// Tells other nodes.
    async fn share(&self, hash: &blake3::Hash, answer: &Answer) {
        if let (Some(shared), Ok(bytes)) = (&self.shared, serde_json::to_vec(answer)) {
            in_time(shared.put(&address(hash), Bytes::from(bytes), self.keep)).await;
        }
    }
}

/// What the shared cache gives, if it does so soon.
async fn in_time<T>(asked: impl Future<Output = Result<T>>) -> Option<T> {
    let error = match timeout(PATIENCE, asked).await {
        Ok(Ok(given)) => return Some(given),
        Ok(Err(error)) => error.to_string(),
        Err(late) => late.to_string(),
    };
    tracing::debug!(error, "the shared cache was passed over");
    None
}

impl Answer {
    fn as_completion(&self) -> Completion {
        Completion {
            text: self.text.clone(),
            stop: StopReason::Finished,
            usage: Some(TokenUsage::NONE),
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

    fn identity(&self) -> ModelIdentity {
        self.model.identity()
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        let hash = self.hash(request);
        // For those who wait for others, one after the other of whom may be dropped.
        let answered = within(self.model.deadline(), self.recall_or_ask(hash, request));
        let (completion, new) = answered.await?;
        if let Some(answer) = new {
            self.known.share(&hash, &answer).await;
        }
        Ok(completion)
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        let hash = self.hash(request);
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
                if let Some(answer) = known.remember(hash, Answer { text, model }) {
                    known.share(&hash, &answer).await;
                }
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
