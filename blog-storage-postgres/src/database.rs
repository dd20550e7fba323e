//! The database's connections, and how a statement is carried out on one of them.

use std::time::Duration;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Connection, Decode, PgConnection, PgPool, Postgres, Row, Type};

use crate::error::{PostgresError, Result};
use crate::schema::Schema;

/// Longer than any statement of ours takes, and shorter than those wait who want an answer.
pub(crate) const LATE: Duration = Duration::from_secs(20);

/// How often what crossed another's transaction is tried.
const TRIES: usize = 4;

/// A statement with its parameters.
pub(crate) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// Connections, and the schema that statements on them name.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pub(crate) pool: PgPool,
    pub(crate) schema: Schema,
    /// Whether a pooler lends the server's connections, each for one transaction.
    pub(crate) is_pooled: bool,
}

impl Database {
    /// A statement, which names this schema.
    pub(crate) fn statement(&self, text: &'static str) -> Statement<'static> {
        sqlx::query(self.schema.sql(text))
    }

    /// Carries a statement out, and answers its rows.
    pub(crate) async fn rows(&self, statement: Statement<'_>) -> Result<Vec<PgRow>> {
        if self.is_pooled {
            // A statement is prepared and then executed. Outside a transaction the pooler may send
            // the two to different servers' connections, where a name may also be another client's.
            let unnamed = statement.persistent(false);
            self.transaction(async |connection| Ok(unnamed.fetch_all(connection).await?))
                .await
        } else {
            self.in_time(async |connection| Ok(statement.fetch_all(connection).await?))
                .await
        }
    }

    /// Carries statements out in a transaction: all or, after an error, none. They must not be
    /// persistent: behind a pooler the next transaction may be on another of the server's
    /// connections.
    pub(crate) async fn transaction<T>(
        &self,
        statements: impl AsyncFnOnce(&mut PgConnection) -> Result<T>,
    ) -> Result<T> {
        self.in_time(async |connection| {
            let mut transaction = connection.begin().await?;
            let result = statements(&mut transaction).await?;
            transaction.commit().await?;
            Ok(result)
        })
        .await
    }

    async fn in_time<T>(
        &self,
        answer: impl AsyncFnOnce(&mut PgConnection) -> Result<T>,
    ) -> Result<T> {
        let mut connection = self.pool.acquire().await?;
        match tokio::time::timeout(LATE, answer(&mut connection)).await {
            Ok(result) => result,
            Err(_) => {
                // Nobody is there any more for what it may yet say.
                drop(connection.detach());
                Err(PostgresError::Late)
            }
        }
    }

    /// The first row of an answer.
    pub(crate) async fn row(&self, statement: Statement<'_>) -> Result<Option<PgRow>> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// The first row's first column, if it is there and not null.
    pub(crate) async fn value<T>(&self, statement: Statement<'_>) -> Result<Option<T>>
    where
        T: for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        let row = self.row(statement).await?;
        let value: Option<Option<T>> = row.map(|row| row.try_get(0)).transpose()?;
        Ok(value.flatten())
    }
}

/// Tries again what crossed another's transaction, and so left nothing behind.
pub(crate) async fn tried_again<T, F: Future<Output = Result<T>>>(
    mut attempt: impl FnMut() -> F,
) -> Result<T> {
    let mut tries = 1;
    loop {
        match attempt().await {
            Err(error) if error.is_crossing() && tries < TRIES => tries += 1,
            result => return result,
        }
    }
}
