use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::StreamExt;
use tokio::time::Instant;

use super::begun::begun;
use super::deadline::time_to_begin;
use crate::error::{Error, ErrorKind, Result};
use crate::ports::{
    Completion, CompletionEvent, CompletionRequest, CompletionStream, LanguageModel, ModelIdentity,
    TokenUsage,
};

/// Leaves a server in peace that has failed several times in a row: for a while all are refused at once,
/// then one is let through, and how that ends decides for the others.
///
/// Faults are what may heal by itself, `Unavailable { retry: true }`. Whatever else a server answers, be
/// it that the key is wrong or that it is asked too often, shows that it is there.
///
/// Source: Michael Nygard, Release It!, 2nd edition, 2018, "Circuit Breaker".
#[derive(Debug)]
pub(super) struct CircuitBreaker {
    model: Arc<dyn LanguageModel>,
    circuit: Arc<Circuit>,
}

#[derive(Debug)]
struct Circuit {
    state: Mutex<State>,
    failures: u32,
    open_for: Duration,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Calls pass; so many in a row have failed.
    Closed(u32),
    /// None pass.
    Open { since: Instant },
    /// One has passed, and has not ended.
    HalfOpen { since: Instant },
}

/// A call that was let through. Dropped before it is known how it ended, it says nothing about the server.
#[derive(Debug)]
struct Passage {
    circuit: Arc<Circuit>,
    is_probe: bool,
}

/// The cause of a refusal.
#[derive(Debug, thiserror::Error)]
#[error("too many calls in a row have failed")]
struct CircuitOpen;

/// Whether this is a refusal of a breaker, which nothing but time changes.
pub(super) fn has_refused(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<CircuitOpen>())
}

impl CircuitBreaker {
    /// Opens after so many failures in a row, for so long.
    pub(super) fn new(model: Arc<dyn LanguageModel>, failures: u32, open_for: Duration) -> Self {
        let circuit = Circuit {
            state: Mutex::new(State::Closed(0)),
            failures: failures.max(1),
            open_for,
        };
        Self {
            model,
            circuit: Arc::new(circuit),
        }
    }

    fn pass(&self) -> Result<Passage> {
        let circuit = Arc::clone(&self.circuit);
        let is_probe = {
            let mut state = circuit.state();
            match *state {
                State::Closed(_) => false,
                State::Open { since } if since.elapsed() >= circuit.open_for => {
                    *state = State::HalfOpen { since };
                    true
                }
                State::Open { .. } | State::HalfOpen { .. } => {
                    let refusal = Error::unavailable("the model is out of order", true);
                    return Err(refusal
                        .with_source(CircuitOpen)
                        .with_usage(TokenUsage::NONE));
                }
            }
        };
        Ok(Passage { circuit, is_probe })
    }
}

impl Circuit {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Passage {
    fn ended(&mut self, fault: Option<&Error>) {
        // What has used up the time of its call may have come late to it: that blames nobody.
        if fault.is_some() && time_to_begin().is_zero() {
            return;
        }
        if fault.is_some_and(is_fault) {
            self.failed();
        } else {
            self.succeeded();
        }
    }

    fn succeeded(&mut self) {
        let mut state = self.circuit.state();
        // A call from before the faults says nothing about what came after them.
        if self.is_probe || matches!(*state, State::Closed(_)) {
            *state = State::Closed(0);
            self.is_probe = false;
        }
    }

    fn failed(&mut self) {
        let open = State::Open {
            since: Instant::now(),
        };
        let mut state = self.circuit.state();
        match *state {
            State::HalfOpen { .. } if self.is_probe => *state = open,
            State::Closed(before) if before + 1 >= self.circuit.failures => *state = open,
            State::Closed(before) => *state = State::Closed(before + 1),
            State::Open { .. } | State::HalfOpen { .. } => {}
        }
        self.is_probe = false;
    }

    /// The server has begun to answer. Only a probe's end would be waited for, and has been seen enough of.
    fn begun(&mut self) {
        if self.is_probe {
            self.succeeded();
        }
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let mut state = self.circuit.state();
        if let State::HalfOpen { since } = *state
            && self.is_probe
        {
            *state = State::Open { since };
        }
    }
}

#[async_trait]
impl LanguageModel for CircuitBreaker {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn identity(&self) -> ModelIdentity {
        self.model.identity()
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        Completion::of_stream(self.stream(request).await?).await
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        let mut passage = self.pass()?;
        let stream = match begun(self.model.as_ref(), request).await {
            Ok(stream) => stream,
            Err(error) => {
                passage.ended(Some(&error));
                return Err(error);
            }
        };
        passage.begun();
        let watched = stream.inspect(move |event| match event {
            Ok(CompletionEvent::Text(_)) => {}
            Ok(CompletionEvent::Done { .. }) => passage.succeeded(),
            Err(error) => passage.ended(Some(error)),
        });
        Ok(watched.boxed())
    }
}

fn is_fault(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable { retry: true })
}

#[cfg(test)]
mod tests;
