//! PostgreSQL and Redis of a test's own, which it may stop and freeze.
#![allow(clippy::expect_used, reason = "a test fails by it")]
#![allow(unused_imports, reason = "each test uses what it needs")]

#[path = "../../../../blog-storage-postgres/tests/server/mod.rs"]
mod postgres;
#[path = "../../../../blog-redis/tests/redis/server.rs"]
mod redis_server;

pub(crate) use postgres::Server as PostgresServer;
pub(crate) use redis_server::{RedisServer, unused_port};
