use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::domain::{AuthorId, PostId};
use crate::error::Result;

/// What calls of paid models have cost, and how much more they may.
///
/// # Promises
///
/// 1. No [`reserve`](UsageStore::reserve), however many come at once and on whichever nodes, takes an
///    account beyond its limit; what is asked for is set aside in all accounts of the call, or in none.
/// 2. [`settle`](UsageStore::settle) puts what was spent in the place of what was set aside, once
///    however often it is said. What is never settled, because its node died, stays set aside: it may have
///    been spent.
/// 3. What was reserved or settled survives a power cut, as a commit of
///    [`Storage`](super::Storage) does.
/// 4. [`usage`](UsageStore::usage) has each call once, the last first, in pages by key;
///    [`totals`](UsageStore::totals) are the sums of the same calls.
#[async_trait]
pub trait UsageStore: Send + Sync + std::fmt::Debug {
    /// Sets an amount aside for a call that is about to be made.
    async fn reserve(&self, call: &ModelCall, accounts: &[Account]) -> Result<Reservation>;

    /// Says what a call has cost.
    async fn settle(&self, call: Uuid, settlement: &Settlement) -> Result<()>;

    /// Calls, the last first: those that began before the call `before`, at most `limit`.
    async fn usage(&self, before: Option<Uuid>, limit: usize) -> Result<Vec<ModelUsage>>;

    /// Sums by day (UTC), actor, use and model, of calls that began in these days, both included.
    async fn totals(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<UsageTotal>>;
}

/// Tokens and money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// Tokens of requests and answers together.
    pub tokens: u64,
    /// Millionths of the currency that prices are in.
    pub micros: u64,
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

/// Whether a call may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reservation {
    /// It may, and its amount is set aside.
    Reserved,
    /// It may not: this account would hold more than its limit.
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
    /// When it begins.
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
    /// What they have cost, with what is still set aside.
    pub amount: Amount,
}
