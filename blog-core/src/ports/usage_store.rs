use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::domain::{AuthorId, PostId};
use crate::error::{Error, FieldError, Result};

/// What calls of paid models have cost, and how much more they may.
///
/// # Promises
///
/// 1. **No account passes its limit.** No [`reserve`](UsageStore::reserve), however many come at once
///    and on whichever nodes, takes an account beyond the limit that it names for it. What is asked for
///    is set aside in all accounts of the call, or in none; then the call leaves nothing. An account
///    without a limit counts as well, for when it has one.
/// 2. **A call counts once.** One that is reserved already is [`Reserved`](Reservation::Reserved), and
///    counts no further. [`settle`](UsageStore::settle) puts what was spent in the place of what was set
///    aside, be it less or more; of several settlements the first stays, and the others change nothing.
///    What is never settled, because its node died, stays set aside: it may have been spent. A call that
///    was not reserved cannot be settled: not found. Whoever settles it has given it up: if it comes to be
///    reserved later, as what was asked for by somebody who has gone away may, it is
///    [`Settled`](Reservation::Settled) and counts for nothing, like one that was settled. This is known
///    until its day is forgotten, which is that of its id (RFC 9562, section 5.7).
/// 3. **Durable.** What was reserved or settled survives a power cut, as a commit of
///    [`Storage`](super::Storage) does, and every node sees it from then on.
/// 4. **Records are whole.** [`usage`](UsageStore::usage) has each call once, the last first, in pages by
///    key; [`totals`](UsageStore::totals) are the sums of the same calls, by day, actor, purpose and
///    model, in that order.
/// 5. **Values come back as they were**, times in microseconds. A text with U+0000 or of more than 1,000
///    bytes, an amount or a limit above [`Amount::MOST`] and an account that is named twice are invalid,
///    by field, and change nothing. A sum above that is told as that, and nothing more fits into an
///    account that has reached it, whatever its limit.
/// 6. **What is forgotten is gone.** [`forget`](UsageStore::forget) takes the calls of before a day out
///    of records and sums, and nothing else. Accounts stay as they are, for ever. Others do not wait until all
///    of it is done; if it fails or is dropped, a part may be gone, and the rest goes when it is asked again.
#[async_trait]
pub trait UsageStore: Send + Sync + std::fmt::Debug {
    /// Sets an amount aside for a call that is about to be made. After an error it may be asked again
    /// with the same call (promise 2).
    async fn reserve(&self, call: &ModelCall, accounts: &[Account]) -> Result<Reservation>;

    /// Says what a call has cost.
    async fn settle(&self, call: Uuid, settlement: &Settlement) -> Result<()>;

    /// Calls, the last first: those that began before the call `before`, at most `limit`.
    async fn usage(&self, before: Option<Uuid>, limit: usize) -> Result<Vec<ModelUsage>>;

    /// Sums by day (UTC), actor, purpose and model, of calls that began in these days, both included.
    async fn totals(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<UsageTotal>>;

    /// Forgets the calls that began before this day (UTC); those of them that are not settled cannot be
    /// from then on.
    async fn forget(&self, before: NaiveDate) -> Result<()>;
}

/// Tokens and money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// Tokens of requests and answers together.
    pub tokens: u64,
    /// Millionths of the currency that prices are in.
    pub micros: u64,
}

impl Amount {
    /// The most of either that is stored: the largest integer of databases.
    pub const MOST: u64 = i64::MAX.cast_unsigned();
}

/// Something that calls are charged to, such as an actor's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Tells accounts apart.
    pub name: String,
    /// The most tokens that it may hold.
    pub tokens: Option<u64>,
    /// The most money that it may hold, in millionths.
    pub micros: Option<u64>,
}

impl Account {
    /// Whether it may be full.
    #[must_use]
    pub const fn is_limited(&self) -> bool {
        self.tokens.is_some() || self.micros.is_some()
    }
}

/// Whether a call may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reservation {
    /// It may, and its amount is set aside.
    Reserved,
    /// It may not: it is settled, or was given up before it was reserved.
    Settled,
    /// It may not: this account would hold more than its limit, the first of those that would.
    Exceeded {
        /// The account's name.
        account: String,
    },
}

