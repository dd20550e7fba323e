//! What users of the adapter can rely on, each on a real Redis.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing step fails its test"
)]

mod access;
mod cache;
#[cfg(feature = "cluster")]
mod cluster;
mod encryption;
mod faults;
mod presence;
mod rate_limiter;
mod server;
mod transport;
