use std::time::Duration;

use async_trait::async_trait;
use blog_core::Result;
use blog_core::ports::Cache;
use bytes::Bytes;
use redis::cmd;

use crate::Redis;

/// The longest time that is asked for: Redis refuses what it cannot add to the date.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// [`Cache`] in Redis: one string for each key, gone by Redis's own expiry.
#[derive(Debug, Clone)]
pub struct RedisCache(Redis);

impl RedisCache {
    /// The cache of all who use this Redis with the same key prefix.
    #[must_use]
    pub fn new(redis: &Redis) -> Self {
        Self(redis.clone())
    }

    fn name(&self, key: &str) -> String {
        self.0.name("cache", key)
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        Ok(self.0.call(cmd("GET").arg(self.name(key))).await?)
    }

    async fn put(&self, key: &str, value: Bytes, keep: Duration) -> Result<()> {
        let milliseconds = keep.min(LONGEST).as_millis();
        if milliseconds == 0 {
            // Redis takes no expiry of nothing, and what was there is replaced by nothing.
            return self.remove(key).await;
        }
        let mut set = cmd("SET");
        set.arg(self.name(key)).arg(value.as_ref());
        set.arg("PX")
            .arg(u64::try_from(milliseconds).unwrap_or(u64::MAX));
        Ok(self.0.call(&set).await?)
    }

    async fn remove(&self, key: &str) -> Result<()> {
        Ok(self.0.call(cmd("DEL").arg(self.name(key))).await?)
    }
}
