//! A schema of its own for each test, on the server that `tests/run` starts.

use std::sync::atomic::{AtomicU32, Ordering};

use blog_storage_postgres::PostgresConfig;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Tells the schemas of one process apart.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A schema in the tests' database.
#[derive(Debug)]
pub(crate) struct TestSchema(String);

/// The server's address.
pub(crate) fn url() -> sqlx::Result<String> {
    std::env::var("BLOG_TEST_POSTGRES_URL").map_err(|_| {
        sqlx::Error::Configuration("BLOG_TEST_POSTGRES_URL is not set: use tests/run".into())
    })
}

impl TestSchema {
    /// A name that is not taken. What a crashed run with the same process id left behind goes.
    pub(crate) async fn new() -> sqlx::Result<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let schema = Self(format!("blog_test_{}_{number}", std::process::id()));
        schema.drop().await?;
        Ok(schema)
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// Connections to it. Each is called by the schema's name.
    pub(crate) fn config(&self) -> sqlx::Result<PostgresConfig> {
        let url = format!("{}?application_name={}", url()?, self.0);
        let mut config = PostgresConfig::new(url);
        config.schema.clone_from(&self.0);
        config.connections = 4;
        Ok(config)
    }

    /// Ends all connections to it, as a lost server would.
    pub(crate) async fn cut_connections(&self) -> sqlx::Result<()> {
        let mut connection = PgConnection::connect(&url()?).await?;
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
        )
        .bind(&self.0)
        .execute(&mut connection)
        .await?;
        connection.close().await
    }

    /// Removes it.
    pub(crate) async fn remove(&self) -> sqlx::Result<()> {
        self.cut_connections().await?;
        self.drop().await
    }

    async fn drop(&self) -> sqlx::Result<()> {
        let mut connection = PgConnection::connect(&url()?).await?;
        let drop = format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", self.0);
        sqlx::raw_sql(AssertSqlSafe(drop))
            .execute(&mut connection)
            .await?;
        connection.close().await
    }
}
