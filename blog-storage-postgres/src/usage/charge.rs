//! What writes: a statement each, which charges accounts in the order of their names.

use blog_core::ports::{Account, ModelCall, Reservation, Settlement, day_of_call};
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
/// more than its limit. One that is full already is seen before, so that nothing is written and nobody waited
/// for. Answers the full one, what is known of the call, and whether it is new.
const RESERVE: &str = concat!(
    "WITH given AS (SELECT * FROM unnest($8::text[], $11::bigint[], $12::bigint[]) \
     WITH ORDINALITY AS given (name, most_tokens, most_micros, place)), \
     known AS (SELECT outcome FROM blog.usage_calls WHERE id = $1), \
     full_before AS (SELECT name FROM given LEFT JOIN blog.usage_accounts USING (name) \
     WHERE coalesce(tokens, 0) + $9 > most_tokens OR coalesce(micros, 0) + $10 > most_micros \
     ORDER BY place LIMIT 1), \
     call AS (INSERT INTO blog.usage_calls (id, day, at, actor, purpose, post, model, accounts, \
     reserved_tokens, reserved_micros) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 \
     WHERE NOT EXISTS (SELECT FROM full_before) \
     ON CONFLICT (id) DO NOTHING RETURNING reserved_tokens, reserved_micros), \
     charged AS (",
    charge!("SELECT name, reserved_tokens, reserved_micros FROM given, call"),
    "), full_one AS (SELECT name FROM charged JOIN given USING (name) \
     WHERE tokens > most_tokens OR micros > most_micros ORDER BY place LIMIT 1) \
     SELECT (SELECT name FROM full_before), EXISTS (SELECT FROM known), (SELECT outcome FROM known), \
     EXISTS (SELECT FROM call), (SELECT blog.exceeded(name) FROM full_one)"
);

/// The outcome of a call that was settled before it was reserved, and so cannot be any more: whoever of the
/// two comes second finds the row of the first. All else that it says means nothing.
const GIVEN_UP: &str = "given up";

/// Answers how the call has ended, by this and as it was before; nothing if another did the same at once.
const SETTLE: &str = concat!(
    "WITH settled AS (INSERT INTO blog.usage_calls AS call (id, day, at, actor, purpose, model, \
     reserved_tokens, reserved_micros, accounts, outcome) \
     VALUES ($1, $7, 'epoch', '', '', '', 0, 0, '{}', $8) \
     ON CONFLICT (id) DO UPDATE SET answered_by = $2, spent_tokens = $3, \
     spent_micros = $4, milliseconds = $5, outcome = $6 WHERE call.outcome IS NULL \
     RETURNING outcome, accounts, spent_tokens - reserved_tokens AS tokens, \
     spent_micros - reserved_micros AS micros), \
     charged AS (",
    charge!("SELECT name, tokens, micros FROM settled, unnest(accounts) AS name"),
    ") SELECT outcome FROM settled UNION ALL SELECT outcome FROM blog.usage_calls WHERE id = $1"
);

/// So many of the calls of before a day.
const FORGET: &str = "WITH forgotten AS (DELETE FROM blog.usage_calls WHERE id IN \
     (SELECT id FROM blog.usage_calls WHERE day < $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED) \
     RETURNING id) \
     SELECT count(*) FROM forgotten";

/// How many calls are forgotten in one go.
const MOST_FORGOTTEN: i64 = 1_000;

pub(crate) async fn reserve(
    database: &Database,
    call: &ModelCall,
    accounts: &[Account],
) -> Result<Reservation> {
    let names: Vec<_> = accounts.iter().map(|it| it.name.as_str()).collect();
    let limits = |limit: fn(&Account) -> Option<u64>| -> Vec<_> {
        accounts.iter().map(|it| limit(it).map(stored)).collect()
    };
    let reserve = || {
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
        database.row(statement)
    };
    loop {
        let row = match tried_again(reserve).await {
            Ok(row) => row.ok_or(PostgresError::Corrupt("reservation"))?,
            Err(error) => {
                let account = error.exceeded().ok_or(error)?;
                return Ok(Reservation::Exceeded { account });
            }
        };
        let (full, outcome): (Option<String>, Option<&str>) = (row.try_get(0)?, row.try_get(2)?);
        let (is_known, is_new): (bool, bool) = (row.try_get(1)?, row.try_get(3)?);
        match full {
            _ if is_known && outcome.is_some() => return Ok(Reservation::Settled),
            _ if is_known || is_new => return Ok(Reservation::Reserved),
            Some(account) => return Ok(Reservation::Exceeded { account }),
            // Another wrote it at the same time: from now on it is known.
            None => {}
        }
    }
}

pub(crate) async fn settle(database: &Database, call: Uuid, settlement: &Settlement) -> Result<()> {
    let settle = || {
        let statement = database
            .statement(SETTLE)
            .bind(call)
            .bind(&settlement.model)
            .bind(stored(settlement.spent.tokens))
            .bind(stored(settlement.spent.micros))
            .bind(stored(settlement.milliseconds))
            .bind(settlement.outcome.as_str())
            .bind(day_of_call(call).to_epoch_days())
            .bind(GIVEN_UP);
        database.rows(statement)
    };
    loop {
        let rows = tried_again(settle).await?;
        if rows.is_empty() {
            continue;
        }
        for row in rows {
            if row.try_get::<Option<&str>, _>(0)? == Some(GIVEN_UP) {
                return Err(PostgresError::NotFound("call"));
            }
        }
        return Ok(());
    }
}

/// Forgets the calls of before a day, in days since 1970-01-01.
pub(crate) async fn forget(database: &Database, before: i32) -> Result<()> {
    loop {
        let statement = database.statement(FORGET).bind(before);
        let forgotten = database
            .value::<i64>(statement.bind(MOST_FORGOTTEN))
            .await?;
        if forgotten.unwrap_or(0) == 0 {
            return Ok(());
        }
    }
}
