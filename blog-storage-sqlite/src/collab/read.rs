use blog_core::domain::{AuthorId, PostId};
use blog_core::ports::{Entry, Log, Snapshot, Start, StoredDocument};
use blog_core::tables::unpack_entries;
use bytes::Bytes;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteExecutor, SqlitePool};

use crate::error::{Result, SqliteError};
use crate::rows::{id, id_bytes, number, stored, unpack};

/// The last column says what a row is.
const LOAD: &str = "WITH chosen AS MATERIALIZED (SELECT position FROM blog_collab_snapshots \
     WHERE document = $1 ORDER BY position DESC LIMIT 1 OFFSET $2) \
     SELECT last, version, version_at, folded, 'log' FROM blog_collab_documents WHERE id = $1 \
     UNION ALL SELECT position, packed, state, NULL, 'snapshot' FROM blog_collab_snapshots \
     WHERE document = $1 AND position = (SELECT position FROM chosen) \
     UNION ALL SELECT last, packed, entries, NULL, 'segment' FROM blog_collab_segments \
     WHERE document = $1 AND last > coalesce((SELECT position FROM chosen), 0) \
     UNION ALL SELECT client, actor, NULL, NULL, 'claim' FROM blog_collab_claims \
     WHERE document = $1";

pub(crate) async fn log(
    executor: impl SqliteExecutor<'_>,
    document: &PostId,
) -> Result<Option<Log>> {
    let row = sqlx::query(
        "SELECT last, version, version_at, folded FROM blog_collab_documents WHERE id = $1",
    )
    .bind(id_bytes(document))
    .fetch_optional(executor)
    .await?;
    row.as_ref().map(log_of).transpose()
}

fn log_of(row: &SqliteRow) -> Result<Log> {
    Ok(Log {
        end: number(row.try_get(0)?)?,
        version: number(row.try_get(1)?)?,
        version_at: number(row.try_get(2)?)?,
        folded: number(row.try_get(3)?)?,
    })
}

/// A document as of one moment, since it is one statement. Of several, each call of sqlx would cost more than
/// what it reads here.
pub(crate) async fn load(
    readers: &SqlitePool,
    document: &PostId,
    from: Start,
) -> Result<Option<StoredDocument>> {
    let rows = sqlx::query(LOAD)
        .bind(id_bytes(document))
        .bind(match from {
            Start::Newest => 0,
            Start::Previous => 1,
        })
        .fetch_all(readers)
        .await?;
    let (mut log, mut snapshot): (_, Option<Snapshot>) = (None, None);
    let (mut entries, mut claims) = (vec![], vec![]);
    for row in &rows {
        match row.try_get(4)? {
            "log" => log = Some(log_of(row)?),
            "snapshot" => snapshot = Some(snapshot_of(row)?),
            "segment" => entries.extend(entries_of(row)?),
            "claim" => claims.push(claim_of(row)?),
            _ => return Err(SqliteError::Corrupt("live document")),
        }
    }
    // The statement promises no order.
    entries.sort_by_key(|entry| entry.number);
    claims.sort_unstable();
    let position = snapshot.as_ref().map_or(0, |it| it.position);
    forget_up_to(position, &mut entries);
    Ok(log.map(|log| StoredDocument {
        log,
        snapshot,
        entries,
        claims,
    }))
}

fn snapshot_of(row: &SqliteRow) -> Result<Snapshot> {
    Ok(Snapshot {
        position: number(row.try_get(0)?)?,
        state: unpack(row.try_get(1)?, row.try_get(2)?)?.into(),
    })
}

fn claim_of(row: &SqliteRow) -> Result<(u64, AuthorId)> {
    let client: i64 = row.try_get(0)?;
    Ok((client.cast_unsigned(), row.try_get(1)?))
}

/// The positions of the snapshots that are there, the newest first.
pub(crate) async fn snapshots(
    executor: impl SqliteExecutor<'_>,
    document: &PostId,
) -> Result<Vec<u64>> {
    let positions: Vec<i64> = sqlx::query_scalar(
        "SELECT position FROM blog_collab_snapshots WHERE document = $1 ORDER BY position DESC",
    )
    .bind(id_bytes(document))
    .fetch_all(executor)
    .await?;
    positions.into_iter().map(number).collect()
}

/// At most `limit` entries above `after`, in order.
pub(crate) async fn entries(
    executor: impl SqliteExecutor<'_>,
    document: &PostId,
    after: u64,
    limit: usize,
) -> Result<Vec<Entry>> {
    // No row is empty, so that as many rows are enough.
    let rows = sqlx::query(
        "SELECT last, packed, entries FROM blog_collab_segments \
         WHERE document = $1 AND last > $2 ORDER BY last LIMIT $3",
    )
    .bind(id_bytes(document))
    .bind(stored(after))
    .bind(stored(limit as u64))
    .fetch_all(executor)
    .await?;
    let mut entries = Vec::new();
    for row in &rows {
        entries.extend(entries_of(row)?);
    }
    forget_up_to(after, &mut entries);
    entries.truncate(limit);
    Ok(entries)
}

/// The entries of a segment.
fn entries_of(row: &SqliteRow) -> Result<Vec<Entry>> {
    let entries = unpack(row.try_get(1)?, row.try_get(2)?)?;
    let entries = unpack_entries(number(row.try_get(0)?)?, Bytes::from(entries));
    entries.ok_or(SqliteError::Corrupt("entry"))
}

/// A segment may begin before what is asked for.
fn forget_up_to(position: u64, entries: &mut Vec<Entry>) {
    let before = entries.partition_point(|entry| entry.number <= position);
    entries.drain(..before);
}

pub(crate) async fn unfolded(
    readers: &SqlitePool,
    after: Option<&PostId>,
    limit: usize,
) -> Result<Vec<PostId>> {
    let unfolded =
        "SELECT id FROM blog_collab_documents WHERE id > $1 AND last > folded ORDER BY id LIMIT $2";
    page(readers, unfolded, after, limit).await
}

pub(crate) async fn documents(
    readers: &SqlitePool,
    after: Option<&PostId>,
    limit: usize,
) -> Result<Vec<PostId>> {
    let all = "SELECT id FROM blog_collab_documents WHERE id > $1 ORDER BY id LIMIT $2";
    page(readers, all, after, limit).await
}

async fn page(
    readers: &SqlitePool,
    query: &'static str,
    after: Option<&PostId>,
    limit: usize,
) -> Result<Vec<PostId>> {
    // No id is empty: an empty one stands before the first.
    let rows: Vec<Vec<u8>> = sqlx::query_scalar(query)
        .bind(after.map_or(&[][..], |after| id_bytes(after)))
        .bind(stored(limit as u64))
        .fetch_all(readers)
        .await?;
    rows.iter().map(|bytes| id(bytes)).collect()
}
