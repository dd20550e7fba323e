use blog_core::domain::{AuthorId, PostId};
use blog_core::ports::{Entry, Log, Snapshot, Start, StoredDocument};
use blog_core::tables::unpack_entries;
use bytes::Bytes;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteExecutor, SqlitePool};

use crate::error::{Result, SqliteError};
use crate::rows::{id, id_bytes, number, stored, unpack};

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
    row.map(|row| {
        Ok(Log {
            end: number(row.try_get(0)?)?,
            version: number(row.try_get(1)?)?,
            version_at: number(row.try_get(2)?)?,
            folded: number(row.try_get(3)?)?,
        })
    })
    .transpose()
}

/// Reads in one transaction: a document as of one moment.
pub(crate) async fn load(
    readers: &SqlitePool,
    document: &PostId,
    from: Start,
) -> Result<Option<StoredDocument>> {
    let mut moment = readers.begin().await?;
    let Some(log) = log(&mut *moment, document).await? else {
        return Ok(None);
    };
    let snapshot = snapshot(&mut *moment, document, from).await?;
    let position = snapshot.as_ref().map_or(0, |snapshot| snapshot.position);
    Ok(Some(StoredDocument {
        log,
        entries: entries(&mut *moment, document, position, usize::MAX).await?,
        claims: claims(&mut *moment, document).await?,
        snapshot,
    }))
}

async fn snapshot(
    executor: impl SqliteExecutor<'_>,
    document: &PostId,
    from: Start,
) -> Result<Option<Snapshot>> {
    let row = sqlx::query(
        "SELECT position, packed, state FROM blog_collab_snapshots \
         WHERE document = $1 ORDER BY position DESC LIMIT 1 OFFSET $2",
    )
    .bind(id_bytes(document))
    .bind(match from {
        Start::Newest => 0,
        Start::Previous => 1,
    })
    .fetch_optional(executor)
    .await?;
    row.map(|row| {
        Ok(Snapshot {
            position: number(row.try_get(0)?)?,
            state: unpack(row.try_get(1)?, row.try_get(2)?)?.into(),
        })
    })
    .transpose()
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
        entries.extend(segment(row)?);
    }
    let before = entries.partition_point(|entry: &Entry| entry.number <= after);
    entries.drain(..before);
    entries.truncate(limit);
    Ok(entries)
}

fn segment(row: &SqliteRow) -> Result<Vec<Entry>> {
    let entries = unpack(row.try_get(1)?, row.try_get(2)?)?;
    let entries = unpack_entries(number(row.try_get(0)?)?, Bytes::from(entries));
    entries.ok_or(SqliteError::Corrupt("entry"))
}

async fn claims(
    executor: impl SqliteExecutor<'_>,
    document: &PostId,
) -> Result<Vec<(u64, AuthorId)>> {
    let rows: Vec<(i64, AuthorId)> =
        sqlx::query_as("SELECT client, actor FROM blog_collab_claims WHERE document = $1")
            .bind(id_bytes(document))
            .fetch_all(executor)
            .await?;
    let claims = rows.into_iter();
    let mut claims: Vec<_> = claims
        .map(|(client, actor)| (client.cast_unsigned(), actor))
        .collect();
    claims.sort_unstable();
    Ok(claims)
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
