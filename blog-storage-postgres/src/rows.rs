//! Rows and what they mean: the only place that knows the order of columns.

use blog_core::domain::{
    ContentHash, Contributor, Locale, LogPosition, Post, PostId, Slug, Status, Version,
};
use blog_core::tables::{Fields, Rest};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::error::{PostgresError, Result};

/// Columns of a post, for [`post`].
macro_rules! post_columns {
    () => {
        "p.id, p.locale, p.slug, p.status, p.author, p.head, p.published, p.revision, \
         p.public_revision, p.public_updated_at, p.scheduled_at, p.published_at, p.created_at, \
         p.updated_at, p.rest"
    };
}

/// Columns of a version, for [`version`].
macro_rules! version_columns {
    () => {
        "v.number, v.revision, v.author, v.kind, v.message, v.created_at, v.content_hash, \
         v.log_position, v.fields, v.body"
    };
}

pub(crate) use {post_columns, version_columns};

pub(crate) const POST_COLUMNS: usize = 15;

pub(crate) fn number<T: TryFrom<i64>>(stored: i64) -> Result<T> {
    T::try_from(stored).map_err(|_| PostgresError::Corrupt("number"))
}

pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn stored_number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn version_number(stored: i32) -> Result<u32> {
    u32::try_from(stored).map_err(|_| PostgresError::Corrupt("number"))
}

pub(crate) fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|_| PostgresError::Corrupt("value"))
}

pub(crate) fn from_json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| PostgresError::Corrupt("value"))
}

/// A name as serde writes it, without quotes.
pub(crate) fn name(value: &impl Serialize) -> Result<String> {
    Ok(json(value)?.trim_matches('"').to_owned())
}

pub(crate) fn from_name<T: for<'a> Deserialize<'a>>(name: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::from(name))
        .map_err(|_| PostgresError::Corrupt("name"))
}

/// Reads [`post_columns`], beginning at the first.
pub(crate) fn post(row: &PgRow) -> Result<Post> {
    let rest: Rest = from_json(row.try_get(14)?)?;
    let published: Option<i32> = row.try_get(6)?;
    Ok(Post {
        id: PostId::from_uuid(row.try_get(0)?),
        locale: Locale::parse(row.try_get(1)?).map_err(|_| PostgresError::Corrupt("locale"))?,
        slug: Slug::parse(row.try_get(2)?).map_err(|_| PostgresError::Corrupt("slug"))?,
        status: Status::from_name(row.try_get(3)?).ok_or(PostgresError::Corrupt("status"))?,
        author: row.try_get(4)?,
        head: version_number(row.try_get(5)?)?,
        published: published.map(version_number).transpose()?,
        revision: number(row.try_get(7)?)?,
        public_revision: number(row.try_get(8)?)?,
        public_updated_at: row.try_get(9)?,
        scheduled_at: row.try_get(10)?,
        published_at: row.try_get(11)?,
        created_at: row.try_get(12)?,
        updated_at: row.try_get(13)?,
        translation_of: rest.translation_of,
        coauthors: rest.coauthors,
        locked_by: rest.locked_by,
        ai_generated: rest.ai_generated,
        published_ai_generated: rest.published_ai_generated,
    })
}

/// The contributors as [`Fields`] has them, which are left out where there are none.
pub(crate) fn contributors(json: Option<&str>) -> Result<Vec<Contributor>> {
    Ok(json.map(from_json).transpose()?.unwrap_or_default())
}

/// Reads [`version_columns`], beginning at column `first`.
pub(crate) fn version(row: &PgRow, first: usize, post: PostId) -> Result<Version> {
    let Fields {
        mut content,
        summary,
        contributors,
        passages,
        restored,
        provenance,
        accepted,
    } = from_json(row.try_get(first + 8)?)?;
    content.body = row.try_get(first + 9)?;
    let hash: &[u8] = row.try_get(first + 6)?;
    let log_position: Option<&str> = row.try_get(first + 7)?;
    let log_position: Option<LogPosition> = log_position.map(from_json).transpose()?;
    Ok(Version {
        post,
        number: version_number(row.try_get(first)?)?,
        revision: number(row.try_get(first + 1)?)?,
        content,
        author: row.try_get(first + 2)?,
        kind: from_name(row.try_get(first + 3)?)?,
        message: row.try_get(first + 4)?,
        created_at: row.try_get(first + 5)?,
        content_hash: ContentHash(
            hash.try_into()
                .map_err(|_| PostgresError::Corrupt("hash"))?,
        ),
        summary,
        log_position,
        contributors,
        passages,
        restored,
        provenance,
        accepted,
    })
}
