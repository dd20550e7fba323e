#![doc = include_str!("../README.md")]

mod cache;
mod config;
mod connection;
mod error;
mod keeper;
mod line;
mod listener;
mod pauses;
mod presence;
mod rate_limiter;
mod script;
mod server;
mod transport;

pub use cache::RedisCache;
pub use config::RedisConfig;
pub use connection::Redis;
pub use presence::RedisPresence;
pub use rate_limiter::RedisRateLimiter;
pub use transport::RedisTransport;
