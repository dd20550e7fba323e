//! Appends. As with new posts (see [`crate::creation`]), one is one string with its transaction,
//! many are a few strings, and what must be refused the tables refuse. One behind an end that is known
//! is a single statement: each more would wake this process once more.

use std::sync::LazyLock;

use blog_core::Conflict;
use blog_core::domain::{PostId, Seq};
use blog_core::ports::{Append, VersionStep};
use blog_core::tables::pack_entries;
use sqlx::sqlite::SqliteRow;
use sqlx::{Executor, Row, SqliteConnection};

use crate::commit::Statement;
use crate::error::{Result, SqliteError};
use crate::rows::{id_bytes, json, number, pack};

/// How many appends one string writes.
const TOGETHER: usize = 8;
/// Values of an append, as [`bind`] binds them.
const VALUES: usize = 7;

/// What writes one append, several of them, and one with a transaction of its own.
struct Strings {
    one: String,
    eight: String,
    alone: String,
}

/// Most appends claim nothing.
static UNCLAIMING: LazyLock<Strings> = LazyLock::new(|| Strings::new(false));
static CLAIMING: LazyLock<Strings> = LazyLock::new(|| Strings::new(true));

impl Strings {
    fn new(claiming: bool) -> Self {
        let one = insert(1, claiming);
        Self {
            alone: format!("BEGIN IMMEDIATE; {one} COMMIT"),
            eight: insert(TOGETHER, claiming),
            one,
        }
    }

    fn of(appends: &[&PackedAppend]) -> &'static Self {
        if appends.iter().any(|append| append.claims.is_some()) {
            &CLAIMING
        } else {
            &UNCLAIMING
        }
    }
}

/// A trigger moves the document's own end.
const BEHIND: &str = "INSERT INTO blog_collab_segments (document, last, packed, entries) \
     SELECT id, last + $2, $3, $4 FROM blog_collab_documents \
     WHERE id = $1 AND last = $5 \
     AND $6 = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'blog_events'), 0)";

/// A version that may not come in becomes a null, as does another actor's claim: the tables refuse both.
fn insert(count: usize, claiming: bool) -> String {
    let one = |place: usize| {
        let [id, count, from, version, packed, entries, claims] =
            std::array::from_fn(|value| place * VALUES + value + 1);
        let append = format!(
            "INSERT INTO blog_collab_documents AS log (id, last, version, version_at, folded) \
             VALUES (${id}, ${count}, \
             CASE WHEN ${version} IS NULL THEN 0 WHEN ${version} > ${from} AND ${from} = \
             coalesce((SELECT version FROM blog_collab_documents WHERE id = ${id}), 0) \
             THEN ${version} END, \
             CASE WHEN ${version} IS NULL THEN 0 ELSE ${count} END, 0) \
             ON CONFLICT DO UPDATE SET last = log.last + ${count}, \
             version = coalesce(${version}, log.version), \
             version_at = CASE WHEN ${version} IS NULL THEN log.version_at \
             ELSE log.last + ${count} END \
             RETURNING last, \
             coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'blog_events'), 0); \
             INSERT INTO blog_collab_segments (document, last, packed, entries) \
             SELECT id, last, ${packed}, ${entries} FROM blog_collab_documents \
             WHERE id = ${id} AND ${count} > 0; "
        );
        let claim = format!(
            "INSERT INTO blog_collab_claims AS held (document, client, actor) \
             SELECT ${id}, value ->> 0, value ->> 1 FROM json_each(${claims}) WHERE true \
             ON CONFLICT DO UPDATE SET \
             actor = CASE WHEN held.actor = excluded.actor THEN held.actor END; "
        );
        if claiming { append + &claim } else { append }
    };
    (0..count).map(one).collect()
}

/// An append as it is written.
#[derive(Debug)]
pub(crate) struct PackedAppend {
    document: PostId,
    count: usize,
    version: Option<VersionStep>,
    packed: bool,
    entries: Vec<u8>,
    /// JSON: `[id, actor]` each; none, if it claims nothing.
    claims: Option<String>,
}

impl PackedAppend {
    pub(crate) fn new(document: PostId, append: &Append) -> Result<Self> {
        let updates = append.updates.iter();
        let entries = pack_entries(updates.map(|(actor, update)| (append.at, actor, update)));
        let (packed, entries) = pack(&entries);
        let claims = append.claims.iter();
        let claims: Vec<_> = claims
            .map(|(id, actor)| (id.cast_signed(), actor))
            .collect();
        Ok(Self {
            document,
            count: append.updates.len(),
            version: append.version,
            packed,
            entries,
            claims: match claims.is_empty() {
                true => None,
                false => Some(json(&claims)?),
            },
        })
    }

    pub(crate) const fn document(&self) -> PostId {
        self.document
    }

