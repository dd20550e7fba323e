use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::Instant;

use crate::error::Result;
use crate::ports::Cache;

/// How many entries are kept at most.
const ENTRIES: usize = 10_000;

/// The longest that an entry is kept: its end is a time that the clock can show.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// [`Cache`] in memory. Clones share it, as nodes share a server.
#[derive(Debug, Default, Clone)]
pub struct MemoryCache(Arc<Mutex<HashMap<String, Entry>>>);

#[derive(Debug)]
struct Entry {
    value: Bytes,
    until: Instant,
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries
            .get(key)
            .filter(|entry| entry.until > Instant::now());
        Ok(entry.map(|entry| entry.value.clone()))
    }

    async fn put(&self, key: &str, value: Bytes, keep: Duration) -> Result<()> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if entries.len() >= ENTRIES {
            entries.retain(|_, entry| entry.until > now);
        }
        if entries.len() >= ENTRIES {
            entries.clear();
        }
        let until = now + keep.min(LONGEST);
        entries.insert(key.to_owned(), Entry { value, until });
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<()> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.remove(key);
        Ok(())
    }
}
