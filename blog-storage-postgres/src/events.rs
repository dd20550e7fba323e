use blog_core::domain::{Event, EventKind, PostId, Seq};
use blog_core::ports::DeadLetter;
use chrono::{DateTime, Utc};
use sqlx::Row;

use crate::database::{Database, Statement};
use crate::error::{PostgresError, Result};
use crate::rows::{from_json, json, number, stored};
use crate::statements::NUMBER_INBOX;

pub(crate) async fn after(database: &Database, after: Seq, limit: usize) -> Result<Vec<Event>> {
    let events = read(database, after, limit).await?;
    if events.len() == limit || !number_inbox(database).await? {
        return Ok(events);
    }
    read(database, after, limit).await
}

async fn read(database: &Database, after: Seq, limit: usize) -> Result<Vec<Event>> {
    let statement = database.statement(
        "SELECT seq, at, kind, post, revision, actor FROM blog.events \
         WHERE seq > $1 ORDER BY seq LIMIT $2",
    );
    let statement = statement.bind(stored(after.0)).bind(stored(limit as u64));
    let rows = database.rows(statement).await?;
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
async fn number_inbox(database: &Database) -> Result<bool> {
    let waits = database.statement("SELECT 1 FROM blog.inbox LIMIT 1");
    if database.row(waits).await?.is_none() {
        return Ok(false);
    }
    let numbered = database.row(database.statement(NUMBER_INBOX)).await?;
    Ok(numbered.is_some())
}

pub(crate) async fn last(database: &Database) -> Result<Seq> {
    number_inbox(database).await?;
    seq(database, database.statement("SELECT last FROM blog.log")).await
}

pub(crate) async fn first(database: &Database) -> Result<Seq> {
    let first = "SELECT seq FROM blog.events ORDER BY seq LIMIT 1";
    seq(database, database.statement(first)).await
}

pub(crate) async fn checkpoint(database: &Database, consumer: &str) -> Result<Seq> {
    let statement = database.statement("SELECT seq FROM blog.checkpoints WHERE consumer = $1");
    seq(database, statement.bind(consumer)).await
}

/// The number that a statement gives; 0 if it gives none.
async fn seq(database: &Database, statement: Statement<'_>) -> Result<Seq> {
    let seq = database.value::<i64>(statement).await?;
    number(seq.unwrap_or(0)).map(Seq)
}

pub(crate) async fn bury(database: &Database, letter: &DeadLetter) -> Result<()> {
    let statement = database.statement(
        "INSERT INTO blog.dead_letters (seq, consumer, event, error, at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (seq, consumer) DO UPDATE \
         SET event = excluded.event, error = excluded.error, at = excluded.at",
    );
    let statement = statement
        .bind(stored(letter.event.seq.0))
        .bind(&letter.consumer)
        .bind(json(&letter.event)?)
        .bind(letter.error.replace('\0', "\u{fffd}"))
        .bind(letter.at);
    database.rows(statement).await?;
    Ok(())
}

pub(crate) async fn dead_letters(database: &Database) -> Result<Vec<DeadLetter>> {
    let statement = database.statement(
        "SELECT consumer, event, error, at FROM blog.dead_letters ORDER BY seq, consumer",
    );
    let rows = database.rows(statement).await?;
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

pub(crate) async fn unbury(database: &Database, consumer: &str, seq: Seq) -> Result<()> {
    let statement =
        database.statement("DELETE FROM blog.dead_letters WHERE seq = $1 AND consumer = $2");
    let statement = statement.bind(stored(seq.0)).bind(consumer);
    database.rows(statement).await?;
    Ok(())
}

pub(crate) async fn purge(
    database: &Database,
    events_before: DateTime<Utc>,
    keys_before: DateTime<Utc>,
) -> Result<()> {
    // Events are numbered in about the order of time, so that the oldest are the first.
    let events = database.statement(
        "DELETE FROM blog.events WHERE seq < coalesce(\
         (SELECT seq FROM blog.events WHERE at >= $1 ORDER BY seq LIMIT 1), $2)",
    );
    let events = events.bind(events_before).bind(i64::MAX);
    database.rows(events).await?;
    let keys = database.statement("DELETE FROM blog.idempotency WHERE at < $1");
    database.rows(keys.bind(keys_before)).await?;
    Ok(())
}