    /// Whether it brings nothing but entries.
    const fn is_plain(&self) -> bool {
        self.count > 0 && self.version.is_none() && self.claims.is_none()
    }
}

fn bind<'q>(statement: Statement<'q>, append: &'q PackedAppend) -> Statement<'q> {
    statement
        .bind(id_bytes(&append.document))
        .bind(append.count as i64)
        .bind(append.version.map(|step| i64::from(step.from)))
        .bind(append.version.map(|step| i64::from(step.to)))
        .bind(append.packed)
        .bind(append.entries.as_slice())
        .bind(append.claims.as_deref())
}

/// Where logs end after an append.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    /// The document's.
    pub document: u64,
    /// The events'.
    pub events: Seq,
}

fn ends(row: &SqliteRow) -> Result<Ends> {
    Ok(Ends {
        document: number(row.try_get(0)?)?,
        events: Seq(number(row.try_get(1)?)?),
    })
}

/// Writes one append with one statement, if it is a plain one, and if neither log has been moved from
/// these ends.
pub(crate) async fn append_behind(
    connection: &mut SqliteConnection,
    append: &PackedAppend,
    before: Ends,
) -> Result<Option<Ends>> {
    if !append.is_plain() {
        return Ok(None);
    }
    let written = sqlx::query(BEHIND)
        .bind(id_bytes(&append.document))
        .bind(append.count as i64)
        .bind(append.packed)
        .bind(append.entries.as_slice())
        .bind(before.document.cast_signed())
        .bind(before.events.0.cast_signed())
        .execute(connection)
        .await?;
    let document = before.document + append.count as u64;
    let after = Ends { document, ..before };
    Ok((written.rows_affected() == 1).then_some(after))
}

/// Writes one append in one call, with a transaction of its own.
pub(crate) async fn append_alone(
    connection: &mut SqliteConnection,
    append: &PackedAppend,
) -> Result<Ends> {
    let strings = Strings::of(&[append]);
    let written = write(connection, &strings.alone, &[append]).await;
    if written.is_err() {
        // Fails where the transaction had not begun or is undone already.
        let _ = connection.execute("ROLLBACK").await;
    }
    only(&written?)
}

/// Writes appends inside a transaction.
pub(crate) async fn append_all(
    connection: &mut SqliteConnection,
    appends: &[&PackedAppend],
) -> Result<Vec<Ends>> {
    let (eights, ones) = appends.as_chunks::<TOGETHER>();
    let mut ends = Vec::with_capacity(appends.len());
    for eight in eights {
        ends.extend(write(connection, &Strings::of(eight).eight, eight).await?);
    }
    for one in ones.chunks(1) {
        ends.extend(write(connection, &Strings::of(one).one, one).await?);
    }
    Ok(ends)
}

/// Writes one append inside a transaction, if it may be written.
pub(crate) async fn append_checked(
    connection: &mut SqliteConnection,
    append: &PackedAppend,
) -> Result<Ends> {
    check(connection, append).await?;
    let string = &Strings::of(&[append]).one;
    only(&write(connection, string, &[append]).await?)
}

async fn write(
    connection: &mut SqliteConnection,
    string: &'static str,
    appends: &[&PackedAppend],
) -> Result<Vec<Ends>> {
    let statement = appends
        .iter()
        .fold(sqlx::query(string), |statement, append| {
            bind(statement, append)
        });
    let rows = statement.fetch_all(connection).await?;
    rows.iter().map(ends).collect()
}

fn only(ends: &[Ends]) -> Result<Ends> {
    ends.first().copied().ok_or(SqliteError::Corrupt("log"))
}

async fn check(connection: &mut SqliteConnection, append: &PackedAppend) -> Result<()> {
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT version FROM blog_collab_documents WHERE id = $1")
            .bind(id_bytes(&append.document))
            .fetch_optional(&mut *connection)
            .await?;
    let newest = newest.unwrap_or(0);
    let is_stale = |step: VersionStep| i64::from(step.from) != newest || step.to <= step.from;
    if append.version.is_some_and(is_stale) {
        return Err(SqliteError::Conflict(Conflict::Revision));
    }
    let disputed: Option<i64> = sqlx::query_scalar(
        "WITH wanted AS (SELECT value ->> 0 AS client, value ->> 1 AS actor FROM json_each($2)) \
         SELECT client FROM (SELECT client, actor FROM wanted \
         UNION SELECT client, actor FROM blog_collab_claims \
         WHERE document = $1 AND client IN (SELECT client FROM wanted)) \
         GROUP BY client HAVING count(*) > 1 LIMIT 1",
    )
    .bind(id_bytes(&append.document))
    .bind(append.claims.as_deref())
    .fetch_optional(connection)
    .await?;
    match disputed {
        Some(_) => Err(SqliteError::Conflict(Conflict::Taken("client_id"))),
        None => Ok(()),
    }
}
