//! What calls of models may cost and have cost.
//!
//! Before a call, what it may cost at most is set aside: a token for every three bytes of the request,
//! and all that the answer may have. Afterwards what it has cost takes its place:
//!
//! | the call | costs |
//! |---|---|
//! | was answered | what the vendor counts, or where it does not say, a token for three bytes |
//! | failed, refused by the vendor (too often, too long, no such model, wrong key) | nothing |
//! | failed otherwise | the request, and what had come of a stream |
//! | was broken off, a stream | the request, and what had come |
//! | was broken off, else | all that was set aside: nobody knows what the vendor had written |
//!
//! A model that asks again by itself, as [`Reliable`](crate::decorate::Reliable) does, is one call here: what
//! its earlier attempts cost is not seen. A second model is set aside for by the first one's price.
//!
//! A call that is broken off is dropped, and what is dropped cannot wait for a store. It leaves its
//! settlement in [`Unsettled`], for [`Blog::run`] or the next call to write. If the process dies before,
//! all that was set aside counts for ever.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use uuid::Uuid;

use crate::Blog;
use crate::domain::{Actor, PostId};
use crate::error::{Error, ErrorKind, Result};
use crate::ports::{
    Amount, CallOutcome, Completion, CompletionRequest, ModelCall, Reservation, Settlement,
    TokenUsage,
};

use super::budget::{accounts, amount, bytes, exceeded, tokens};
use super::options::Price;

/// Characters of a model's name that are kept.
const NAME: usize = 200;
/// Settlements that wait at most; what would be more stays set aside.
const WAITING: usize = 10_000;

/// Settlements that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Unsettled(Mutex<Vec<(Uuid, Settlement)>>);

impl Unsettled {
    fn waiting(&self) -> MutexGuard<'_, Vec<(Uuid, Settlement)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, call: Uuid, settlement: Settlement) {
        let mut waiting = self.waiting();
        if waiting.len() < WAITING {
            waiting.push((call, settlement));
        } else {
            tracing::error!(%call, "too many calls of models wait to be settled: it stays set aside");
        }
    }
}

impl Blog {
    /// Writes the settlements that wait.
    pub(crate) async fn settle_calls(&self) -> Result<()> {
        loop {
            let Some((call, settlement)) = self.unsettled().waiting().first().cloned() else {
                return Ok(());
            };
            match self.usage_store().settle(call, &settlement).await {
                Err(error) if *error.kind() != ErrorKind::NotFound => return Err(error),
                // What is not there was never set aside, or is forgotten.
                _ => self.unsettled().waiting().retain(|(id, _)| *id != call),
            }
        }
    }
}

/// A call whose cost is set aside. Dropped before its end, it counts as broken off.
#[derive(Debug)]
pub(super) struct MeteredCall {
    blog: Blog,
    call: ModelCall,
    price: Option<Price>,
    began: Instant,
    /// Tokens of the request, at a guess.
    request: u64,
    /// The same once it is made; 0 before.
    input: u64,
    /// Bytes of a stream that have come.
    received: Option<u64>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// It is being made.
    Open,
    /// It has ended so, which the store does not know yet.
    Ended(Settlement),
    /// There is nothing left to say.
    Settled,
}

impl MeteredCall {
    /// Sets aside what a call may cost.
    ///
    /// # Errors
    /// `RateLimited` until the next day where a day's budget is spent; forbidden where the total is, or
    /// where the call alone may cost more than a budget; `Unavailable` where money is limited and the
    /// model has no price.
    pub(super) async fn reserve(
        blog: &Blog,
        actor: &Actor,
        purpose: &str,
        post: Option<PostId>,
        model: &str,
        request: &CompletionRequest,
    ) -> Result<Self> {
        // What was broken off before counts first, or a budget would seem fuller than it is.
        blog.settle_calls().await?;
        let (input, output) = (tokens(bytes(request)), u64::from(request.max_output_tokens));
        let at = blog.clock().now();
        let accounts = accounts(blog, actor, at);
        let price = blog.options().ai.prices.get(model).copied();
        if price.is_none() && accounts.iter().any(|account| account.micros.is_some()) {
            let message = format!("money is limited, and the model {model} has no price");
            return Err(Error::unavailable(message, false));
        }
        let most = TokenUsage {
            input,
            cached_input: 0,
            output,
        };
        let mut metered = Self {
            blog: blog.clone(),
            call: ModelCall {
                id: blog.ids().model_call(),
                at,
                actor: actor.id.clone(),
                purpose: purpose.to_owned(),
                post,
                model: named(model),
                reserved: amount(price, most),
            },
            price,
            began: Instant::now(),
            request: input,
            input: 0,
            received: None,
            state: State::Open,
        };
        let reserved = blog.usage_store().reserve(&metered.call, &accounts).await?;
        if let Reservation::Exceeded { account } = reserved {
            metered.state = State::Settled;
            return Err(exceeded(&accounts, &account, &metered.call));
        }
        Ok(metered)
    }

