use blog_core::ports::{Amount, CallOutcome, ModelCall, ModelUsage, Settlement, UsageTotal};
use chrono::NaiveDate;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};
use uuid::Uuid;

use crate::error::{Result, SqliteError};
use crate::rows::{id, number, stored, time};

pub(crate) const PAGE: &str = "SELECT id, at, actor, purpose, post, model, reserved_tokens, \
     reserved_micros, answered_by, spent_tokens, spent_micros, milliseconds, outcome \
     FROM blog_usage_calls WHERE id < $1 AND outcome IS NOT 'given up' ORDER BY id DESC LIMIT $2";

/// A sum, at most the largest integer. `sum` alone fails where it would be larger; the sum of upper
/// halves does not, and what is too large becomes a floating-point number.
macro_rules! sum {
    ($value:literal) => {
        concat!(
            "min(sum(",
            $value,
            " >> 32) * 4294967296 + sum(",
            $value,
            " & 4294967295), 9223372036854775807)"
        )
    };
}

pub(crate) const TOTALS: &str = concat!(
    "SELECT day, actor, purpose, model, count(*), ",
    sum!("coalesce(spent_tokens, reserved_tokens)"),
    ", ",
    sum!("coalesce(spent_micros, reserved_micros)"),
    " FROM blog_usage_calls WHERE day BETWEEN $1 AND $2 AND outcome IS NOT 'given up' \
     GROUP BY day, actor, purpose, model ORDER BY day, actor, purpose, model"
);

pub(crate) async fn page(
    readers: &SqlitePool,
    before: Option<Uuid>,
    limit: usize,
) -> Result<Vec<ModelUsage>> {
    // No id is so long: this one stands behind the last.
    let before = before.map_or(vec![u8::MAX; 17], |before| before.as_bytes().to_vec());
    let rows = sqlx::query(PAGE)
        .bind(before)
        .bind(stored(limit as u64))
        .fetch_all(readers)
        .await?;
    rows.iter().map(usage).collect()
}

fn usage(row: &SqliteRow) -> Result<ModelUsage> {
    let uuid = |bytes: &[u8]| Uuid::from_slice(bytes).map_err(|_| SqliteError::Corrupt("id"));
    let post: Option<&[u8]> = row.try_get(4)?;
    let outcome: Option<&str> = row.try_get(12)?;
    Ok(ModelUsage {
        call: ModelCall {
            id: uuid(row.try_get(0)?)?,
            at: time(row.try_get(1)?)?,
            actor: row.try_get(2)?,
            purpose: row.try_get(3)?,
            post: post.map(id).transpose()?,
            model: row.try_get(5)?,
            reserved: amount(row, 6)?,
        },
        settlement: outcome.map(|name| settlement(row, name)).transpose()?,
    })
}

fn settlement(row: &SqliteRow, outcome: &str) -> Result<Settlement> {
    Ok(Settlement {
        model: row.try_get(8)?,
        spent: amount(row, 9)?,
        milliseconds: number(row.try_get(11)?)?,
        outcome: CallOutcome::from_name(outcome).ok_or(SqliteError::Corrupt("outcome"))?,
    })
}

/// Reads tokens at this column, and money at the next.
fn amount(row: &SqliteRow, column: usize) -> Result<Amount> {
    Ok(Amount {
        tokens: number(row.try_get(column)?)?,
        micros: number(row.try_get(column + 1)?)?,
    })
}

pub(crate) async fn totals(
    readers: &SqlitePool,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<UsageTotal>> {
    let rows = sqlx::query(TOTALS)
        .bind(from.to_epoch_days())
        .bind(to.to_epoch_days())
        .fetch_all(readers)
        .await?;
    rows.iter()
        .map(|row| {
            let day = NaiveDate::from_epoch_days(row.try_get(0)?);
            Ok(UsageTotal {
                day: day.ok_or(SqliteError::Corrupt("day"))?,
                actor: row.try_get(1)?,
                purpose: row.try_get(2)?,
                model: row.try_get(3)?,
                calls: number(row.try_get(4)?)?,
                amount: amount(row, 5)?,
            })
        })
        .collect()
}
