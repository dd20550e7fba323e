//! Pools of connections, and what is at their other end.

use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::PgPoolOptions;

use crate::config::PostgresConfig;
use crate::database::Database;
use crate::error::Result;
use crate::schema::Schema;

/// A connection that nobody has used for so long is looked at, for as long, before it is used.
const IDLE: Duration = Duration::from_secs(1);
/// A setting that means nothing to the server, and that it keeps for a connection.
const MARK: (&str, &str) = ("blog.is_direct", "yes");

/// A pool of at most so many connections.
pub(crate) fn pool(config: &PostgresConfig, connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(config.patience)
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                let look = tokio::time::timeout(IDLE, connection.ping());
                Ok(state.idle_for < IDLE || matches!(look.await, Ok(Ok(()))))
            })
        })
}

/// Whether a pooler answers in the server's place: it refuses or drops what a connection is told at
/// its start, for it lends the same one to others.
pub(crate) async fn leads_to_pooler(config: &PostgresConfig, schema: &Schema) -> Result<bool> {
    let marked = config.connect_options()?.options([MARK]);
    let database = Database {
        pool: pool(config, 1).connect_lazy_with(marked),
        schema: schema.clone(),
        is_pooled: true,
    };
    let ask = sqlx::query("SELECT current_setting($1, true)").bind(MARK.0);
    let mark = database.value::<String>(ask).await;
    database.pool.close().await;
    match mark {
        Ok(mark) => Ok(mark.as_deref() != Some(MARK.1)),
        Err(error) if error.refuses_settings() => Ok(true),
        Err(error) => Err(error.at_start()),
    }
}
