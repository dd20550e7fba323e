use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, StreamExt};

use crate::error::{Error, ErrorKind, Result};
use crate::ports::{
    Completion, CompletionEvent, CompletionRequest, CompletionStream, LanguageModel, StopReason,
    TokenUsage,
};

/// A [`LanguageModel`] for tests: it answers what it is told to. Clones answer from the same script.
///
/// # Examples
/// ```
/// use blog_core::memory::{ScriptedModel, ScriptedReply};
/// use blog_core::ports::{LanguageModel, StopReason};
///
/// let model = ScriptedModel::new([ScriptedReply::answer("Hello"), ScriptedReply::Stall]);
/// assert_eq!(model.name(), "scripted");
/// ```
#[derive(Clone)]
pub struct ScriptedModel {
    name: Cow<'static, str>,
    script: Arc<Script>,
    requests: Arc<Mutex<Vec<CompletionRequest>>>,
}

type Script = dyn Fn(&CompletionRequest) -> ScriptedReply + Send + Sync;

/// What a [`ScriptedModel`] does with one request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ScriptedReply {
    /// It answers.
    Answer {
        /// The answer's parts, as a stream gives them.
        pieces: Vec<String>,
        /// How long it thinks before each.
        pause: Duration,
        /// Why it ends.
        stop: StopReason,
        /// What it counts.
        usage: Option<TokenUsage>,
    },
    /// It says these parts, and then the line is dead.
    Cut {
        /// The parts.
        pieces: Vec<String>,
    },
    /// It fails at once.
    Fail(ErrorKind),
    /// It says nothing, for ever.
    Stall,
}

impl ScriptedReply {
    /// The whole of this text at once.
    pub fn answer(text: impl Into<String>) -> Self {
        Self::Answer {
            pieces: vec![text.into()],
            pause: Duration::ZERO,
            stop: StopReason::Finished,
            usage: Some(TokenUsage {
                input: 100,
                cached_input: 0,
                output: 50,
            }),
        }
    }
}

impl ScriptedModel {
    /// Gives these replies, in order; then it fails, as a server that is away.
    pub fn new(replies: impl IntoIterator<Item = ScriptedReply>) -> Self {
        let replies = Mutex::new(replies.into_iter().collect::<VecDeque<_>>());
        Self::replying(move |_| {
            let next = replies
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            next.unwrap_or(ScriptedReply::Fail(ErrorKind::Unavailable { retry: true }))
        })
    }

    /// Replies so to each request.
    pub fn replying(
        script: impl Fn(&CompletionRequest) -> ScriptedReply + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: Cow::Borrowed("scripted"),
            script: Arc::new(script),
            requests: Arc::default(),
        }
    }

    /// The same under another name than `scripted`.
    #[must_use]
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// What it was asked, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<CompletionRequest> {
        self.asked().clone()
    }

    fn asked(&self) -> MutexGuard<'_, Vec<CompletionRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ScriptedModel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ScriptedModel")
            .field("name", &self.name)
            .field("requests", &self.asked().len())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl LanguageModel for ScriptedModel {
    fn name(&self) -> &str {
        &self.name
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        let mut events = self.stream(request).await?;
        let mut text = String::new();
        while let Some(event) = events.next().await {
            match event? {
                CompletionEvent::Text(piece) => text.push_str(&piece),
                CompletionEvent::Done { stop, usage, model } => {
                    return Ok(Completion {
                        text,
                        stop,
                        usage,
                        model,
                    });
                }
            }
        }
        Err(line_is_dead())
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        self.asked().push(request.clone());
        match (self.script)(request) {
            ScriptedReply::Answer {
                pieces,
                pause,
                stop,
                usage,
            } => {
                let model = self.name().to_owned();
                let done = CompletionEvent::Done { stop, usage, model };
                let texts = stream::iter(pieces).then(move |piece| async move {
                    tokio::time::sleep(pause).await;
                    Ok(CompletionEvent::Text(piece))
                });
                Ok(texts.chain(stream::iter([Ok(done)])).boxed())
            }
            ScriptedReply::Cut { pieces } => {
                let texts = pieces
                    .into_iter()
                    .map(|piece| Ok(CompletionEvent::Text(piece)));
                Ok(stream::iter(texts.chain([Err(line_is_dead())])).boxed())
            }
            ScriptedReply::Fail(kind) => Err(Error::new(kind, "the script says so")),
            ScriptedReply::Stall => std::future::pending().await,
        }
    }
}

fn line_is_dead() -> Error {
    Error::unavailable("the answer broke off", true)
}
