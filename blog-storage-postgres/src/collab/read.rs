use blog_core::domain::{AuthorId, PostId};
use blog_core::ports::{Entry, Log, Snapshot, Start, StoredDocument};
use blog_core::tables::unpack_entries;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use crate::database::{Database, Statement};
use crate::error::{PostgresError, Result};
use crate::rows::{number, stored};
use crate::schema::Schema;

/// One statement: a document as of one moment.
const LOAD: &str = "SELECT d.last, d.version, d.version_at, d.folded, s.position, s.state, \
     ARRAY(SELECT g.last FROM blog.collab_segments g \
     WHERE g.document = d.id AND g.last > coalesce(s.position, 0) ORDER BY g.last), \
     ARRAY(SELECT g.entries FROM blog.collab_segments g \
     WHERE g.document = d.id AND g.last > coalesce(s.position, 0) ORDER BY g.last), \
     ARRAY(SELECT c.client FROM blog.collab_claims c WHERE c.document = d.id ORDER BY c.client), \
     ARRAY(SELECT c.actor FROM blog.collab_claims c WHERE c.document = d.id ORDER BY c.client) \
     FROM blog.collab_documents d LEFT JOIN LATERAL (SELECT position, state \
     FROM blog.collab_snapshots WHERE document = d.id ORDER BY position DESC LIMIT 1 OFFSET $2) s \
     ON true WHERE d.id = $1";

pub(crate) async fn log(database: &Database, document: &PostId) -> Result<Option<Log>> {
    let statement = database.statement(
        "SELECT last, version, version_at, folded FROM blog.collab_documents WHERE id = $1",
    );
    let row = database.row(statement.bind(document.as_uuid())).await?;
    row.as_ref().map(log_of).transpose()
}

fn log_of(row: &PgRow) -> Result<Log> {
    Ok(Log {
        end: number(row.try_get(0)?)?,
        version: number(row.try_get(1)?)?,
        version_at: number(row.try_get(2)?)?,
        folded: number(row.try_get(3)?)?,
    })
}

pub(crate) async fn load(
    database: &Database,
    document: &PostId,
    from: Start,
) -> Result<Option<StoredDocument>> {
    let newer = match from {
        Start::Newest => 0_i64,
        Start::Previous => 1,
    };
    let statement = database.statement(LOAD).bind(document.as_uuid());
    let row = database.row(statement.bind(newer)).await?;
    row.as_ref().map(document_of).transpose()
}

fn document_of(row: &PgRow) -> Result<StoredDocument> {
    let position: Option<i64> = row.try_get(4)?;
    let snapshot = |position: i64| -> Result<Snapshot> {
        Ok(Snapshot {
            position: number(position)?,
            state: row.try_get::<Vec<u8>, _>(5)?.into(),
        })
    };
    let snapshot = position.map(snapshot).transpose()?;
    let after = snapshot.as_ref().map_or(0, |snapshot| snapshot.position);
    let lasts: Vec<i64> = row.try_get(6)?;
    let segments: Vec<Vec<u8>> = row.try_get(7)?;
    let (clients, actors): (Vec<i64>, Vec<AuthorId>) = (row.try_get(8)?, row.try_get(9)?);
    let claims = clients.into_iter().zip(actors);
    let mut claims: Vec<_> = claims
        .map(|(client, actor)| (client.cast_unsigned(), actor))
        .collect();
    claims.sort_unstable();
    Ok(StoredDocument {
        log: log_of(row)?,
        snapshot,
        entries: entries_of(lasts.into_iter().zip(segments), after)?,
        claims,
    })
}

/// The entries above `after` of segments, each with the number of its last.
fn entries_of(
    segments: impl IntoIterator<Item = (i64, Vec<u8>)>,
    after: u64,
) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for (last, packed) in segments {
        let unpacked = unpack_entries(number(last)?, packed.into());
        entries.extend(unpacked.ok_or(PostgresError::Corrupt("entry"))?);
    }
    entries.retain(|entry| entry.number > after);
    Ok(entries)
}

/// At most `limit` entries above `after`, in order.
pub(crate) async fn entries(
    database: &Database,
    document: &PostId,
    after: u64,
    limit: usize,
) -> Result<Vec<Entry>> {
    // No row is empty, so that as many rows are enough.
    let statement = segments(&database.schema, document, after, limit);
    let mut entries = entries_in(&database.rows(statement).await?, after)?;
    entries.truncate(limit);
    Ok(entries)
}

/// All entries above `after`, in order, as a transaction sees them.
pub(crate) async fn all_entries(
    connection: &mut PgConnection,
    schema: &Schema,
    document: &PostId,
    after: u64,
) -> Result<Vec<Entry>> {
    let statement = segments(schema, document, after, usize::MAX).persistent(false);
    entries_in(&statement.fetch_all(connection).await?, after)
}

fn segments(schema: &Schema, document: &PostId, after: u64, limit: usize) -> Statement<'static> {
    let statement = sqlx::query(schema.sql(
        "SELECT last, entries FROM blog.collab_segments \
         WHERE document = $1 AND last > $2 ORDER BY last LIMIT $3",
    ));
    let statement = statement.bind(*document.as_uuid()).bind(stored(after));
    statement.bind(stored(limit as u64))
}

fn entries_in(rows: &[PgRow], after: u64) -> Result<Vec<Entry>> {
    let segments = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<Vec<_>>>()?;
    entries_of(segments, after)
}

pub(crate) async fn unfolded(
    database: &Database,
    after: Option<&PostId>,
    limit: usize,
) -> Result<Vec<PostId>> {
    let unfolded = "SELECT id FROM blog.collab_documents \
         WHERE last > folded AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2";
    page(database, unfolded, after, limit).await
}

pub(crate) async fn documents(
    database: &Database,
    after: Option<&PostId>,
    limit: usize,
) -> Result<Vec<PostId>> {
    let all = "SELECT id FROM blog.collab_documents \
         WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2";
    page(database, all, after, limit).await
}

async fn page(
    database: &Database,
    query: &'static str,
    after: Option<&PostId>,
    limit: usize,
) -> Result<Vec<PostId>> {
    let statement = database.statement(query);
    let statement = statement.bind(after.map(PostId::as_uuid));
    let rows = database.rows(statement.bind(stored(limit as u64))).await?;
    rows.iter()
        .map(|row| Ok(PostId::from_uuid(row.try_get(0)?)))
        .collect()
}
