//! What calls of models may cost and have cost.
//!
//! A call takes one attempt or, where the model tries again by itself, several
//! ([`payment`](crate::ports::payment)). Before each, what it may cost at most is set aside, at the price of
//! the model that is asked: a token for every three bytes of the request, and all that the answer may have.
//! If a budget has no room for that, it is not made. What is set aside for the request is a guess and no upper
//! bound: a text of rare characters, and what vendors put around it, can be more tokens, so that the last call
//! may exceed a budget by as much. Afterwards what the attempt has cost takes its place:
//!
//! | the attempt | costs |
//! |---|---|
//! | was answered | what the vendor counts, or where it does not say, a token for three bytes |
//! | failed, and the error says what it has used | that |
//! | failed, refused by the vendor (too often, too long, no such model, wrong key) | nothing |
//! | was given up as it took too long, and nothing had come | all that was set aside: it may have been thinking |
//! | failed otherwise | the request, and what had come |
//! | was broken off in line, before the model was asked | nothing |
//! | was broken off, a stream of which something had come | the request, and what had come |
//! | was broken off, else | all that was set aside: nobody knows what the vendor had written |
//!
//! Whatever a server counts, an attempt costs no more than it can have used: a token for each byte of the
//! request, with [some](super::budget::at_most) that vendors add to it, and the longest answer that is sold.
//!
//! An answer does not wait until that is written: it is left to a task, which may die with the process. Then all
//! that was set aside counts for ever. Where the store is away, [`Blog::run`](crate::Blog::run) writes it later. The
//! next call on this node that a budget may refuse waits for what has ended by then, and so does whoever reads what
//! calls have cost.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::error::{Error, Result};
use crate::ports::payment::Payer;
use crate::ports::{CallOutcome, Completion, CompletionRequest};

use super::attempt::{Asker, Attempt};

/// Pays for the attempts of one call. Dropped before its end, what is being made counts as broken off.
#[derive(Debug)]
pub(super) struct Meter {
    asker: Asker,
    /// What is being made.
    attempt: Mutex<Option<Attempt>>,
}

impl Meter {
    /// Sets aside what the first attempt may cost.
    ///
    /// # Errors
    /// As [`Attempt::reserve`].
    pub(super) async fn reserve(
        asker: Asker,
        model: &str,
        request: &CompletionRequest,
    ) -> Result<Self> {
        let attempt = Attempt::reserve(&asker, model, request).await?;
        Ok(Self {
            asker,
            attempt: Mutex::new(Some(attempt)),
        })
    }

    fn attempt(&self) -> MutexGuard<'_, Option<Attempt>> {
        self.attempt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that so many bytes of a stream have come.
    pub(super) fn received(&self, bytes: usize) {
        if let Some(attempt) = &mut *self.attempt() {
            attempt.received(bytes);
        }
    }

    /// Says how the call was answered.
    pub(super) fn answered(&self, completion: &Completion, outcome: CallOutcome) {
        self.end(|attempt| attempt.answered(completion, outcome));
    }

    /// Which model is being asked.
    pub(super) fn model(&self) -> Option<String> {
        let attempt = self.attempt();
        attempt.as_ref().map(|attempt| attempt.model().to_owned())
    }

    /// Ends the attempt that was being made, if one was.
    fn end(&self, how: impl FnOnce(&mut Attempt)) {
        let attempt = self.attempt().take();
        if let Some(mut attempt) = attempt {
            how(&mut attempt);
        }
    }
}

#[async_trait]
impl Payer for Meter {
    fn waits(&self) {
        if let Some(attempt) = &mut *self.attempt() {
            attempt.begins(false);
        }
    }

    fn begins(&self) {
        if let Some(attempt) = &mut *self.attempt() {
            attempt.begins(true);
        }
    }

    fn failed(&self, error: &Error) {
        self.end(|attempt| attempt.failed(error));
    }

    async fn again(&self, model: &str, request: &CompletionRequest) -> Result<()> {
        let mut attempt = Attempt::reserve(&self.asker, model, request).await?;
        attempt.begins(true);
        *self.attempt() = Some(attempt);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::cost::Bill;
    use super::{Asker, Meter, Payer};
    use crate::Blog;
    use crate::domain::{Actor, Role};
    use crate::error::Error;
    use crate::ports::{AnswerFormat, CompletionRequest};

    #[tokio::test]
    async fn what_a_failed_attempt_has_cost_is_settled_though_no_other_is_made() {
        let blog = Blog::in_memory();
        let asker = Asker {
            blog: blog.clone(),
            actor: Actor::user("ada", "Ada", Role::Author),
            purpose: "generate",
            post: None,
            is_streamed: false,
            bill: Bill::default(),
        };
        let request = CompletionRequest {
            instructions: "Write.".to_owned(),
            messages: vec![],
            format: AnswerFormat::Text,
            max_output_tokens: 100,
        };
        let meter = Meter::reserve(asker, "large", &request).await.unwrap();
        meter.failed(&Error::unavailable("the model is away", true));
        blog.settle_calls().await.unwrap();
        let usage = blog.usage_store().usage(None, 10).await.unwrap();
        assert_eq!(usage.len(), 1);
        assert!(usage[0].settlement.is_some());
    }
}
