use blog_core::domain::{Event, EventKind, PostId, Seq};
use blog_core::ports::DeadLetter;
use chrono::{DateTime, Utc};
use sqlx::{PgPool, Row};

use crate::error::{PostgresError, Result};
use crate::rows::{from_json, json, number, stored};
use crate::schema::Schema;
use crate::statements::NUMBER_INBOX;

pub(crate) async fn after(
    pool: &PgPool,
    schema: &Schema,
    after: Seq,
    limit: usize,
) -> Result<Vec<Event>> {
    let events = read(pool, schema, after, limit).await?;
    if events.len() == limit || !number_inbox(pool, schema).await? {
        return Ok(events);
    }
    read(pool, schema, after, limit).await
}

async fn read(pool: &PgPool, schema: &Schema, after: Seq, limit: usize) -> Result<Vec<Event>> {
    let rows = sqlx::query(schema.sql(
        "SELECT seq, at, kind, post, revision, actor FROM blog.events \
         WHERE seq > $1 ORDER BY seq LIMIT $2",
    ))
    .bind(stored(after.0))
    .bind(stored(limit as u64))
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            let kind = EventKind::from_name(row.try_get(2)?);
            Ok(Event {
                seq: Seq(number(row.try_get(0)?)?),
                at: row.try_get(1)?,
                kind: kind.ok_or(PostgresError::Corrupt("event kind"))?,
                post: PostId::from_uuid(row.try_get(3)?),
                revision: number(row.try_get(4)?)?,
                actor: row.try_get(5)?,
            })
        })
        .collect()
}

/// Numbers what hosts have committed. Answers whether there was anything.
async fn number_inbox(pool: &PgPool, schema: &Schema) -> Result<bool> {
    let waits: bool = sqlx::query_scalar(schema.sql("SELECT EXISTS (SELECT 1 FROM blog.inbox)"))
        .fetch_one(pool)
        .await?;
    if !waits {
        return Ok(false);
    }
    let numbered = sqlx::query(schema.sql(NUMBER_INBOX)).execute(pool).await?;
    Ok(numbered.rows_affected() > 0)
}

pub(crate) async fn last(pool: &PgPool, schema: &Schema) -> Result<Seq> {
    number_inbox(pool, schema).await?;
    let last: i64 = sqlx::query_scalar(schema.sql("SELECT last FROM blog.log"))
        .fetch_one(pool)
        .await?;
    number(last).map(Seq)
}

pub(crate) async fn first(pool: &PgPool, schema: &Schema) -> Result<Seq> {
    let first: Option<i64> = sqlx::query_scalar(schema.sql("SELECT min(seq) FROM blog.events"))
        .fetch_one(pool)
        .await?;
    number(first.unwrap_or(0)).map(Seq)
}

pub(crate) async fn checkpoint(pool: &PgPool, schema: &Schema, consumer: &str) -> Result<Seq> {
    let seq: Option<i64> =
        sqlx::query_scalar(schema.sql("SELECT seq FROM blog.checkpoints WHERE consumer = $1"))
            .bind(consumer)
            .fetch_optional(pool)
            .await?;
    number(seq.unwrap_or(0)).map(Seq)
}

pub(crate) async fn bury(pool: &PgPool, schema: &Schema, letter: &DeadLetter) -> Result<()> {
    sqlx::query(schema.sql(
        "INSERT INTO blog.dead_letters (seq, consumer, event, error, at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (seq, consumer) DO UPDATE \
         SET event = excluded.event, error = excluded.error, at = excluded.at",
    ))
    .bind(stored(letter.event.seq.0))
    .bind(&letter.consumer)
    .bind(json(&letter.event)?)
    .bind(letter.error.replace('\0', "\u{fffd}"))
    .bind(letter.at)
    .execute(pool)
    .await?;
    Ok(())
}

pub(crate) async fn dead_letters(pool: &PgPool, schema: &Schema) -> Result<Vec<DeadLetter>> {
    let rows = sqlx::query(
        schema
            .sql("SELECT consumer, event, error, at FROM blog.dead_letters ORDER BY seq, consumer"),
    )
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(DeadLetter {
                consumer: row.try_get(0)?,
                event: from_json(row.try_get(1)?)?,
                error: row.try_get(2)?,
                at: row.try_get(3)?,
            })
        })
        .collect()
}

pub(crate) async fn unbury(pool: &PgPool, schema: &Schema, consumer: &str, seq: Seq) -> Result<()> {
    sqlx::query(schema.sql("DELETE FROM blog.dead_letters WHERE seq = $1 AND consumer = $2"))
        .bind(stored(seq.0))
        .bind(consumer)
        .execute(pool)
        .await?;
    Ok(())
}

pub(crate) async fn purge(
    pool: &PgPool,
    schema: &Schema,
    events_before: DateTime<Utc>,
    keys_before: DateTime<Utc>,
) -> Result<()> {
    // Events are numbered in about the order of time, so that the oldest are the first.
    sqlx::query(schema.sql(
        "DELETE FROM blog.events WHERE seq < coalesce(\
         (SELECT seq FROM blog.events WHERE at >= $1 ORDER BY seq LIMIT 1), $2)",
    ))
    .bind(events_before)
    .bind(i64::MAX)
    .execute(pool)
    .await?;
    sqlx::query(schema.sql("DELETE FROM blog.idempotency WHERE at < $1"))
        .bind(keys_before)
        .execute(pool)
        .await?;
    Ok(())
}
