//! Everything else that writes live documents.

use blog_core::domain::PostId;
use blog_core::ports::Snapshot;
use blog_core::tables::{kept_snapshot, pack_entries};
use sqlx::PgConnection;

use super::read;
use crate::database::Database;
use crate::error::{PostgresError, Result};
use crate::rows::{number, stored};
use crate::schema::Schema;

/// Stores a snapshot beside the one that it was made from, drops what that contains, and lets the entries
/// that are left share a row. Appends go on meanwhile.
pub(crate) async fn compact(
    database: &Database,
    document: &PostId,
    snapshot: &Snapshot,
    made_from: u64,
) -> Result<()> {
    let schema = &database.schema;
    database
        .transaction(async |connection| {
            store(connection, schema, document, snapshot, made_from).await
        })
        .await
}

async fn store(
    connection: &mut PgConnection,
    schema: &Schema,
    document: &PostId,
    snapshot: &Snapshot,
    made_from: u64,
) -> Result<()> {
    // One at a time for each document.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("blog snapshots of {} {document}", schema.name()))
        .persistent(false)
        .execute(&mut *connection)
        .await?;
    // Holds up who removes the document, and nobody else.
    let end: Option<i64> = sqlx::query_scalar(
        schema.sql("SELECT last FROM blog.collab_documents WHERE id = $1 FOR KEY SHARE"),
    )
    .bind(document.as_uuid())
    .persistent(false)
    .fetch_optional(&mut *connection)
    .await?;
    let end = end.ok_or(PostgresError::NotFound("document"))?;
    if stored(snapshot.position) > end {
        let message = "the log does not go so far";
        return Err(PostgresError::Invalid("position", message));
    }
    let there: Vec<i64> = sqlx::query_scalar(schema.sql(
        "SELECT position FROM blog.collab_snapshots WHERE document = $1 ORDER BY position DESC",
    ))
    .bind(document.as_uuid())
    .persistent(false)
    .fetch_all(&mut *connection)
    .await?;
    let there: Vec<u64> = there.into_iter().map(number).collect::<Result<_>>()?;
    if there
        .first()
        .is_some_and(|newest| *newest >= snapshot.position)
    {
        return Ok(());
    }
    let kept = kept_snapshot(&there, made_from);
    sqlx::query(schema.sql(
        "WITH former AS (DELETE FROM blog.collab_snapshots WHERE document = $1 AND position <> $2) \
         INSERT INTO blog.collab_snapshots (document, position, state) VALUES ($1, $3, $4)",
    ))
    .bind(document.as_uuid())
    .bind(stored(kept))
    .bind(stored(snapshot.position))
    .bind(&snapshot.state[..])
    .persistent(false)
    .execute(&mut *connection)
    .await?;
    share_a_row(connection, schema, document, kept).await
}

/// Drops the entries up to `above`, and writes those that are left into one row. What is appended
/// meanwhile is not touched.
async fn share_a_row(
    connection: &mut PgConnection,
    schema: &Schema,
    document: &PostId,
    above: u64,
) -> Result<()> {
    let kept = read::all_entries(connection, schema, document, above).await?;
    let Some(last) = kept.last() else {
        return Ok(());
    };
    let entries = kept.iter();
    let entries = pack_entries(entries.map(|entry| (entry.at, &entry.actor, &entry.update)));
    sqlx::query(schema.sql("DELETE FROM blog.collab_segments WHERE document = $1 AND last <= $2"))
        .bind(document.as_uuid())
        .bind(stored(last.number))
        .persistent(false)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        schema
            .sql("INSERT INTO blog.collab_segments (document, last, entries) VALUES ($1, $2, $3)"),
    )
    .bind(document.as_uuid())
    .bind(stored(last.number))
    .bind(entries)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn note_folded(
    database: &Database,
    document: &PostId,
    position: u64,
) -> Result<()> {
    let statement = database.statement(
        "UPDATE blog.collab_documents SET folded = least(last, $2) \
         WHERE id = $1 AND folded < least(last, $2)",
    );
    let statement = statement.bind(document.as_uuid()).bind(stored(position));
    database.rows(statement).await?;
    Ok(())
}

pub(crate) async fn remove(database: &Database, document: &PostId) -> Result<()> {
    database
        .transaction(async |connection| {
            // Waits for those who append and for whoever stores a snapshot, and they for it: what the next
            // statement does not see is never written.
            let statement = "DELETE FROM blog.collab_documents WHERE id = $1";
            let removed = run(connection, database, statement, document).await?;
            // What is found then is of a document that has been made just now.
            if removed == 0 {
                return Ok(());
            }
            let statement = "WITH segments AS (DELETE FROM blog.collab_segments WHERE document = $1), \
                 snapshots AS (DELETE FROM blog.collab_snapshots WHERE document = $1) \
                 DELETE FROM blog.collab_claims WHERE document = $1";
            run(connection, database, statement, document).await?;
            Ok(())
        })
        .await
}

/// Runs a statement of one document; answers how many rows it changed.
async fn run(
    connection: &mut PgConnection,
    database: &Database,
    statement: &'static str,
    document: &PostId,
) -> Result<u64> {
    let statement = database.statement(statement).bind(document.as_uuid());
    let done = statement.persistent(false).execute(connection).await?;
    Ok(done.rows_affected())
}
