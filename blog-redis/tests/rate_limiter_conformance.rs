//! The rate limiter on Redis passes the kit.

mod kit;

use std::sync::Arc;

use blog_core::ports::RateLimiter;
use blog_redis::RedisRateLimiter;
use kit::OnRedis;

blog_core::rate_limiter_conformance!(OnRedis::<dyn RateLimiter>(|redis| Arc::new(
    RedisRateLimiter::new(redis)
)));