    /// Says that the model is about to be asked: until then, whatever happens costs nothing.
    pub(super) const fn begins(&mut self) {
        self.input = self.request;
    }

    /// Says that the answer is a stream.
    pub(super) fn is_streamed(&mut self) {
        self.received = Some(0);
    }

    /// Says that so many bytes of the stream have come.
    pub(super) fn received(&mut self, bytes: usize) {
        self.received = self.received.map(|sum| sum + bytes as u64);
    }

    /// Says how it ended, and answers what it has cost: the tokens, and the money where there is a price.
    pub(super) async fn answered(
        mut self,
        completion: &Completion,
        outcome: CallOutcome,
    ) -> (TokenUsage, Option<u64>) {
        let usage = completion.usage.unwrap_or(TokenUsage {
            input: self.input,
            cached_input: 0,
            output: tokens(completion.text.len() as u64),
        });
        let own = self.blog.options().ai.prices.get(&completion.model);
        self.price = own.copied().or(self.price);
        let spent = amount(self.price, usage);
        self.end(&completion.model, spent, outcome).await;
        (usage, self.price.map(|_| spent.micros))
    }

    /// Says that it failed.
    pub(super) async fn failed(mut self, error: &Error) {
        let is_free = match error.kind() {
            ErrorKind::Unavailable { retry } => !retry,
            ErrorKind::Internal => false,
            _ => true,
        };
        let spent = if is_free && self.received.unwrap_or(0) == 0 {
            Amount::default()
        } else {
            self.so_far()
        };
        let model = self.call.model.clone();
        self.end(&model, spent, CallOutcome::Failed).await;
    }

    async fn end(&mut self, model: &str, spent: Amount, outcome: CallOutcome) {
        let settlement = self.settlement(model, spent, outcome);
        self.state = State::Ended(settlement.clone());
        match self
            .blog
            .usage_store()
            .settle(self.call.id, &settlement)
            .await
        {
            Ok(()) => self.state = State::Settled,
            Err(error) => tracing::warn!(%error, "what a call has cost is written later"),
        }
    }

    /// The request, and what has come of a stream.
    fn so_far(&self) -> Amount {
        let usage = TokenUsage {
            input: self.input,
            cached_input: 0,
            output: tokens(self.received.unwrap_or(0)),
        };
        amount(self.price, usage)
    }

    fn broken_off(&self) -> Settlement {
        let spent = match self.received {
            None if self.input > 0 => self.call.reserved,
            _ => self.so_far(),
        };
        self.settlement(&self.call.model, spent, CallOutcome::Cancelled)
    }

    fn settlement(&self, model: &str, spent: Amount, outcome: CallOutcome) -> Settlement {
        let milliseconds = self.began.elapsed().as_millis();
        Settlement {
            model: named(model),
            spent,
            milliseconds: u64::try_from(milliseconds).unwrap_or(u64::MAX),
            outcome,
        }
    }
}

impl Drop for MeteredCall {
    fn drop(&mut self) {
        let settlement = match std::mem::replace(&mut self.state, State::Settled) {
            State::Settled => return,
            State::Ended(settlement) => settlement,
            State::Open => self.broken_off(),
        };
        self.blog.unsettled().note(self.call.id, settlement);
    }
}

/// A model's name as it is stored: a server may say anything.
fn named(model: &str) -> String {
    let visible = model.chars().filter(|character| !character.is_control());
    visible.take(NAME).collect()
}
