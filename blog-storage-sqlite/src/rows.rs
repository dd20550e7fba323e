//! Rows and what they mean: the only place that knows the order of columns.

use blog_core::domain::{
    ContentHash, Contributor, Locale, LogPosition, Post, PostId, Slug, Status, Version, VersionKind,
};
use blog_core::tables::{Fields, Rest};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::error::{Result, SqliteError};

/// Bytes below this stay as they are: packing them gains nothing.
const WORTH_PACKING: usize = 256;

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
         v.log_position, v.fields, v.packed, v.body"
    };
}

pub(crate) use {post_columns, version_columns};

pub(crate) const POST_COLUMNS: usize = 15;
pub(crate) const VERSION_COLUMNS: usize = 11;

pub(crate) fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

pub(crate) fn time(micros: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).ok_or(SqliteError::Corrupt("time"))
}

pub(crate) fn id_bytes(id: &PostId) -> &[u8] {
    id.as_uuid().as_bytes()
}

/// An id for `unhex`: JSON has no bytes.
pub(crate) fn id_hex(id: &PostId) -> String {
    id.as_uuid().simple().to_string()
}

pub(crate) fn id(bytes: &[u8]) -> Result<PostId> {
    Uuid::from_slice(bytes)
        .map(PostId::from_uuid)
        .map_err(|_| SqliteError::Corrupt("id"))
}

pub(crate) fn number<T: TryFrom<i64>>(stored: i64) -> Result<T> {
    T::try_from(stored).map_err(|_| SqliteError::Corrupt("number"))
}

pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|_| SqliteError::Corrupt("value"))
}

pub(crate) fn from_json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| SqliteError::Corrupt("value"))
}

/// A name as serde writes it, without quotes.
pub(crate) fn name(value: &impl Serialize) -> Result<String> {
    Ok(json(value)?.trim_matches('"').to_owned())
}

pub(crate) fn from_name<T: for<'a> Deserialize<'a>>(name: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::from(name)).map_err(|_| SqliteError::Corrupt("name"))
}

/// Bytes as they are stored, and whether they are packed.
pub(crate) fn pack(bytes: &[u8]) -> (bool, Vec<u8>) {
    if bytes.len() >= WORTH_PACKING {
        let packed = lz4_flex::block::compress_prepend_size(bytes);
        if packed.len() < bytes.len() {
            return (true, packed);
        }
    }
    (false, bytes.to_vec())
}

pub(crate) fn unpack(packed: bool, bytes: &[u8]) -> Result<Vec<u8>> {
    if packed {
        let unpacked = lz4_flex::block::decompress_size_prepended(bytes);
        unpacked.map_err(|_| SqliteError::Corrupt("block"))
    } else {
        Ok(bytes.to_vec())
    }
}

/// Reads [`post_columns`], beginning at the first.
pub(crate) fn post(row: &SqliteRow) -> Result<Post> {
    let optional_time = |column: usize| -> Result<Option<DateTime<Utc>>> {
        row.try_get::<Option<i64>, _>(column)?.map(time).transpose()
    };
    let rest: Rest = from_json(row.try_get(14)?)?;
    let published: Option<i64> = row.try_get(6)?;
    Ok(Post {
        id: id(row.try_get(0)?)?,
        locale: Locale::parse(row.try_get(1)?).map_err(|_| SqliteError::Corrupt("locale"))?,
        slug: Slug::parse(row.try_get(2)?).map_err(|_| SqliteError::Corrupt("slug"))?,
        status: Status::from_name(row.try_get(3)?).ok_or(SqliteError::Corrupt("status"))?,
        author: row.try_get(4)?,
        head: number(row.try_get(5)?)?,
        published: published.map(number).transpose()?,
        revision: number(row.try_get(7)?)?,
        public_revision: number(row.try_get(8)?)?,
        public_updated_at: optional_time(9)?,
        scheduled_at: optional_time(10)?,
        published_at: optional_time(11)?,
        created_at: time(row.try_get(12)?)?,
        updated_at: time(row.try_get(13)?)?,
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
pub(crate) fn version(row: &SqliteRow, first: usize, post: PostId) -> Result<Version> {
    let Fields {
        mut content,
        summary,
        contributors,
        passages,
        restored,
        provenance,
        accepted,
    } = from_json(row.try_get(first + 8)?)?;
    let body = unpack(row.try_get(first + 9)?, row.try_get(first + 10)?)?;
    content.body = String::from_utf8(body).map_err(|_| SqliteError::Corrupt("body"))?;
    let hash: &[u8] = row.try_get(first + 6)?;
    let kind: VersionKind = from_name(row.try_get(first + 3)?)?;
    let log_position: Option<&str> = row.try_get(first + 7)?;
    let log_position: Option<LogPosition> = log_position.map(from_json).transpose()?;
    Ok(Version {
        post,
        number: number(row.try_get(first)?)?,
        revision: number(row.try_get(first + 1)?)?,
        content,
        author: row.try_get(first + 2)?,
        kind,
        message: row.try_get(first + 4)?,
        created_at: time(row.try_get(first + 5)?)?,
        content_hash: ContentHash(hash.try_into().map_err(|_| SqliteError::Corrupt("hash"))?),
        summary,
        log_position,
        contributors,
        passages,
        restored,
        provenance,
        accepted,
    })
}
