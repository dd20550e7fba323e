//! Everything else that writes live documents.

use blog_core::domain::PostId;
use blog_core::ports::Snapshot;
use blog_core::tables::pack_entries;
use sqlx::{PgConnection, PgPool};

use super::read;
use crate::error::{PostgresError, Result};
use crate::rows::stored;
use crate::schema::Schema;

/// Stores a snapshot beside the newest, drops what the newest contains, and lets the entries that
/// are left share a row. Appends go on meanwhile.
pub(crate) async fn compact(
    pool: &PgPool,
    schema: &Schema,
    document: &PostId,
    snapshot: &Snapshot,
) -> Result<()> {
    let mut transaction = pool.begin().await?;
    // One at a time for each document.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("blog snapshots of {} {document}", schema.name()))
        .persistent(false)
        .execute(&mut *transaction)
        .await?;
    // Holds up who removes the document, and nobody else.
    let end: Option<i64> = sqlx::query_scalar(
        schema.sql("SELECT last FROM blog.collab_documents WHERE id = $1 FOR KEY SHARE"),
    )
    .bind(document.as_uuid())
    .persistent(false)
    .fetch_optional(&mut *transaction)
    .await?;
    let end = end.ok_or(PostgresError::NotFound("document"))?;
    if stored(snapshot.position) > end {
        let message = "the log does not go so far";
        return Err(PostgresError::Invalid("position", message));
    }
    let newest: Option<i64> = sqlx::query_scalar(
        schema.sql("SELECT max(position) FROM blog.collab_snapshots WHERE document = $1"),
    )
    .bind(document.as_uuid())
    .persistent(false)
    .fetch_one(&mut *transaction)
    .await?;
    if newest.is_some_and(|newest| newest >= stored(snapshot.position)) {
        return Ok(());
    }
    sqlx::query(schema.sql(
        "WITH former AS (DELETE FROM blog.collab_snapshots WHERE document = $1 AND position < $2) \
         INSERT INTO blog.collab_snapshots (document, position, state) VALUES ($1, $3, $4)",
    ))
    .bind(document.as_uuid())
    .bind(newest)
    .bind(stored(snapshot.position))
    .bind(&snapshot.state[..])
    .persistent(false)
    .execute(&mut *transaction)
    .await?;
    share_a_row(&mut transaction, schema, document, newest.unwrap_or(0)).await?;
    Ok(transaction.commit().await?)
}

/// Drops the entries up to `above`, and writes those that are left into one row. What is appended
/// meanwhile is not touched.
async fn share_a_row(
    connection: &mut PgConnection,
    schema: &Schema,
    document: &PostId,
    above: i64,
) -> Result<()> {
    let above = crate::rows::number(above)?;
    let kept = read::entries(&mut *connection, schema, document, above, usize::MAX).await?;
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
    pool: &PgPool,
    schema: &Schema,
    document: &PostId,
    position: u64,
) -> Result<()> {
    sqlx::query(schema.sql(
        "UPDATE blog.collab_documents SET folded = least(last, $2) \
         WHERE id = $1 AND folded < least(last, $2)",
    ))
    .bind(document.as_uuid())
    .bind(stored(position))
    .execute(pool)
    .await?;
    Ok(())
}

pub(crate) async fn remove(pool: &PgPool, schema: &Schema, document: &PostId) -> Result<()> {
    let mut transaction = pool.begin().await?;
    for statement in [
        // Waits for those who append and for whoever stores a snapshot, and they for it: what the
        // next statement does not see is never written.
        "DELETE FROM blog.collab_documents WHERE id = $1",
        "WITH segments AS (DELETE FROM blog.collab_segments WHERE document = $1), \
         snapshots AS (DELETE FROM blog.collab_snapshots WHERE document = $1) \
         DELETE FROM blog.collab_claims WHERE document = $1",
    ] {
        sqlx::query(schema.sql(statement))
            .bind(document.as_uuid())
            .persistent(false)
            .execute(&mut *transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}
