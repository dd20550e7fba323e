use blog_core::domain::{PostId, Scope, Version};
use blog_core::ports::VersionHeader;
use sqlx::Row;

use crate::database::Database;
use crate::error::{PostgresError, Result};
use crate::rows::{self, POST_COLUMNS, from_name, number, stored, stored_number};

const ONE: &str = concat!(
    "SELECT ",
    rows::post_columns!(),
    ", ",
    rows::version_columns!(),
    " FROM blog.posts p JOIN blog.versions v ON v.post = p.id WHERE p.id = $1 AND v.number = $2"
);

pub(crate) async fn one(
    database: &Database,
    scope: &Scope,
    post: PostId,
    wanted: u32,
) -> Result<Option<Version>> {
    let statement = database.statement(ONE).bind(*post.as_uuid());
    let row = database.row(statement.bind(stored_number(wanted))).await?;
    let Some(row) = row else { return Ok(None) };
    let owner = rows::post(&row)?;
    let is_published = owner.is_public() && owner.published == Some(wanted);
    if !is_published && !scope.sees_head_of(&owner) {
        return Ok(None);
    }
    rows::version(&row, POST_COLUMNS, post).map(Some)
}

const HEADERS: &str = concat!(
    "SELECT ",
    rows::post_columns!(),
    ", v.number, v.revision, v.fields::json -> 'content' ->> 'title', v.author, v.kind, \
     v.message, v.created_at, (v.fields::json -> 'contributors')::text, \
     (v.fields::json -> 'provenance')::text \
     FROM blog.posts p JOIN blog.versions v ON v.post = p.id \
     WHERE p.id = $1 AND v.number < $2 ORDER BY v.number DESC LIMIT $3"
);

pub(crate) async fn headers(
    database: &Database,
    scope: &Scope,
    post: PostId,
    before: Option<u32>,
    limit: usize,
) -> Result<Vec<VersionHeader>> {
    let statement = database
        .statement(HEADERS)
        .bind(*post.as_uuid())
        .bind(before.map_or(i32::MAX, stored_number))
        .bind(stored(limit as u64));
    let rows = database.rows(statement).await?;
    let mut headers = Vec::with_capacity(rows.len());
    for row in &rows {
        if headers.is_empty() && !scope.sees_head_of(&rows::post(row)?) {
            return Ok(vec![]);
        }
        let version: i32 = row.try_get(POST_COLUMNS)?;
        let provenance: Option<&str> = row.try_get(POST_COLUMNS + 8)?;
        headers.push(VersionHeader {
            number: u32::try_from(version).map_err(|_| PostgresError::Corrupt("number"))?,
            revision: number(row.try_get(POST_COLUMNS + 1)?)?,
            title: row.try_get(POST_COLUMNS + 2)?,
            author: row.try_get(POST_COLUMNS + 3)?,
            kind: from_name(row.try_get(POST_COLUMNS + 4)?)?,
            message: row.try_get(POST_COLUMNS + 5)?,
            created_at: row.try_get(POST_COLUMNS + 6)?,
            contributors: rows::contributors(row.try_get(POST_COLUMNS + 7)?)?,
            provenance: provenance.map(rows::from_json).transpose()?,
        });
    }
    Ok(headers)
}
