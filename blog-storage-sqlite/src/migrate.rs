use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::error::{Result, SqliteError};

/// In order, and only ever added to.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_collab.sql"),
    include_str!("../migrations/0003_collab_appends.sql"),
    include_str!("../migrations/0004_usage.sql"),
];

/// Brings the schema up to date. Any number of programs may do so at once: the first that gets the
/// write lock does it, the others find it done.
pub(crate) async fn migrate(connection: &mut SqliteConnection) -> Result<()> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS blog_migrations (version INTEGER PRIMARY KEY)")
        .execute(&mut *transaction)
        .await?;
    let found: i64 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM blog_migrations")
        .fetch_one(&mut *transaction)
        .await?;
    if found > known {
        return Err(SqliteError::NewerSchema { found, known });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for (version, migration) in (1_i64..).zip(MIGRATIONS).skip(done) {
        sqlx::raw_sql(AssertSqlSafe(*migration))
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO blog_migrations (version) VALUES ($1)")
            .bind(version)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}
