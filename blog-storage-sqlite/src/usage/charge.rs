use std::sync::LazyLock;

use blog_core::ports::{Account, Amount, ModelCall, Reservation, Settlement, day_of_call};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::error::Result;
use crate::rows::{id_bytes, json, micros, stored};
use crate::strings::{Place, Statements};

pub(crate) const OUTCOME: &str = "SELECT outcome FROM blog_usage_calls WHERE id = $1";

/// The outcome of a call that was settled before it was reserved, and so cannot be any more. All else that
/// its row says means nothing.
pub(crate) const GIVEN_UP: &str = "given up";

/// How many calls are forgotten in one go: others write in between.
const MOST_FORGOTTEN: i64 = 1_000;

/// The first account that would hold more than its limit, of `[name, tokens, micros]` in a JSON array.
pub(crate) const FULL: &str = "SELECT given.value ->> 0 FROM json_each($1) given \
     LEFT JOIN blog_usage_accounts held ON held.name = given.value ->> 0 \
     WHERE $2 > (given.value ->> 1) - coalesce(held.tokens, 0) \
     OR $3 > (given.value ->> 2) - coalesce(held.micros, 0) ORDER BY given.key LIMIT 1";

/// Adds to what accounts hold.
const ADD: &str = "ON CONFLICT DO UPDATE SET \
     tokens = held.tokens + excluded.tokens, micros = held.micros + excluded.micros";

/// Writes a call that is new, where all of its accounts have room, and charges them. Of another, or where there is
/// no room, it changes nothing. It answers a row for each account that is charged.
static RESERVE: LazyLock<Statements> = LazyLock::new(|| {
    Statements::new(format!(
        "INSERT INTO blog_usage_calls (id, day, at, actor, purpose, post, model, \
         reserved_tokens, reserved_micros, accounts) \
         SELECT $5, $6, $7, $8, $9, $10, $11, $2, $3, $4 WHERE NOT EXISTS ({FULL}) \
         ON CONFLICT DO NOTHING; \
         INSERT INTO blog_usage_accounts AS held (name, tokens, micros) \
         SELECT value, $2, $3 FROM json_each($4) WHERE changes() = 1 {ADD} RETURNING 1"
    ))
});

/// Writes how a call has ended that is open, and charges its accounts with the difference; one that is not
/// there is given up, and has no accounts. Of another it changes nothing. It answers a row for each account that is
/// charged.
static SETTLE: LazyLock<Statements> = LazyLock::new(|| {
    Statements::new(format!(
        "INSERT INTO blog_usage_calls (id, day, at, actor, purpose, model, reserved_tokens, \
         reserved_micros, accounts, outcome) VALUES ($1, $7, 0, '', '', '', 0, 0, '[]', $8) \
         ON CONFLICT DO UPDATE SET answered_by = $2, spent_tokens = $3, spent_micros = $4, \
         milliseconds = $5, outcome = $6 WHERE outcome IS NULL; \
         INSERT INTO blog_usage_accounts AS held (name, tokens, micros) \
         SELECT account.value, spent_tokens - reserved_tokens, spent_micros - reserved_micros \
         FROM blog_usage_calls call, json_each(call.accounts) account \
         WHERE call.id = $1 AND changes() = 1 {ADD} RETURNING 1"
    ))
});

/// A call that is to be reserved.
#[derive(Debug)]
pub(crate) struct Charge {
    call: ModelCall,
    /// JSON: `[name, tokens, micros]` each.
    limits: String,
    /// JSON: their names.
    accounts: String,
}

impl Charge {
    pub(crate) fn new(call: &ModelCall, accounts: &[Account]) -> Result<Self> {
        let limits = accounts.iter().map(|it| (&it.name, it.tokens, it.micros));
        let names = accounts.iter().map(|it| &it.name);
        Ok(Self {
            call: call.clone(),
            limits: json(&limits.collect::<Vec<_>>())?,
            accounts: json(&names.collect::<Vec<_>>())?,
        })
    }
}

