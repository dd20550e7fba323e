use tokio::time::Instant;

use crate::Blog;
use crate::decorate::is_late;
use crate::domain::{Actor, PostId};
use crate::error::{Error, ErrorKind, Result};
use crate::ports::{
    Account, CallOutcome, Completion, CompletionRequest, ModelCall, Reservation, Settlement,
    TokenUsage,
};

use super::budget::{accounts, amount, at_most, exceeded};
use super::cost::{Bill, Cost};
use super::options::Price;

/// Characters of a model's name that are kept.
const NAME: usize = 200;

/// Who asks a model, and what for.
#[derive(Debug)]
pub(super) struct Asker {
    pub(super) blog: Blog,
    pub(super) actor: Actor,
    /// Such as `generate`.
    pub(super) purpose: &'static str,
    pub(super) post: Option<PostId>,
    /// Whether the answer is read while it comes.
    pub(super) is_streamed: bool,
    /// What its attempts are added to.
    pub(super) bill: Bill,
}

/// An attempt whose cost is set aside. Once it is dropped, it is written how it ended; before its end, it counts as
/// broken off.
#[derive(Debug)]
pub(super) struct Attempt {
    blog: Blog,
    call: ModelCall,
    price: Option<Price>,
    began: Instant,
    /// The request, at a guess.
    request: TokenUsage,
    /// With all that the answer may have.
    most: TokenUsage,
    /// The most that it is charged for, whatever the server counts.
    ceiling: TokenUsage,
    has_begun: bool,
    /// Bytes of a stream that have come.
    received: Option<usize>,
    bill: Bill,
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

impl Attempt {
    /// Sets aside what an attempt may cost.
    ///
    /// # Errors
    /// `RateLimited` until the next day where a day's budget is spent; forbidden where the total is, or
    /// where the attempt alone may cost more than a budget; `Unavailable` where money is limited and the
    /// model has no price.
    pub(super) async fn reserve(
        asker: &Asker,
        model: &str,
        request: &CompletionRequest,
    ) -> Result<Self> {
        let blog = &asker.blog;
        let at = blog.clock().now();
        let accounts = accounts(blog, &asker.actor, at);
        if accounts.iter().any(Account::is_limited) || blog.unsettled().are_many() {
            // What has ended counts first, or a budget would seem fuller than it is, or less full.
            blog.settle_calls().await?;
        }
        let price = blog.options().ai.prices.get(model).copied();
        if price.is_none() && accounts.iter().any(|account| account.micros.is_some()) {
            let message = format!("money is limited, and the model {model} has no price");
            return Err(Error::unavailable(message, false));
        }
        let guess = TokenUsage::guessed(request);
        let most = TokenUsage {
            output: u64::from(request.max_output_tokens),
            ..guess
        };
        let mut attempt = Self {
            blog: blog.clone(),
            call: ModelCall {
                id: blog.ids().model_call(),
                at,
                actor: asker.actor.id.clone(),
                purpose: asker.purpose.to_owned(),
                post: asker.post,
                model: named(model),
                reserved: amount(price, most),
            },
            price,
            began: Instant::now(),
            request: guess,
            most,
            ceiling: at_most(request),
            has_begun: false,
            received: asker.is_streamed.then_some(0),
            bill: asker.bill.clone(),
            state: State::Open,
        };
        match blog.usage_store().reserve(&attempt.call, &accounts).await? {
            Reservation::Reserved => Ok(attempt),
            Reservation::Exceeded { account } => {
                attempt.state = State::Settled;
                Err(exceeded(&accounts, &account, &attempt.call))
            }
            Reservation::Settled => {
                attempt.state = State::Settled;
                Err(Error::internal("a call of a model has the id of another"))
            }
        }
    }

    /// Says whether the model is being asked: until then, whatever happens costs nothing.
    pub(super) const fn begins(&mut self, has_begun: bool) {
        self.has_begun = has_begun;
    }

    /// Which model it asks.
    pub(super) fn model(&self) -> &str {
        &self.call.model
    }

    /// Says that so many bytes of the stream have come.
    pub(super) fn received(&mut self, bytes: usize) {
        self.received = self.received.map(|sum| sum + bytes);
    }

    /// Says how it was answered.
    pub(super) fn answered(&mut self, completion: &Completion, outcome: CallOutcome) {
        let guess = || self.request + TokenUsage::guessed_answer(completion.text.len());
        let usage = completion.usage.unwrap_or_else(guess);
        let own = self.blog.options().ai.prices.get(&completion.model);
        self.price = own.copied().or(self.price);
        self.end(&completion.model, usage, outcome);
    }

    /// Says that it failed.
    pub(super) fn failed(&mut self, error: &Error) {
        let usage = match error.usage() {
            Some(usage) => usage,
            None if is_refusal(error) && self.received.unwrap_or(0) == 0 => TokenUsage::NONE,
            None if is_late(error) => self.perhaps(),
            None => self.so_far(),
        };
        let model = self.call.model.clone();
        self.end(&model, usage, CallOutcome::Failed);
    }

    fn end(&mut self, model: &str, usage: TokenUsage, outcome: CallOutcome) {
        let charged = usage.at_most(self.ceiling);
        if charged != usage {
            tracing::warn!(
                model,
                ?usage,
                ?charged,
                "a model's server counts what cannot be"
            );
        }
        let spent = amount(self.price, charged);
        let milliseconds = self.began.elapsed().as_millis();
        self.state = State::Ended(Settlement {
            model: named(model),
            spent,
            milliseconds: u64::try_from(milliseconds).unwrap_or(u64::MAX),
            outcome,
        });
        self.bill.add(Cost {
            usage: charged,
            micros: match outcome {
                // What was not made costs nothing, whatever the price is.
                CallOutcome::Failed if charged == TokenUsage::NONE => Some(0),
                _ => self.price.map(|_| spent.micros),
            },
        });
    }

    /// The request, and what has come of a stream.
    fn so_far(&self) -> TokenUsage {
        match self.has_begun {
            true => self.request + TokenUsage::guessed_answer(self.received.unwrap_or(0)),
            false => TokenUsage::NONE,
        }
    }

    /// What had come of a stream, and where nothing had, all that it may have been: nobody knows what the
    /// vendor had written.
    fn perhaps(&self) -> TokenUsage {
        match self.received {
            None | Some(0) if self.has_begun => self.most,
            _ => self.so_far(),
        }
    }

    fn is_broken_off(&mut self) {
        let usage = self.perhaps();
        let model = self.call.model.clone();
        self.end(&model, usage, CallOutcome::Cancelled);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if matches!(self.state, State::Open) {
            self.is_broken_off();
        }
        if let State::Ended(settlement) = std::mem::replace(&mut self.state, State::Settled) {
            self.blog.settle_soon(self.call.id, settlement);
        }
    }
}

/// Whether this is what a server says before it asks a model anything.
const fn is_refusal(error: &Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::Unavailable { retry: true } | ErrorKind::Internal
    )
}

/// A model's name as it is stored: a server may say anything.
fn named(model: &str) -> String {
    let visible = model.chars().filter(|character| !character.is_control());
    visible.take(NAME).collect()
}
