use blog_core::domain::PostId;
use blog_core::ports::{Amount, CallOutcome, ModelCall, ModelUsage, Settlement, UsageTotal};
use chrono::NaiveDate;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::database::Database;
use crate::error::{PostgresError, Result};
use crate::rows::{number, stored};

pub(crate) const PAGE: &str = "SELECT id, at, actor, purpose, post, model, reserved_tokens, \
     reserved_micros, answered_by, spent_tokens, spent_micros, milliseconds, outcome \
     FROM blog.usage_calls WHERE id < $1 AND outcome IS DISTINCT FROM 'given up' ORDER BY id DESC LIMIT $2";

/// Sums are numeric, and told as bigint.
macro_rules! sum {
    ($value:literal) => {
        concat!("least(sum(", $value, "), 9223372036854775807)::bigint")
    };
}

pub(crate) const TOTALS: &str = concat!(
    "SELECT day, actor, purpose, model, count(*), ",
    sum!("coalesce(spent_tokens, reserved_tokens)"),
    ", ",
    sum!("coalesce(spent_micros, reserved_micros)"),
    " FROM blog.usage_calls WHERE day BETWEEN $1 AND $2 \
     AND outcome IS DISTINCT FROM 'given up' \
     GROUP BY day, actor, purpose, model ORDER BY day, actor, purpose, model"
);

pub(crate) async fn page(
    database: &Database,
    before: Option<Uuid>,
    limit: usize,
) -> Result<Vec<ModelUsage>> {
    // No call has the largest of all ids, which has no version (RFC 9562, section 5.10).
    let before = before.unwrap_or(Uuid::max());
    let statement = database.statement(PAGE).bind(before);
    let rows = database.rows(statement.bind(stored(limit as u64))).await?;
    rows.iter().map(usage).collect()
}

fn usage(row: &PgRow) -> Result<ModelUsage> {
    let post: Option<Uuid> = row.try_get(4)?;
    let outcome: Option<&str> = row.try_get(12)?;
    Ok(ModelUsage {
        call: ModelCall {
            id: row.try_get(0)?,
            at: row.try_get(1)?,
            actor: row.try_get(2)?,
            purpose: row.try_get(3)?,
            post: post.map(PostId::from_uuid),
            model: row.try_get(5)?,
            reserved: amount(row, 6)?,
        },
        settlement: outcome.map(|name| settlement(row, name)).transpose()?,
    })
}

fn settlement(row: &PgRow, outcome: &str) -> Result<Settlement> {
    Ok(Settlement {
        model: row.try_get(8)?,
        spent: amount(row, 9)?,
        milliseconds: number(row.try_get(11)?)?,
        outcome: CallOutcome::from_name(outcome).ok_or(PostgresError::Corrupt("outcome"))?,
    })
}

/// Reads tokens at this column, and money at the next.
fn amount(row: &PgRow, column: usize) -> Result<Amount> {
    Ok(Amount {
        tokens: number(row.try_get(column)?)?,
        micros: number(row.try_get(column + 1)?)?,
    })
}

pub(crate) async fn totals(
    database: &Database,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<UsageTotal>> {
    let statement = database.statement(TOTALS).bind(from.to_epoch_days());
    let rows = database.rows(statement.bind(to.to_epoch_days())).await?;
    rows.iter()
        .map(|row| {
            let day = NaiveDate::from_epoch_days(row.try_get(0)?);
            Ok(UsageTotal {
                day: day.ok_or(PostgresError::Corrupt("day"))?,
                actor: row.try_get(1)?,
                purpose: row.try_get(2)?,
                model: row.try_get(3)?,
                calls: number(row.try_get(4)?)?,
                amount: amount(row, 5)?,
            })
        })
        .collect()
}
