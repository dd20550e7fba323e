//! A run of tests, by the name that all it makes on the server begins with. A connection of that name
//! is open while the run lives: what is left of a run that has none goes when another begins.
#![allow(dead_code, reason = "each suite uses what it needs")]

use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

/// How tests get to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Direct,
    /// Through PgBouncer, which lends its connections for a transaction at a time.
    PgBouncer,
}

impl Way {
    /// The address that `tests/run` gives.
    pub(crate) fn url(self) -> sqlx::Result<String> {
        let variable = match self {
            Self::Direct => "BLOG_TEST_POSTGRES_URL",
            Self::PgBouncer => "BLOG_TEST_PGBOUNCER_URL",
        };
        std::env::var(variable).map_err(|_| {
            sqlx::Error::Configuration(format!("{variable} is not set: use tests/run").into())
        })
    }

    /// The same for another database.
    pub(crate) fn to(self, database: &str) -> sqlx::Result<String> {
        let url = self.url()?;
        let (server, _) = url.rsplit_once('/').unwrap_or((&url, ""));
        Ok(format!("{server}/{database}"))
    }
}

/// This process's run.
pub(crate) async fn name() -> sqlx::Result<&'static str> {
    static NAME: OnceCell<String> = OnceCell::const_new();
    let name = NAME.get_or_try_init(|| async {
        let (name, mut connection) = begin().await?;
        sweep(&mut connection).await?;
        // Open until the process ends.
        std::mem::forget(connection);
        sqlx::Result::Ok(name)
    });
    name.await.map(String::as_str)
}

/// A new run, and the connection that it lives by.
pub(crate) async fn begin() -> sqlx::Result<(String, PgConnection)> {
    let number = RandomState::new().hash_one(std::process::id());
    let name = format!("blog_test_{number:016x}");
    let connection =
        PgConnection::connect(&format!("{}?application_name={name}", Way::Direct.url()?));
    Ok((name, connection.await?))
}

/// Removes what runs have left that live no more.
pub(crate) async fn sweep(connection: &mut PgConnection) -> sqlx::Result<()> {
    // What is listed was there when the statement began, and its run's connection before it.
    let removals: Vec<String> = sqlx::query_scalar(
        "SELECT removal FROM (
            SELECT nspname, format('DROP SCHEMA IF EXISTS %I CASCADE', nspname) FROM pg_namespace
            UNION ALL
            SELECT datname, format('DROP DATABASE IF EXISTS %I WITH (FORCE)', datname) FROM pg_database
            UNION ALL
            SELECT rolname, format('DROP ROLE IF EXISTS %I', rolname) FROM pg_roles
        ) AS made (name, removal)
        WHERE name ~ '^blog_test_[0-9a-f]{16}_' AND NOT EXISTS
            (SELECT 1 FROM pg_stat_activity WHERE application_name = left(name, 26))",
    )
    .fetch_all(&mut *connection)
    .await?;
    for removal in removals {
        // Another run may be at it, too; what stays is the next one's.
        let _ = sqlx::raw_sql(AssertSqlSafe(removal))
            .execute(&mut *connection)
            .await;
    }
    Ok(())
}

/// Runs statements on a connection of their own.
pub(crate) async fn execute(url: &str, statements: &[&str]) -> sqlx::Result<()> {
    // PgBouncer refuses what it does not know of.
    let options = PgConnectOptions::from_str(url)?.extra_float_digits(None);
    let mut connection = PgConnection::connect_with(&options).await?;
    for statement in statements {
        sqlx::raw_sql(AssertSqlSafe(*statement))
            .execute(&mut connection)
            .await?;
    }
    connection.close().await
}
