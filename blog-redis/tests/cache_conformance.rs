//! The cache on Redis passes the kit.

mod kit;

use std::sync::Arc;

use blog_core::ports::Cache;
use blog_redis::RedisCache;
use kit::OnRedis;

blog_core::cache_conformance!(OnRedis::<dyn Cache>(|redis| Arc::new(RedisCache::new(
    redis
))));
