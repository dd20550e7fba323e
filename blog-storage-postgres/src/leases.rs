use blog_core::domain::AuthorId;
use blog_core::domain::PostId;
use blog_core::ports::{IdempotencyRecord, Lease};
use chrono::{DateTime, Utc};
use sqlx::Row;

use crate::database::Database;
use crate::error::{PostgresError, Result};
use crate::rows::{number, stored};

pub(crate) async fn acquire(
    database: &Database,
    name: &str,
    holder: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Lease>> {
    let statement = database.statement(
        "INSERT INTO blog.leases AS held (name, holder, token, expires_at) \
         VALUES ($1, $2, 1, $3) ON CONFLICT (name) DO UPDATE SET \
         token = held.token + CASE WHEN held.expires_at <= $4 THEN 1 ELSE 0 END, \
         holder = $2, expires_at = $3 \
         WHERE held.holder = $2 OR held.expires_at <= $4 RETURNING token",
    );
    let statement = statement.bind(name).bind(holder).bind(until).bind(now);
    let token = database.value::<i64>(statement).await?;
    let lease = |token: i64| -> Result<Lease> {
        Ok(Lease {
            name: name.to_owned(),
            holder: holder.to_owned(),
            token: number(token)?,
            expires_at: until,
        })
    };
    token.map(lease).transpose()
}

pub(crate) async fn release(database: &Database, lease: &Lease) -> Result<()> {
    let statement = database.statement(
        "UPDATE blog.leases SET expires_at = '-infinity' \
         WHERE name = $1 AND holder = $2 AND token = $3",
    );
    let statement = statement.bind(&lease.name).bind(&lease.holder);
    database.rows(statement.bind(stored(lease.token))).await?;
    Ok(())
}

pub(crate) async fn idempotency(
    database: &Database,
    actor: &AuthorId,
    key: &str,
) -> Result<Option<IdempotencyRecord>> {
    let statement = database.statement(
        "SELECT request_hash, post, at FROM blog.idempotency WHERE actor = $1 AND key = $2",
    );
    let row = database.row(statement.bind(actor).bind(key)).await?;
    row.map(|row| {
        let hash: &[u8] = row.try_get(0)?;
        Ok(IdempotencyRecord {
            actor: actor.clone(),
            key: key.to_owned(),
            request_hash: hash
                .try_into()
                .map_err(|_| PostgresError::Corrupt("hash"))?,
            post: PostId::from_uuid(row.try_get(1)?),
            at: row.try_get(2)?,
        })
    })
    .transpose()
}
