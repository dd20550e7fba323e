use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::circuit_breaker::CircuitBreaker;
use super::concurrency::Concurrency;
use super::deadline::Deadline;
use super::fallback::Fallback;
use super::jitter::Jitter;
use super::patience::Patience;
use super::retry::{BackOff, Retry};
use crate::error::Result;
use crate::ports::{Completion, CompletionRequest, CompletionStream, LanguageModel, ModelIdentity};

/// A model, and perhaps a second one for when it fails, with all that stands between them and whoever
/// asks: see [`ReliableOptions`]. Clones share places and failures.
///
/// A stream is given out with its first piece. Until then it is tried again like a whole answer; from then
/// on its pieces stand, and a fault ends it with an error. A stream that nobody reads is dropped at its
/// deadline. A whole answer is collected from the model's stream, so that one that takes long is not taken
/// for silence.
///
/// Each attempt is paid for by itself, where somebody pays ([`payment`](crate::ports::payment)): one that a
/// budget has no room for is not made, and the failure of the one before it goes out.
///
/// # Errors
/// - [`Unavailable { retry: true }`](crate::ErrorKind::Unavailable) where the deadline has passed, too many
///   others wait, too many calls have failed lately, or the last attempt failed so; also where a server that
///   has failed asks for a longer wait, with the time that it asks for
///   ([`Error::retry_after`](crate::Error::retry_after)).
/// - [`RateLimited`](crate::ErrorKind::RateLimited) where the server asks for a longer wait than
///   [`longest_wait`](ReliableOptions::longest_wait) or than there is time for, or says so at the last
///   attempt: with the time that it asks for.
/// - Whatever else the model says, at once.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> blog_core::Result<()> {
/// use std::sync::Arc;
///
/// use blog_core::ErrorKind;
/// use blog_core::decorate::{Reliable, ReliableOptions};
/// use blog_core::memory::{ScriptedModel, ScriptedReply};
/// use blog_core::ports::{AnswerFormat, CompletionRequest, LanguageModel, Message, Speaker};
///
/// let model = ScriptedModel::new([
///     ScriptedReply::Fail(ErrorKind::Unavailable { retry: true }),
///     ScriptedReply::answer("Hello"),
/// ]);
/// let model = Reliable::new(Arc::new(model), None, ReliableOptions::default());
/// let request = CompletionRequest {
///     instructions: "Greet.".into(),
///     messages: vec![Message { speaker: Speaker::User, text: "Hi".into() }],
///     format: AnswerFormat::Text,
///     max_output_tokens: 100,
/// };
/// assert_eq!(model.complete(&request).await?.text, "Hello");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Reliable {
    model: Arc<Deadline>,
    deadline: Duration,
}

/// How long, how often and how many at once. Nothing of it is about money.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReliableOptions {
    /// The longest that a call may take until the last piece of its answer: waiting for a place, all
    /// attempts and the second model included. Three minutes.
    pub deadline: Duration,
    /// The longest that one attempt may take until the first text of the answer is there: at most a third
    /// of the deadline, so that there is time for another. A minute.
    ///
    /// It may take longer while empty pieces say that the model is at work: where there is a second model, until
    /// half of the deadline is over, when that one is asked. One whose stream comes at once, as a whole, and
    /// that sends none, has to have written all of it by then.
    pub attempt: Duration,
    /// The longest that a model may be silent between two pieces, once `attempt` is over or the first text is
    /// there. 20 seconds.
    pub between_pieces: Duration,
    /// How often each model is asked, the first time included. Three times.
    pub attempts: u32,
    /// The longest wait between the first attempt and the second; it doubles from there, and a random part
    /// of it is waited. Half a second.
    pub first_wait: Duration,
    /// The longest such wait, and the longest that a server may ask for, to which it is added: both
    /// together at most. 10 seconds.
    pub longest_wait: Duration,
    /// Calls and streams that are under way at once: fewer, where the model's server cannot take so many. 1,000.
    pub concurrent: usize,
    /// How many more wait for a place. 256.
    pub waiting: usize,
    /// Attempts at one model that fail in a row until it is left in peace. 10.
    pub failures: u32,
    /// For how long; then one call is let through. 30 seconds.
    pub open_for: Duration,
}

impl Default for ReliableOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(180),
            attempt: Duration::from_secs(60),
            between_pieces: Duration::from_secs(20),
            attempts: 3,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(10),
            concurrent: 1_000,
            waiting: 256,
            failures: 10,
            open_for: Duration::from_secs(30),
        }
    }
}

impl Reliable {
    /// Asks `model`, and `fallback` where that fails.
    #[must_use]
    pub fn new(
        model: Arc<dyn LanguageModel>,
        fallback: Option<Arc<dyn LanguageModel>>,
        options: ReliableOptions,
    ) -> Self {
        let first = tried_again(model, &options);
        let either: Arc<dyn LanguageModel> = match fallback {
            Some(second) => Arc::new(Fallback::new(first, tried_again(second, &options))),
            None => first,
        };
        let ReliableOptions {
            deadline,
            concurrent,
            waiting,
            ..
        } = options;
        let few_at_once = Arc::new(Concurrency::new(either, concurrent, waiting));
        Self {
            model: Arc::new(Deadline::new(few_at_once, deadline)),
            deadline,
        }
    }

    pub(super) const fn deadline(&self) -> Duration {
        self.deadline
    }
}

fn tried_again(model: Arc<dyn LanguageModel>, options: &ReliableOptions) -> Arc<dyn LanguageModel> {
    let attempt = options.attempt.min(options.deadline / 3);
    let attempt = Patience::new(model, attempt, options.between_pieces);
    let breaker = CircuitBreaker::new(Arc::new(attempt), options.failures, options.open_for);
    let back_off = BackOff {
        attempts: options.attempts,
        first_wait: options.first_wait,
        longest_wait: options.longest_wait,
    };
    Arc::new(Retry::new(Arc::new(breaker), back_off, Jitter::random()))
}

#[async_trait]
impl LanguageModel for Reliable {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn identity(&self) -> ModelIdentity {
        self.model.identity()
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        self.model.complete(request).await
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        self.model.stream(request).await
    }
}

#[cfg(test)]
mod tests;