/// Reserves a call if it can be, and answers whether it is known to be.
pub(crate) async fn try_to_reserve(
    connection: &mut SqliteConnection,
    charge: &Charge,
    place: Place,
) -> Result<bool> {
    let call = &charge.call;
    let accounts = sqlx::query(RESERVE.at(place))
        .bind(&charge.limits)
        .bind(stored(call.reserved.tokens))
        .bind(stored(call.reserved.micros))
        .bind(&charge.accounts)
        .bind(&call.id.as_bytes()[..])
        .bind(call.at.date_naive().to_epoch_days())
        .bind(micros(call.at))
        .bind(&call.actor)
        .bind(&call.purpose)
        .bind(call.post.as_ref().map(id_bytes))
        .bind(&call.model)
        .fetch_all(connection)
        .await?;
    Ok(!accounts.is_empty())
}

/// Reserves a call inside a transaction, or answers why it cannot be.
pub(crate) async fn reserve(
    connection: &mut SqliteConnection,
    charge: &Charge,
) -> Result<Reservation> {
    if try_to_reserve(connection, charge, Place::Within).await? {
        return Ok(Reservation::Reserved);
    }
    let call = &charge.call;
    match outcome(connection, call.id).await? {
        Some(Some(_)) => return Ok(Reservation::Settled),
        Some(None) => return Ok(Reservation::Reserved),
        None => {}
    }
    let account = sqlx::query_scalar(FULL)
        .bind(&charge.limits)
        .bind(stored(call.reserved.tokens))
        .bind(stored(call.reserved.micros))
        .fetch_one(connection)
        .await?;
    Ok(Reservation::Exceeded { account })
}

/// Settles a call if it is open, and answers whether it is known to be settled so.
pub(crate) async fn try_to_settle(
    connection: &mut SqliteConnection,
    call: Uuid,
    settlement: &Settlement,
    place: Place,
) -> Result<bool> {
    let Amount { tokens, micros } = settlement.spent;
    let accounts = sqlx::query(SETTLE.at(place))
        .bind(&call.as_bytes()[..])
        .bind(&settlement.model)
        .bind(stored(tokens))
        .bind(stored(micros))
        .bind(stored(settlement.milliseconds))
        .bind(settlement.outcome.as_str())
        .bind(day_of_call(call).to_epoch_days())
        .bind(GIVEN_UP)
        .fetch_all(connection)
        .await?;
    Ok(!accounts.is_empty())
}

/// Settles a call inside a transaction, and answers whether there is such a call. One that is not there is given up.
pub(crate) async fn settle(
    connection: &mut SqliteConnection,
    call: Uuid,
    settlement: &Settlement,
) -> Result<bool> {
    if try_to_settle(connection, call, settlement, Place::Within).await? {
        return Ok(true);
    }
    let outcome = outcome(connection, call).await?.flatten();
    Ok(outcome.is_some_and(|outcome| outcome != GIVEN_UP))
}

/// Forgets some of the calls of before a day, in days since 1970-01-01, and answers whether there may be
/// more.
pub(crate) async fn forget(connection: &mut SqliteConnection, before: i32) -> Result<bool> {
    let forgotten = sqlx::query(
        "DELETE FROM blog_usage_calls WHERE id IN \
         (SELECT id FROM blog_usage_calls WHERE day < $1 LIMIT $2)",
    )
    .bind(before)
    .bind(MOST_FORGOTTEN)
    .execute(connection)
    .await?;
    Ok(forgotten.rows_affected() > 0)
}

/// How a call has ended, if it has; nothing of one that is not known.
async fn outcome(connection: &mut SqliteConnection, call: Uuid) -> Result<Option<Option<String>>> {
    let outcome = sqlx::query_scalar(OUTCOME).bind(&call.as_bytes()[..]);
    Ok(outcome.fetch_optional(connection).await?)
}
