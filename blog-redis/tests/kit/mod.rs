//! What the kit works with: nodes on a Redis of their own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing step fails its case"
)]

#[expect(dead_code, reason = "the other suites use it")]
#[path = "../redis/server.rs"]
mod server;

use std::sync::Arc;
use std::time::Duration;

use blog_core::conformance::{Fixture, Setup, SetupError};
use blog_redis::{Redis, RedisConfig};
use server::RedisServer;
use tokio::sync::Mutex;

/// A Redis for each place, and how a port is made of a connection to it.
pub(crate) struct OnRedis<P: ?Sized>(pub(crate) fn(&Redis) -> Arc<P>);

impl<P: ?Sized + Send + Sync + 'static> Fixture for OnRedis<P> {
    const NAME: &'static str = "redis";
    type Port = P;
    type Place = Arc<Mutex<RedisServer>>;

    async fn place(&self) -> Setup<Self::Place> {
        Ok(Arc::new(Mutex::new(RedisServer::start().await)))
    }

    async fn open(&self, place: &Self::Place) -> Setup<Arc<P>> {
        let mut config = RedisConfig::default();
        // The machine may be busy with other tests.
        config.timeout = Duration::from_secs(3);
        config.connect_timeout = Duration::from_secs(3);
        config.pause = Duration::from_millis(100);
        let redis = Redis::connect(&place.lock().await.url(), config).await;
        let redis = redis.map_err(|error| SetupError::Broken(error.to_string()))?;
        Ok((self.0)(&redis))
    }

    async fn interrupt(&self, place: &Self::Place) -> Setup<()> {
        place.lock().await.stop();
        Ok(())
    }

    async fn restore(&self, place: &Self::Place) -> Setup<()> {
        place.lock().await.restart().await;
        Ok(())
    }

    async fn freeze(&self, place: &Self::Place) -> Setup<()> {
        place.lock().await.freeze();
        Ok(())
    }

    async fn thaw(&self, place: &Self::Place) -> Setup<()> {
        place.lock().await.thaw();
        Ok(())
    }

    async fn forget(&self, place: &Self::Place) -> Setup<()> {
        place.lock().await.ask::<()>(&["FLUSHALL"]).await;
        Ok(())
    }
}
