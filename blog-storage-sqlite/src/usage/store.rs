use async_trait::async_trait;
use blog_core::ports::{
    Account, ModelCall, ModelUsage, Reservation, Settlement, UsageStore, UsageTotal,
};
use blog_core::{Error, Result};
use chrono::NaiveDate;
use sqlx::SqlitePool;
use uuid::Uuid;

use super::{Charge, read};
use crate::writer::{Done, Job, Writer};

/// [`UsageStore`] in an SQLite file. Cheap to clone; made by
/// [`SqliteStorage::usage_store`](crate::SqliteStorage::usage_store), whose writer and readers it
/// shares: reservations of many calls, and commits of posts, share one flush of the disk.
#[derive(Debug, Clone)]
pub struct SqliteUsageStore {
    writer: Writer,
    readers: SqlitePool,
}

impl SqliteUsageStore {
    pub(crate) const fn new(writer: Writer, readers: SqlitePool) -> Self {
        Self { writer, readers }
    }

    async fn write(&self, job: Job) -> Result<Done> {
        self.writer.write(job).await.map_err(Error::from)
    }
}

#[async_trait]
impl UsageStore for SqliteUsageStore {
    async fn reserve(&self, call: &ModelCall, accounts: &[Account]) -> Result<Reservation> {
        call.check(accounts)?;
        let charge = Charge::new(call, accounts)?;
        match self.write(Job::Reserve(Box::new(charge))).await? {
            Done::Reserved(reservation) => Ok(reservation),
            _ => Err(Error::internal("the writer answered another question")),
        }
    }

    async fn settle(&self, call: Uuid, settlement: &Settlement) -> Result<()> {
        settlement.check()?;
        let settlement = Box::new(settlement.clone());
        match self.write(Job::Settle(call, settlement)).await? {
            Done::Found(true) => Ok(()),
            _ => Err(Error::not_found("call")),
        }
    }

    async fn usage(&self, before: Option<Uuid>, limit: usize) -> Result<Vec<ModelUsage>> {
        Ok(read::page(&self.readers, before, limit).await?)
    }

    async fn totals(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<UsageTotal>> {
        Ok(read::totals(&self.readers, from, to).await?)
    }

    async fn forget(&self, before: NaiveDate) -> Result<()> {
        let before = before.to_epoch_days();
        while let Done::Found(true) = self.write(Job::ForgetUsage { before }).await? {}
        Ok(())
    }
}
