use sqlx::{AssertSqlSafe, PgConnection};

use crate::database::Database;
use crate::error::{PostgresError, Result};
use crate::schema::Schema;

/// In order, and only ever added to.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_collab.sql"),
];

/// Brings the schema up to date. Any number of nodes may do so at once: the first that gets the
/// lock does it, the others find it done.
pub(crate) async fn migrate(database: &Database) -> Result<()> {
    let schema = &database.schema;
    let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    let found = version(database).await?;
    if found == known {
        return Ok(());
    }
    let mut transaction = database.pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("blog migrations of {}", schema.name()))
        .persistent(false)
        .execute(&mut *transaction)
        .await?;
    prepare(&mut transaction, schema).await?;
    let found: i32 = sqlx::query_scalar(schema.sql(VERSION))
        .persistent(false)
        .fetch_one(&mut *transaction)
        .await?;
    if found > known {
        return Err(PostgresError::NewerSchema { found, known });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for (version, migration) in (1_i32..).zip(MIGRATIONS).skip(done) {
        sqlx::raw_sql(AssertSqlSafe(schema.text(migration)))
            .execute(&mut *transaction)
            .await?;
        sqlx::query(schema.sql("INSERT INTO blog.migrations (version) VALUES ($1)"))
            .bind(version)
            .persistent(false)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

const VERSION: &str = "SELECT coalesce(max(version), 0) FROM blog.migrations";

/// The version that is there; 0 without any. Needs no right but to read.
async fn version(database: &Database) -> Result<i32> {
    let table = database.statement("SELECT to_regclass($1)::text");
    let table = table.bind(database.schema.text("blog.migrations"));
    if database.value::<String>(table).await?.is_none() {
        return Ok(0);
    }
    let version = database.value(database.statement(VERSION)).await?;
    Ok(version.unwrap_or(0))
}

/// The schema and the table of migrations. A schema that is there needs no right to make one.
async fn prepare(connection: &mut PgConnection, schema: &Schema) -> Result<()> {
    let is_there: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)")
            .bind(schema.name())
            .persistent(false)
            .fetch_one(&mut *connection)
            .await?;
    if !is_there {
        let create = format!("CREATE SCHEMA \"{}\"", schema.name());
        sqlx::raw_sql(AssertSqlSafe(create))
            .execute(&mut *connection)
            .await?;
    }
    let create = "CREATE TABLE IF NOT EXISTS blog.migrations (version integer PRIMARY KEY)";
    sqlx::raw_sql(schema.sql(create))
        .execute(connection)
        .await?;
    Ok(())
}
