use std::collections::BTreeSet;

use blog_core::domain::PostId;
use blog_core::ports::Append;
use blog_core::tables::pack_entries;
use sqlx::Row;

use crate::database::Database;
use crate::error::Result;
use crate::rows::number;

/// Appends to documents of which each is named once: all or none. What a stale version or another
/// actor's claim kept out is missing, and undoes the statement.
const APPEND: &str = "WITH given AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], \
     $4::bytea[]) WITH ORDINALITY AS given (document, count, version, entries, place)), \
     log AS (INSERT INTO blog.collab_documents AS log (id, last, version, version_at, folded) \
     SELECT document, count, coalesce(version, 0), \
     CASE WHEN version IS NULL THEN 0 ELSE count END, 0 \
     FROM given WHERE version IS NULL OR version > 0 \
     ON CONFLICT (id) DO UPDATE SET last = log.last + excluded.last, \
     version = greatest(log.version, excluded.version), version_at = CASE \
     WHEN excluded.version = 0 THEN log.version_at ELSE log.last + excluded.last END \
     WHERE excluded.version = 0 OR excluded.version > log.version RETURNING id, last), \
     claim AS (INSERT INTO blog.collab_claims AS held (document, client, actor) \
     SELECT DISTINCT ON (document, client) document, client, actor \
     FROM unnest($5::uuid[], $6::bigint[], $7::text[]) AS c (document, client, actor) \
     JOIN log ON log.id = c.document \
     ON CONFLICT (document, client) DO UPDATE SET actor = held.actor \
     WHERE held.actor = excluded.actor RETURNING 1), \
     segment AS (INSERT INTO blog.collab_segments (document, last, entries) \
     SELECT document, log.last, entries FROM given JOIN log ON log.id = document WHERE count > 0) \
     SELECT CASE WHEN (SELECT count(*) FROM log) < cardinality($1) THEN blog.refuse('BL001') \
     WHEN (SELECT count(*) FROM claim) < cardinality($5) THEN blog.refuse('BL003') \
     ELSE log.last END \
     FROM given LEFT JOIN log ON log.id = document ORDER BY place";

/// An append as it is written.
#[derive(Debug)]
pub(crate) struct PackedAppend {
    pub(crate) document: PostId,
    count: i64,
    version: Option<i64>,
    entries: Vec<u8>,
    /// None of them twice.
    claims: BTreeSet<(i64, String)>,
}

impl PackedAppend {
    pub(crate) fn new(document: PostId, append: &Append) -> Self {
        let updates = append.updates.iter();
        let claims = append.claims.iter();
        Self {
            document,
            count: append.updates.len() as i64,
            version: append.version.map(i64::from),
            entries: pack_entries(updates.map(|(actor, update)| (append.at, actor, update))),
            claims: claims
                .map(|(id, actor)| (id.cast_signed(), actor.clone()))
                .collect(),
        }
    }
}

/// Writes appends in one statement: all or none. Answers where each one's log ends.
pub(crate) async fn append(database: &Database, appends: &[PackedAppend]) -> Result<Vec<u64>> {
    let id = |append: &PackedAppend| *append.document.as_uuid();
    let (mut claimed, mut clients, mut actors) = (vec![], vec![], vec![]);
    for append in appends {
        for (client, actor) in &append.claims {
            claimed.push(id(append));
            clients.push(*client);
            actors.push(actor.as_str());
        }
    }
    let column = || appends.iter();
    let statement = database
        .statement(APPEND)
        .bind(column().map(id).collect::<Vec<_>>())
        .bind(column().map(|append| append.count).collect::<Vec<_>>())
        .bind(column().map(|append| append.version).collect::<Vec<_>>())
        .bind(
            column()
                .map(|append| append.entries.as_slice())
                .collect::<Vec<_>>(),
        )
        .bind(claimed)
        .bind(clients)
        .bind(actors);
    let rows = database.rows(statement).await?;
    rows.iter().map(|row| number(row.try_get(0)?)).collect()
}
