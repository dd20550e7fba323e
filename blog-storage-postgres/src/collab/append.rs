use std::collections::BTreeSet;

use blog_core::domain::PostId;
use blog_core::ports::{Append, VersionStep};
use blog_core::tables::pack_entries;
use sqlx::Row;

use crate::database::Database;
use crate::error::Result;
use crate::rows::number;

/// Appends to documents of which each is named once: all or none. What a stale version or another
/// actor's claim kept out is missing, and undoes the statement. `folded` carries the version that the
/// edits were made from, below zero, to where the document is there already; a document that has it
/// was made just now, on a version that it never had, and counts as missing.
const APPEND: &str = "WITH given AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], \
     $4::bigint[], $5::bytea[]) WITH ORDINALITY \
     AS given (document, count, made_from, version, entries, place)), \
     log AS (INSERT INTO blog.collab_documents AS log (id, last, version, version_at, folded) \
     SELECT document, count, coalesce(version, 0), \
     CASE WHEN version IS NULL THEN 0 ELSE count END, -coalesce(made_from, 0) \
     FROM given WHERE version IS NULL OR version > made_from \
     ON CONFLICT (id) DO UPDATE SET last = log.last + excluded.last, \
     version = greatest(log.version, excluded.version), version_at = CASE \
     WHEN excluded.version = 0 THEN log.version_at ELSE log.last + excluded.last END \
     WHERE excluded.version = 0 OR log.version = -excluded.folded RETURNING id, last, folded), \
     claim AS (INSERT INTO blog.collab_claims AS held (document, client, actor) \
     SELECT DISTINCT ON (document, client) document, client, actor \
     FROM unnest($6::uuid[], $7::bigint[], $8::text[]) AS c (document, client, actor) \
     JOIN log ON log.id = c.document \
     ON CONFLICT (document, client) DO UPDATE SET actor = held.actor \
     WHERE held.actor = excluded.actor RETURNING 1), \
     segment AS (INSERT INTO blog.collab_segments (document, last, entries) \
     SELECT document, log.last, entries FROM given JOIN log ON log.id = document WHERE count > 0) \
     SELECT CASE WHEN (SELECT count(*) FROM log WHERE folded >= 0) < cardinality($1) THEN blog.refuse('BL001') \
     WHEN (SELECT count(*) FROM claim) < cardinality($6) THEN blog.refuse('BL003') \
     ELSE log.last END \
     FROM given LEFT JOIN log ON log.id = document ORDER BY place";

/// An append as it is written.
#[derive(Debug)]
pub(crate) struct PackedAppend {
    pub(crate) document: PostId,
    count: i64,
    version: Option<VersionStep>,
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
            version: append.version,
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
    let version = |number: fn(VersionStep) -> u32| -> Vec<_> {
        let numbers = column().map(|append| append.version.map(number));
        numbers.map(|number| number.map(i64::from)).collect()
    };
    let statement = database
        .statement(APPEND)
        .bind(column().map(id).collect::<Vec<_>>())
        .bind(column().map(|append| append.count).collect::<Vec<_>>())
        .bind(version(|step| step.from))
        .bind(version(|step| step.to))
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
