//! The transport on Redis passes the kit.

mod kit;

use std::sync::Arc;

use blog_core::ports::Transport;
use blog_redis::RedisTransport;
use kit::OnRedis;

blog_core::transport_conformance!(OnRedis::<dyn Transport>(|redis| Arc::new(
    RedisTransport::new(redis)
)));
