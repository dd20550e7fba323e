//! Jobs that a single string of statements writes. Through sqlx the number of calls is the cost, so that the
//! transaction around them is in the first string and in the last.

use blog_core::domain::AuditEntry;
use blog_core::ports::{Committed, Reservation, Settlement};
use sqlx::{Executor, SqliteConnection};
use uuid::Uuid;

use crate::audit;
use crate::error::Result;
use crate::usage::{self, Charge};
use crate::writer::{Done, Job};

/// Where a string stands in its transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// It is all of it.
    Alone,
    First,
    Within,
    Last,
}

impl Place {
    const fn of(number: usize, count: usize) -> Self {
        match number {
            0 if count == 1 => Self::Alone,
            0 => Self::First,
            _ if number + 1 == count => Self::Last,
            _ => Self::Within,
        }
    }
}

/// Statements, with what begins and ends their transaction at each place in it.
#[derive(Debug)]
pub(crate) struct Statements {
    alone: String,
    first: String,
    within: String,
    last: String,
}

impl Statements {
    pub(crate) fn new(statements: String) -> Self {
        Self {
            alone: format!("BEGIN IMMEDIATE; {statements}; COMMIT"),
            first: format!("BEGIN IMMEDIATE; {statements}"),
            last: format!("{statements}; COMMIT"),
            within: statements,
        }
    }

    pub(crate) fn at(&self, place: Place) -> &str {
        match place {
            Place::Alone => &self.alone,
            Place::First => &self.first,
            Place::Within => &self.within,
            Place::Last => &self.last,
        }
    }
}

/// What a single string writes, and what changes nothing when it is done again.
pub(crate) enum OneString<'a> {
    Reserve(&'a Charge),
    Settle(Uuid, &'a Settlement),
    Audit(&'a [AuditEntry]),
}

impl<'a> OneString<'a> {
    pub(crate) fn of(job: &'a Job) -> Option<Self> {
        match job {
            Job::Reserve(charge) => Some(Self::Reserve(charge)),
            Job::Settle(call, settlement) => Some(Self::Settle(*call, settlement)),
            Job::Commit(changes) => changes.only_audit().map(Self::Audit),
            _ => None,
        }
    }

    /// None where there may be more to say than that it was written: that is known once it is done again.
    async fn write(&self, connection: &mut SqliteConnection, place: Place) -> Result<Option<Done>> {
        match self {
            Self::Reserve(charge) => {
                let is_reserved = usage::try_to_reserve(connection, charge, place).await?;
                Ok(is_reserved.then_some(Done::Reserved(Reservation::Reserved)))
            }
            Self::Settle(call, settlement) => {
                let is_settled = usage::try_to_settle(connection, *call, settlement, place).await?;
                Ok(is_settled.then_some(Done::Found(true)))
            }
            Self::Audit(entries) => {
                let seq = audit::write(connection, entries, place).await?;
                Ok(Some(Done::Committed(Committed { seq })))
            }
        }
    }
}

/// Writes strings in one transaction. An error is one of them all, of which nothing is written.
pub(crate) async fn write_strings(
    connection: &mut SqliteConnection,
    strings: &[OneString<'_>],
) -> Result<Vec<Option<Done>>> {
    let mut written = Vec::with_capacity(strings.len());
    for (number, string) in strings.iter().enumerate() {
        let place = Place::of(number, strings.len());
        match string.write(connection, place).await {
            Ok(done) => written.push(done),
            Err(error) => {
                // Fails where the transaction had not begun or is undone already.
                let _ = connection.execute("ROLLBACK").await;
                return Err(error);
            }
        }
    }
    Ok(written)
}
