//! Everything else that writes live documents, inside the writer's transaction.

use blog_core::domain::PostId;
use blog_core::ports::Snapshot;
use blog_core::tables::{kept_snapshot, pack_entries};
use sqlx::SqliteConnection;

use super::read;
use crate::error::{Result, SqliteError};
use crate::rows::{id_bytes, pack, stored};

/// A snapshot as it is written.
#[derive(Debug)]
pub(crate) struct PackedSnapshot {
    document: PostId,
    position: u64,
    made_from: u64,
    packed: bool,
    state: Vec<u8>,
}

impl PackedSnapshot {
    pub(crate) fn new(document: PostId, snapshot: &Snapshot, made_from: u64) -> Self {
        let (packed, state) = pack(&snapshot.state);
        Self {
            document,
            position: snapshot.position,
            made_from,
            packed,
            state,
        }
    }
}

/// Stores a snapshot beside the one that it was made from, drops what that contains, and lets the entries
/// that are left share a row.
pub(crate) async fn compact(
    connection: &mut SqliteConnection,
    snapshot: &PackedSnapshot,
) -> Result<()> {
    let id = id_bytes(&snapshot.document);
    let log = read::log(&mut *connection, &snapshot.document).await?;
    let log = log.ok_or(SqliteError::NotFound("document"))?;
    if snapshot.position > log.end {
        let message = "the log does not go so far";
        return Err(SqliteError::Invalid("position", message));
    }
    let there = read::snapshots(&mut *connection, &snapshot.document).await?;
    if there
        .first()
        .is_some_and(|newest| *newest >= snapshot.position)
    {
        return Ok(());
    }
    let kept = kept_snapshot(&there, snapshot.made_from);
    sqlx::query("DELETE FROM blog_collab_snapshots WHERE document = $1 AND position <> $2")
        .bind(id)
        .bind(stored(kept))
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO blog_collab_snapshots (document, position, packed, state) \
         VALUES ($1, $2, $3, $4)",
    )
    .bind(id)
    .bind(stored(snapshot.position))
    .bind(snapshot.packed)
    .bind(snapshot.state.as_slice())
    .execute(&mut *connection)
    .await?;
    share_a_row(connection, &snapshot.document, kept).await
}

/// Drops the entries up to `above`, and writes those that are left into one row.
async fn share_a_row(
    connection: &mut SqliteConnection,
    document: &PostId,
    above: u64,
) -> Result<()> {
    let kept = read::entries(&mut *connection, document, above, usize::MAX).await?;
    sqlx::query("DELETE FROM blog_collab_segments WHERE document = $1")
        .bind(id_bytes(document))
        .execute(&mut *connection)
        .await?;
    let Some(last) = kept.last() else {
        return Ok(());
    };
    let entries = kept.iter();
    let entries = pack_entries(entries.map(|entry| (entry.at, &entry.actor, &entry.update)));
    let (packed, entries) = pack(&entries);
    sqlx::query(
        "INSERT INTO blog_collab_segments (document, last, packed, entries) \
         VALUES ($1, $2, $3, $4)",
    )
    .bind(id_bytes(document))
    .bind(stored(last.number))
    .bind(packed)
    .bind(entries)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn note_folded(
    connection: &mut SqliteConnection,
    document: &PostId,
    position: u64,
) -> Result<()> {
    sqlx::query(
        "UPDATE blog_collab_documents SET folded = max(folded, min(last, $2)) WHERE id = $1",
    )
    .bind(id_bytes(document))
    .bind(stored(position))
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn remove(connection: &mut SqliteConnection, document: &PostId) -> Result<()> {
    sqlx::query(
        "DELETE FROM blog_collab_documents WHERE id = $1; \
         DELETE FROM blog_collab_segments WHERE document = $1; \
         DELETE FROM blog_collab_snapshots WHERE document = $1; \
         DELETE FROM blog_collab_claims WHERE document = $1",
    )
    .bind(id_bytes(document))
    .execute(connection)
    .await?;
    Ok(())
}
