//! The audit trail.

use std::sync::LazyLock;

use blog_core::domain::{AuditEntry, Seq};
use blog_core::ports::AuditQuery;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool};

use crate::error::Result;
use crate::rows::{
    from_json, from_name, id, id_bytes, id_hex, json, micros, name, number, stored, time,
};
use crate::strings::{Place, Statements};

/// Writes entries, and answers the last event.
static WRITE: LazyLock<Statements> = LazyLock::new(|| {
    Statements::new(format!(
        "{} RETURNING coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'blog_events'), 0)",
        insert_audit(1)
    ))
});

/// Inserts the entries of the parameter of this number, as [`audit_json`] makes it.
pub(crate) fn insert_audit(parameter: usize) -> String {
    format!(
        "INSERT INTO blog_audit (at, actor, action, post, outcome, origin) \
         SELECT value ->> 0, value ->> 1, value ->> 2, unhex(value ->> 3), value ->> 4, \
         value ->> 5 FROM json_each(${parameter})"
    )
}

pub(crate) fn audit_json<'a>(entries: impl Iterator<Item = &'a AuditEntry>) -> Result<String> {
    let rows = entries.map(|entry| {
        let (outcome, origin) = (name(&entry.outcome)?, json(&entry.origin)?);
        let post = entry.post.as_ref().map(id_hex);
        let at = micros(entry.at);
        Ok((at, &entry.actor, &entry.action, post, outcome, origin))
    });
    json(&rows.collect::<Result<Vec<_>>>()?)
}

/// Writes entries, and answers the last event.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    entries: &[AuditEntry],
    place: Place,
) -> Result<Seq> {
    let written = sqlx::query_scalar(WRITE.at(place)).bind(audit_json(entries.iter())?);
    let last_events: Vec<i64> = written.fetch_all(connection).await?;
    number(last_events.first().copied().unwrap_or(0)).map(Seq)
}

pub(crate) async fn read(pool: &SqlitePool, query: &AuditQuery) -> Result<Vec<(Seq, AuditEntry)>> {
    let mut sql = QueryBuilder::<Sqlite>::new(
        "SELECT seq, at, actor, action, post, outcome, origin FROM blog_audit WHERE seq < ",
    );
    sql.push_bind(query.before.map_or(i64::MAX, |before| stored(before.0)));
    if let Some(post) = &query.post {
        sql.push(" AND post = ").push_bind(id_bytes(post).to_vec());
    }
    if let Some(actor) = &query.actor {
        sql.push(" AND actor = ").push_bind(actor.clone());
    }
    sql.push(" ORDER BY seq DESC LIMIT ")
        .push_bind(stored(query.limit as u64));
    let rows = sql.build().fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            let post: Option<&[u8]> = row.try_get(4)?;
            let entry = AuditEntry {
                at: time(row.try_get(1)?)?,
                actor: row.try_get(2)?,
                action: row.try_get(3)?,
                post: post.map(id).transpose()?,
                outcome: from_name(row.try_get(5)?)?,
                origin: from_json(row.try_get(6)?)?,
            };
            Ok((Seq(number(row.try_get(0)?)?), entry))
        })
        .collect()
}
