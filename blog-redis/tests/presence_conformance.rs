//! Presence on Redis passes the kit.

mod kit;

use std::sync::Arc;

use blog_core::ports::Presence;
use blog_redis::RedisPresence;
use kit::OnRedis;

blog_core::presence_conformance!(OnRedis::<dyn Presence>(|redis| Arc::new(
    RedisPresence::new(redis)
)));
