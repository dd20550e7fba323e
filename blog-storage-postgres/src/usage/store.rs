use std::sync::Arc;

use async_trait::async_trait;
use blog_core::Result;
use blog_core::ports::{
    Account, ModelCall, ModelUsage, Reservation, Settlement, UsageStore, UsageTotal,
};
use chrono::NaiveDate;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use uuid::Uuid;

use super::{charge, read};
use crate::database::{Database, LATE};
use crate::error::PostgresError;

/// [`UsageStore`] in a schema of a PostgreSQL database. Cheap to clone; made by
/// [`PostgresStorage::usage_store`](crate::PostgresStorage::usage_store).
#[derive(Debug, Clone)]
pub struct PostgresUsageStore {
    database: Database,
    writers: Database,
    charging: Arc<Semaphore>,
}

impl PostgresUsageStore {
    /// Reads on the first connections, and writes on the others, on as many at once as it is allowed.
    pub(crate) const fn new(
        database: Database,
        writers: Database,
        charging: Arc<Semaphore>,
    ) -> Self {
        Self {
            database,
            writers,
            charging,
        }
    }

    /// Writes once it may have a connection for it: all calls wait for the same accounts, and must not do so
    /// with connections that others need. It goes on if whoever asked is gone, for a statement that was sent
    /// keeps its connection until it has ended.
    async fn in_turn<T, W>(&self, write: impl FnOnce(Database) -> W) -> Result<T, PostgresError>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, PostgresError>> + Send + 'static,
    {
        let turn = timeout(LATE, Arc::clone(&self.charging).acquire_owned()).await;
        let turn = turn.map_err(|_| PostgresError::Late)?;
        let turn = turn.map_err(|_| PostgresError::Stopped)?;
        let write = write(self.writers.clone());
        let writing = tokio::spawn(async move {
            let _turn = turn;
            write.await
        });
        writing.await.map_err(|_| PostgresError::Stopped)?
    }
}

#[async_trait]
impl UsageStore for PostgresUsageStore {
    async fn reserve(&self, call: &ModelCall, accounts: &[Account]) -> Result<Reservation> {
        call.check(accounts)?;
        let (call, accounts) = (call.clone(), accounts.to_vec());
        let reserved = self
            .in_turn(|writers| async move { charge::reserve(&writers, &call, &accounts).await });
        Ok(reserved.await?)
    }

    async fn settle(&self, call: Uuid, settlement: &Settlement) -> Result<()> {
        settlement.check()?;
        let settlement = settlement.clone();
        let settled = self
            .in_turn(|writers| async move { charge::settle(&writers, call, &settlement).await });
        Ok(settled.await?)
    }

    async fn usage(&self, before: Option<Uuid>, limit: usize) -> Result<Vec<ModelUsage>> {
        Ok(read::page(&self.database, before, limit).await?)
    }

    async fn totals(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<UsageTotal>> {
        Ok(read::totals(&self.database, from, to).await?)
    }

    async fn forget(&self, before: NaiveDate) -> Result<()> {
        Ok(charge::forget(&self.writers, before.to_epoch_days()).await?)
    }
}
