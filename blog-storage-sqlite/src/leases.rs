use blog_core::domain::AuthorId;
use blog_core::ports::{IdempotencyRecord, Lease};
use chrono::{DateTime, Utc};
use sqlx::{Row, SqliteConnection, SqlitePool};

use crate::error::{Result, SqliteError};
use crate::rows::{id, micros, number, stored, time};

/// A lease that somebody wants.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) holder: String,
    pub(crate) now: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
}

pub(crate) async fn acquire(
    connection: &mut SqliteConnection,
    wanted: &Wanted,
) -> Result<Option<Lease>> {
    let token: Option<i64> = sqlx::query_scalar(
        "INSERT INTO blog_leases (name, holder, token, expires_at) VALUES ($1, $2, 1, $3) \
         ON CONFLICT (name) DO UPDATE SET \
         token = token + (expires_at <= $4), holder = $2, expires_at = $3 \
         WHERE holder = $2 OR expires_at <= $4 RETURNING token",
    )
    .bind(&wanted.name)
    .bind(&wanted.holder)
    .bind(micros(wanted.until))
    .bind(micros(wanted.now))
    .fetch_optional(connection)
    .await?;
    let lease = |token: i64| -> Result<Lease> {
        Ok(Lease {
            name: wanted.name.clone(),
            holder: wanted.holder.clone(),
            token: number(token)?,
            expires_at: wanted.until,
        })
    };
    token.map(lease).transpose()
}

pub(crate) async fn release(connection: &mut SqliteConnection, lease: &Lease) -> Result<()> {
    sqlx::query(
        "UPDATE blog_leases SET expires_at = $1 WHERE name = $2 AND holder = $3 AND token = $4",
    )
    .bind(i64::MIN)
    .bind(&lease.name)
    .bind(&lease.holder)
    .bind(stored(lease.token))
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn idempotency(
    pool: &SqlitePool,
    actor: &AuthorId,
    key: &str,
) -> Result<Option<IdempotencyRecord>> {
    let row = sqlx::query(
        "SELECT request_hash, post, at FROM blog_idempotency WHERE actor = $1 AND key = $2",
    )
    .bind(actor)
    .bind(key)
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        let hash: &[u8] = row.try_get(0)?;
        Ok(IdempotencyRecord {
            actor: actor.clone(),
            key: key.to_owned(),
            request_hash: hash.try_into().map_err(|_| SqliteError::Corrupt("hash"))?,
            post: id(row.try_get(1)?)?,
            at: time(row.try_get(2)?)?,
        })
    })
    .transpose()
}
