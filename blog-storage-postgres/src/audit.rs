use blog_core::domain::{AuditEntry, PostId, Seq};
use blog_core::ports::AuditQuery;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use crate::database::Database;
use crate::error::Result;
use crate::rows::{from_json, from_name, number, stored};

pub(crate) async fn read(
    database: &Database,
    query: &AuditQuery,
) -> Result<Vec<(Seq, AuditEntry)>> {
    let mut sql =
        QueryBuilder::<Postgres>::new("SELECT seq, at, actor, action, post, outcome, origin FROM ");
    sql.push(database.schema.text("blog.audit WHERE seq < "));
    sql.push_bind(query.before.map_or(i64::MAX, |before| stored(before.0)));
    if let Some(post) = &query.post {
        sql.push(" AND post = ").push_bind(*post.as_uuid());
    }
    if let Some(actor) = &query.actor {
        sql.push(" AND actor = ").push_bind(actor.clone());
    }
    sql.push(" ORDER BY seq DESC LIMIT ")
        .push_bind(stored(query.limit as u64));
    let rows = database.rows(sql.build()).await?;
    rows.iter()
        .map(|row| {
            let post: Option<Uuid> = row.try_get(4)?;
            let entry = AuditEntry {
                at: row.try_get(1)?,
                actor: row.try_get(2)?,
                action: row.try_get(3)?,
                post: post.map(PostId::from_uuid),
                outcome: from_name(row.try_get(5)?)?,
                origin: from_json(row.try_get(6)?)?,
            };
            Ok((Seq(number(row.try_get(0)?)?), entry))
        })
        .collect()
}
