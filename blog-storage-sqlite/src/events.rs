use blog_core::domain::{Event, EventKind, Seq};
use blog_core::ports::DeadLetter;
use sqlx::{Row, SqliteConnection, SqlitePool};

use crate::error::{Result, SqliteError};
use crate::rows::{from_json, id, json, micros, number, stored, time};

pub(crate) async fn after(pool: &SqlitePool, after: Seq, limit: usize) -> Result<Vec<Event>> {
    let rows = sqlx::query(
        "SELECT seq, at, kind, post, revision, actor FROM blog_events \
         WHERE seq > $1 ORDER BY seq LIMIT $2",
    )
    .bind(stored(after.0))
    .bind(stored(limit as u64))
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            let kind = EventKind::from_name(row.try_get(2)?);
            Ok(Event {
                seq: Seq(number(row.try_get(0)?)?),
                at: time(row.try_get(1)?)?,
                kind: kind.ok_or(SqliteError::Corrupt("event kind"))?,
                post: id(row.try_get(3)?)?,
                revision: number(row.try_get(4)?)?,
                actor: row.try_get(5)?,
            })
        })
        .collect()
}

/// The last number ever given, whether or not its event is still kept.
pub(crate) async fn last(executor: impl sqlx::SqliteExecutor<'_>) -> Result<Seq> {
    let last: Option<i64> =
        sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'blog_events'")
            .fetch_optional(executor)
            .await?;
    number(last.unwrap_or(0)).map(Seq)
}

pub(crate) async fn first(pool: &SqlitePool) -> Result<Seq> {
    let first: Option<i64> = sqlx::query_scalar("SELECT min(seq) FROM blog_events")
        .fetch_one(pool)
        .await?;
    number(first.unwrap_or(0)).map(Seq)
}

pub(crate) async fn checkpoint(pool: &SqlitePool, consumer: &str) -> Result<Seq> {
    let seq: Option<i64> =
        sqlx::query_scalar("SELECT seq FROM blog_checkpoints WHERE consumer = $1")
            .bind(consumer)
            .fetch_optional(pool)
            .await?;
    number(seq.unwrap_or(0)).map(Seq)
}

pub(crate) async fn bury(connection: &mut SqliteConnection, letter: &DeadLetter) -> Result<()> {
    sqlx::query(
        "INSERT OR REPLACE INTO blog_dead_letters (seq, consumer, event, error, at) \
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(stored(letter.event.seq.0))
    .bind(&letter.consumer)
    .bind(json(&letter.event)?)
    .bind(&letter.error)
    .bind(micros(letter.at))
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn dead_letters(pool: &SqlitePool) -> Result<Vec<DeadLetter>> {
    let rows = sqlx::query(
        "SELECT consumer, event, error, at FROM blog_dead_letters ORDER BY seq, consumer",
    )
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(DeadLetter {
                consumer: row.try_get(0)?,
                event: from_json(row.try_get(1)?)?,
                error: row.try_get(2)?,
                at: time(row.try_get(3)?)?,
            })
        })
        .collect()
}

pub(crate) async fn unbury(
    connection: &mut SqliteConnection,
    consumer: &str,
    seq: Seq,
) -> Result<()> {
    sqlx::query("DELETE FROM blog_dead_letters WHERE seq = $1 AND consumer = $2")
        .bind(stored(seq.0))
        .bind(consumer)
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn purge(
    connection: &mut SqliteConnection,
    events_before: i64,
    keys_before: i64,
) -> Result<()> {
    // Events are numbered in the order of time, so that the oldest are the first.
    sqlx::query(
        "DELETE FROM blog_events WHERE seq < \
         coalesce((SELECT seq FROM blog_events WHERE at >= $1 ORDER BY seq LIMIT 1), $2)",
    )
    .bind(events_before)
    .bind(i64::MAX)
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM blog_idempotency WHERE at < $1")
        .bind(keys_before)
        .execute(connection)
        .await?;
    Ok(())
}
