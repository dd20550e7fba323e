//! What writes: a statement each, which charges accounts in the order of their names.

use blog_core::ports::{Account, ModelCall, Reservation, Settlement};
use sqlx::Row;
use uuid::Uuid;

use crate::database::{Database, tried_again};
use crate::error::{PostgresError, Result};
use crate::rows::stored;

/// Adds to what accounts hold, of rows of a name, tokens and money.
macro_rules! charge {
    ($rows:literal) => {
        concat!(
            "INSERT INTO blog.usage_accounts AS held (name, tokens, micros) ",
            $rows,
            " ORDER BY name ON CONFLICT (name) DO UPDATE SET \
             tokens = held.tokens + excluded.tokens, micros = held.micros + excluded.micros \
             RETURNING name, tokens, micros"
        )
    };
}

/// Charges the accounts of a call that is not there yet, and undoes all of it if one of them then holds
/// more than its limit.
const RESERVE: &str = concat!(
    "WITH given AS (SELECT * FROM unnest($8::text[], $11::bigint[], $12::bigint[]) \
     WITH ORDINALITY AS given (name, most_tokens, most_micros, place)), \
     call AS (INSERT INTO blog.usage_calls (id, day, at, actor, purpose, post, model, accounts, \
     reserved_tokens, reserved_micros) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
     ON CONFLICT (id) DO NOTHING RETURNING reserved_tokens, reserved_micros), \
     charged AS (",
    charge!("SELECT name, reserved_tokens, reserved_micros FROM given, call"),
    "), full_one AS (SELECT name FROM charged JOIN given USING (name) \
     WHERE tokens > most_tokens OR micros > most_micros ORDER BY place LIMIT 1) \
     SELECT blog.exceeded(name) FROM full_one"
);

/// Answers whether there is such a call.
const SETTLE: &str = concat!(
    "WITH settled AS (UPDATE blog.usage_calls SET answered_by = $2, spent_tokens = $3, \
     spent_micros = $4, milliseconds = $5, outcome = $6 WHERE id = $1 AND outcome IS NULL \
     RETURNING accounts, spent_tokens - reserved_tokens AS tokens, \
     spent_micros - reserved_micros AS micros), \
     charged AS (",
    charge!("SELECT name, tokens, micros FROM settled, unnest(accounts) AS name"),
    ") SELECT EXISTS (SELECT 1 FROM blog.usage_calls WHERE id = $1)"
);

pub(crate) async fn reserve(
    database: &Database,
    call: &ModelCall,
    accounts: &[Account],
) -> Result<Reservation> {
    let names: Vec<_> = accounts.iter().map(|it| it.name.as_str()).collect();
    let limits = |limit: fn(&Account) -> Option<u64>| -> Vec<_> {
        accounts.iter().map(|it| limit(it).map(stored)).collect()
    };
    let reserved = tried_again(|| {
        let statement = database
            .statement(RESERVE)
            .bind(call.id)
            .bind(call.at.date_naive().to_epoch_days())
            .bind(call.at)
            .bind(&call.actor)
            .bind(&call.purpose)
            .bind(call.post.as_ref().map(|post| post.as_uuid()))
            .bind(&call.model)
            .bind(&names)
            .bind(stored(call.reserved.tokens))
            .bind(stored(call.reserved.micros))
            .bind(limits(|account| account.tokens))
            .bind(limits(|account| account.micros));
        database.rows(statement)
    });
    match reserved.await {
        Ok(_) => Ok(Reservation::Reserved),
        Err(error) => match error.exceeded() {
            Some(account) => Ok(Reservation::Exceeded { account }),
            None => Err(error),
        },
    }
}

pub(crate) async fn settle(database: &Database, call: Uuid, settlement: &Settlement) -> Result<()> {
    let rows = tried_again(|| {
        let statement = database
            .statement(SETTLE)
            .bind(call)
            .bind(&settlement.model)
            .bind(stored(settlement.spent.tokens))
            .bind(stored(settlement.spent.micros))
            .bind(stored(settlement.milliseconds))
            .bind(settlement.outcome.as_str());
        database.rows(statement)
    });
    let is_there = rows.await?.first().map(|row| row.try_get(0)).transpose()?;
    match is_there {
        Some(true) => Ok(()),
        _ => Err(PostgresError::NotFound("call")),
    }
}

/// Forgets the calls of before a day, in days since 1970-01-01.
pub(crate) async fn forget(database: &Database, before: i32) -> Result<()> {
    let statement = database.statement("DELETE FROM blog.usage_calls WHERE day < $1");
    database.rows(statement.bind(before)).await?;
    Ok(())
}
