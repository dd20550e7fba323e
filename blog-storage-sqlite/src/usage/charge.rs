use blog_core::ports::{Account, Amount, ModelCall, Reservation, Settlement};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use crate::error::{Result, SqliteError};
use crate::rows::{id_bytes, json, micros, stored};

pub(crate) const IS_RESERVED: &str = "SELECT 1 FROM blog_usage_calls WHERE id = $1";

/// The first account that would hold more than its limit, of `[name, tokens, micros]` in a JSON array.
pub(crate) const FULL: &str = "SELECT given.value ->> 0 FROM json_each($1) given \
     LEFT JOIN blog_usage_accounts held ON held.name = given.value ->> 0 \
     WHERE $2 > (given.value ->> 1) - coalesce(held.tokens, 0) \
     OR $3 > (given.value ->> 2) - coalesce(held.micros, 0) ORDER BY given.key LIMIT 1";

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

pub(crate) async fn reserve(
    connection: &mut SqliteConnection,
    charge: &Charge,
) -> Result<Reservation> {
    let call = &charge.call;
    if is_reserved(connection, call.id).await? {
        return Ok(Reservation::Reserved);
    }
    let (tokens, money) = (stored(call.reserved.tokens), stored(call.reserved.micros));
    let full: Option<String> = sqlx::query_scalar(FULL)
        .bind(&charge.limits)
        .bind(tokens)
        .bind(money)
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(account) = full {
        return Ok(Reservation::Exceeded { account });
    }
    sqlx::query(
        "INSERT INTO blog_usage_calls (id, day, at, actor, purpose, post, model, \
         reserved_tokens, reserved_micros, accounts) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&call.id.as_bytes()[..])
    .bind(call.at.date_naive().to_epoch_days())
    .bind(micros(call.at))
    .bind(&call.actor)
    .bind(&call.purpose)
    .bind(call.post.as_ref().map(id_bytes))
    .bind(&call.model)
    .bind(tokens)
    .bind(money)
    .bind(&charge.accounts)
    .execute(&mut *connection)
    .await?;
    add(connection, &charge.accounts, tokens, money).await?;
    Ok(Reservation::Reserved)
}

pub(crate) async fn settle(
    connection: &mut SqliteConnection,
    call: Uuid,
    settlement: &Settlement,
) -> Result<()> {
    let Amount { tokens, micros } = settlement.spent;
    let (tokens, money) = (stored(tokens), stored(micros));
    let settled = sqlx::query(
        "UPDATE blog_usage_calls SET answered_by = $2, spent_tokens = $3, spent_micros = $4, \
         milliseconds = $5, outcome = $6 WHERE id = $1 AND outcome IS NULL \
         RETURNING accounts, $3 - reserved_tokens, $4 - reserved_micros",
    )
    .bind(&call.as_bytes()[..])
    .bind(&settlement.model)
    .bind(tokens)
    .bind(money)
    .bind(stored(settlement.milliseconds))
    .bind(settlement.outcome.as_str())
    .fetch_optional(&mut *connection)
    .await?;
    match settled {
        Some(row) => {
            let (tokens, money) = (row.try_get(1)?, row.try_get(2)?);
            add(connection, row.try_get(0)?, tokens, money).await
        }
        None if is_reserved(connection, call).await? => Ok(()),
        None => Err(SqliteError::NotFound("call")),
    }
}

/// Forgets the calls of before a day, in days since 1970-01-01.
pub(crate) async fn forget(connection: &mut SqliteConnection, before: i32) -> Result<()> {
    sqlx::query("DELETE FROM blog_usage_calls WHERE day < $1")
        .bind(before)
        .execute(connection)
        .await?;
    Ok(())
}

async fn is_reserved(connection: &mut SqliteConnection, call: Uuid) -> Result<bool> {
    let found: Option<i64> = sqlx::query_scalar(IS_RESERVED)
        .bind(&call.as_bytes()[..])
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

/// Adds to what each of these accounts holds.
async fn add(
    connection: &mut SqliteConnection,
    accounts: &str,
    tokens: i64,
    money: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO blog_usage_accounts AS held (name, tokens, micros) \
         SELECT value, $2, $3 FROM json_each($1) WHERE true ON CONFLICT DO UPDATE SET \
         tokens = held.tokens + excluded.tokens, micros = held.micros + excluded.micros",
    )
    .bind(accounts)
    .bind(tokens)
    .bind(money)
    .execute(connection)
    .await?;
    Ok(())
}
