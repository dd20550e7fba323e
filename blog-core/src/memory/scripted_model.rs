use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, Stream, StreamExt};

use crate::error::{Error, ErrorKind, Result};
use crate::ports::{
    Completion, CompletionEvent, CompletionRequest, CompletionStream, LanguageModel, ModelIdentity,
    StopReason, TokenUsage,
};

/// How many parts an answer has that is endless, before the model does as an adapter and ends it.
const ENDLESS: usize = 1_000;

/// A [`LanguageModel`] for tests: it answers what it is told to. Clones answer from the same script.
///
/// It keeps the port's promises: JSON that does not fit is an error, whatever the script says, unless it
/// is [`unchecked`](Self::unchecked).
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
    is_checked: bool,
    script: Arc<Script>,
    requests: Arc<Mutex<Vec<CompletionRequest>>>,
    open: Arc<AtomicUsize>,
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
    /// It says this again and again.
    Endless {
        /// What.
        piece: String,
    },
    /// It fails at once, and has used nothing.
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
            is_checked: true,
            script: Arc::new(script),
            requests: Arc::default(),
            open: Arc::default(),
        }
    }

    /// The same without a look at its JSON: a model that breaks the port's third promise.
    #[must_use]
    pub const fn unchecked(mut self) -> Self {
        self.is_checked = false;
        self
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

    /// How many calls and streams have neither ended nor been dropped.
    #[must_use]
    pub fn open_calls(&self) -> usize {
        self.open.load(Ordering::SeqCst)
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

    fn identity(&self) -> ModelIdentity {
        ModelIdentity::of([self.name()])
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        Completion::of_stream(self.stream(request).await?).await
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        request.format.check_schema()?;
        self.asked().push(request.clone());
        let call = OpenCall::new(&self.open);
        match (self.script)(request) {
            ScriptedReply::Answer {
                pieces,
                pause,
                stop,
                usage,
            } => {
                let model = self.name().to_owned();
                let fits = request.format.check(&pieces.concat());
                let done = match fits {
                    Err(mismatch) if self.is_checked && stop == StopReason::Finished => {
                        let mut error = Error::unavailable(mismatch.to_string(), true);
                        if let Some(usage) = usage {
                            error = error.with_usage(usage);
                        }
                        Err(error)
                    }
                    _ => Ok(CompletionEvent::Done { stop, usage, model }),
                };
                let texts = stream::iter(pieces).then(move |piece| async move {
                    if !pause.is_zero() {
                        tokio::time::sleep(pause).await;
                    }
                    Ok(CompletionEvent::Text(piece))
                });
                Ok(call.hold(texts.chain(stream::iter([done]))))
            }
            ScriptedReply::Cut { pieces } => Ok(call.hold(broken(pieces, line_is_dead()))),
            ScriptedReply::Endless { piece } => {
                let pieces = std::iter::repeat_n(piece, ENDLESS);
                let error =
                    Error::unavailable("the answer has no end", true).without_immediate_retry();
                Ok(call.hold(broken(pieces, error)))
            }
            ScriptedReply::Fail(kind) => {
                Err(Error::new(kind, "the script says so").with_usage(TokenUsage::NONE))
            }
            ScriptedReply::Stall => std::future::pending().await,
        }
    }
}

/// These parts, and then the error.
fn broken<I>(
    pieces: impl IntoIterator<Item = String, IntoIter = I>,
    error: Error,
) -> impl Stream<Item = Result<CompletionEvent>> + Send + 'static
where
    I: Iterator<Item = String> + Send + 'static,
{
    let texts = pieces
        .into_iter()
        .map(|piece| Ok(CompletionEvent::Text(piece)));
    stream::iter(texts.chain([Err(error)]))
}

/// Counts a call until it is dropped.
struct OpenCall(Arc<AtomicUsize>);

impl OpenCall {
    fn new(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(open))
    }

    /// The call is open for as long as there is the stream.
    fn hold(
        self,
        events: impl Stream<Item = Result<CompletionEvent>> + Send + 'static,
    ) -> CompletionStream {
        let hold = move |event| {
            let _ = &self;
            event
        };
        events.map(hold).boxed()
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn line_is_dead() -> Error {
    Error::unavailable("the answer broke off", true)
}
