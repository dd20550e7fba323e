use blog_core::domain::{Post, PostId, Scope, Version};
use blog_core::ports::VersionHeader;
use sqlx::{Row, SqlitePool};

use crate::error::Result;
use crate::rows::{self, POST_COLUMNS, from_name, id_bytes, number, stored, time};

pub(crate) async fn one(
    pool: &SqlitePool,
    scope: &Scope,
    post: PostId,
    wanted: u32,
) -> Result<Option<Version>> {
    let row = sqlx::query(concat!(
        "SELECT ",
        rows::post_columns!(),
        ", ",
        rows::version_columns!(),
        " FROM blog_posts p JOIN blog_versions v ON v.post = p.id \
         WHERE p.id = $1 AND v.number = $2"
    ))
    .bind(id_bytes(&post))
    .bind(i64::from(wanted))
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let owner = rows::post(&row)?;
    let published = owner.is_public() && owner.published == Some(wanted);
    if !published && !scope.sees_head_of(&owner) {
        return Ok(None);
    }
    rows::version(&row, POST_COLUMNS, post).map(Some)
}

pub(crate) async fn headers(
    pool: &SqlitePool,
    scope: &Scope,
    post: PostId,
    before: Option<u32>,
    limit: usize,
) -> Result<Vec<VersionHeader>> {
    let owner: Option<Post> = crate::posts::by_id(pool, post).await?;
    if !owner.is_some_and(|owner| scope.sees_head_of(&owner)) {
        return Ok(vec![]);
    }
    let rows = sqlx::query(
        "SELECT number, revision, fields ->> '$.content.title', author, kind, message, created_at, \
         fields -> '$.contributors', fields -> '$.provenance' FROM blog_versions WHERE post = $1 AND number < $2 \
         ORDER BY number DESC LIMIT $3",
    )
    .bind(id_bytes(&post))
    .bind(before.map_or(i64::MAX, i64::from))
    .bind(stored(limit as u64))
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            let provenance: Option<&str> = row.try_get(8)?;
            Ok(VersionHeader {
                number: number(row.try_get(0)?)?,
                revision: number(row.try_get(1)?)?,
                title: row.try_get(2)?,
                author: row.try_get(3)?,
                kind: from_name(row.try_get(4)?)?,
                message: row.try_get(5)?,
                created_at: time(row.try_get(6)?)?,
                contributors: rows::contributors(row.try_get(7)?)?,
                provenance: provenance.map(rows::from_json).transpose()?,
            })
        })
        .collect()
}
