use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::Result;

/// Bytes that several nodes keep for each other. Nothing is lost when all of it is gone.
///
/// # Promises
///
/// 1. [`get`](Cache::get) answers what the last [`put`](Cache::put) of the key kept, on whichever
///    node, or nothing, as after a [`remove`](Cache::remove); never a part of it, never another
///    key's.
/// 2. After its time an entry is gone. It may go earlier.
/// 3. A call ends within a bounded time; a cache that is away is an `Unavailable` error, and works
///    again by itself once it is back.
#[async_trait]
pub trait Cache: Send + Sync + std::fmt::Debug {
    /// What is kept under `key`.
    async fn get(&self, key: &str) -> Result<Option<Bytes>>;

    /// Keeps `value` under `key` for at most so long, in place of what was there.
    async fn put(&self, key: &str, value: Bytes, keep: Duration) -> Result<()>;

    /// Forgets what is kept under `key`.
    async fn remove(&self, key: &str) -> Result<()>;
}