/// A call that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCall {
    /// Tells calls apart; later ones have larger ids (UUIDv7).
    pub id: Uuid,
    /// When it begins. The day that it counts in follows from this.
    pub at: DateTime<Utc>,
    /// Who asks.
    pub actor: AuthorId,
    /// What for, such as `generate`.
    pub purpose: String,
    /// The post that it is about, if there is one.
    pub post: Option<PostId>,
    /// The model that is asked.
    pub model: String,
    /// What it may cost at most.
    pub reserved: Amount,
}

impl ModelCall {
    /// Checks what every store refuses to reserve (promise 5 of [`UsageStore`]).
    ///
    /// # Errors
    /// Invalid, naming every field that breaks a rule.
    pub fn check(&self, accounts: &[Account]) -> Result<()> {
        let mut found = Findings::default();
        found.text("actor", &self.actor);
        found.text("purpose", &self.purpose);
        found.text("model", &self.model);
        found.amount("reserved", self.reserved);
        for (place, account) in accounts.iter().enumerate() {
            found.text("accounts.name", &account.name);
            found.number("accounts.tokens", account.tokens.unwrap_or(0));
            found.number("accounts.micros", account.micros.unwrap_or(0));
            let mut earlier = accounts.iter().take(place);
            if earlier.any(|earlier| earlier.name == account.name) {
                found.add("accounts.name", "must not be repeated");
            }
        }
        found.into_result()
    }
}

/// The day (UTC) of a call's id, and that of the beginning of time for an id that has none: what is known of
/// a call that was given up before it was reserved.
#[must_use]
pub fn day_of_call(call: Uuid) -> NaiveDate {
    let timestamp = call.get_timestamp().map(|timestamp| timestamp.to_unix().0);
    let time =
        timestamp.and_then(|seconds| DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0));
    time.unwrap_or_default().date_naive()
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The model that answered, as its server names it; the one that was asked if none did.
    pub model: String,
    /// What it has cost.
    pub spent: Amount,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// How it ended.
    pub outcome: CallOutcome,
}

impl Settlement {
    /// Checks what every store refuses to settle (promise 5 of [`UsageStore`]).
    ///
    /// # Errors
    /// Invalid, naming every field that breaks a rule.
    pub fn check(&self) -> Result<()> {
        let mut found = Findings::default();
        found.text("model", &self.model);
        found.amount("spent", self.spent);
        found.number("milliseconds", self.milliseconds);
        found.into_result()
    }
}

/// How a call of a model ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallOutcome {
    /// With an answer.
    Answered,
    /// With an answer that could not be used: refused, filtered or of the wrong shape.
    Unusable,
    /// With an error.
    Failed,
    /// Whoever asked went away.
    Cancelled,
}

impl CallOutcome {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Answered,
        Self::Unusable,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The name that it is stored and shown under.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unusable => "unusable",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// A call, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelUsage {
    /// The call.
    pub call: ModelCall,
    /// How it ended; `None` while it is being made, and where its node died.
    pub settlement: Option<Settlement>,
}

/// Calls of one day, actor, purpose and model together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageTotal {
    /// The day, in UTC.
    pub day: NaiveDate,
    /// Who asked.
    pub actor: AuthorId,
    /// What for.
    pub purpose: String,
    /// The model that was asked.
    pub model: String,
    /// How many calls.
    pub calls: u64,
    /// What they have cost, with what is still set aside; at most [`Amount::MOST`].
    pub amount: Amount,
}

/// Bytes of a text.
const LONGEST: usize = 1_000;

/// What breaks a rule.
#[derive(Default)]
struct Findings(Vec<FieldError>);

impl Findings {
    fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }

    fn text(&mut self, field: &str, text: &str) {
        if text.contains('\0') {
            self.add(field, "must not contain U+0000");
        }
        if text.len() > LONGEST {
            self.add(field, format!("must have at most {LONGEST} bytes"));
        }
    }

    fn amount(&mut self, field: &str, amount: Amount) {
        self.number(&format!("{field}.tokens"), amount.tokens);
        self.number(&format!("{field}.micros"), amount.micros);
    }

    fn number(&mut self, field: &str, number: u64) {
        if number > Amount::MOST {
            self.add(field, format!("must be at most {}", Amount::MOST));
        }
    }

    fn into_result(mut self) -> Result<()> {
        self.0.dedup();
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid(self.0))
        }
    }
}
