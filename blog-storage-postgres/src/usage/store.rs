use async_trait::async_trait;
use blog_core::Result;
use blog_core::ports::{
    Account, ModelCall, ModelUsage, Reservation, Settlement, UsageStore, UsageTotal,
};
use chrono::NaiveDate;
use uuid::Uuid;

use super::{charge, read};
use crate::database::Database;

/// [`UsageStore`] in a schema of a PostgreSQL database. Cheap to clone; made by
/// [`PostgresStorage::usage_store`](crate::PostgresStorage::usage_store).
#[derive(Debug, Clone)]
pub struct PostgresUsageStore {
    database: Database,
    writers: Database,
}

impl PostgresUsageStore {
    /// Reads on the first connections, and writes on the others.
    pub(crate) const fn new(database: Database, writers: Database) -> Self {
        Self { database, writers }
    }
}

#[async_trait]
impl UsageStore for PostgresUsageStore {
    async fn reserve(&self, call: &ModelCall, accounts: &[Account]) -> Result<Reservation> {
        call.check(accounts)?;
        Ok(charge::reserve(&self.writers, call, accounts).await?)
    }

    async fn settle(&self, call: Uuid, settlement: &Settlement) -> Result<()> {
        settlement.check()?;
        Ok(charge::settle(&self.writers, call, settlement).await?)
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
