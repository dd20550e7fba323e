//! Live documents in PostgreSQL pass the kit.

#[expect(dead_code, reason = "the other suites use it")]
mod postgres;

use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup, SetupError};
use blog_core::ports::CollabStore;
use blog_storage_postgres::PostgresStorage;
use postgres::TestSchema;

struct Postgres;

fn broken(error: impl std::fmt::Display) -> SetupError {
    SetupError::Broken(error.to_string())
}

impl Fixture for Postgres {
    const NAME: &'static str = "postgres";
    type Port = dyn CollabStore;
    type Place = Arc<TestSchema>;

    async fn place(&self) -> Setup<Self::Place> {
        TestSchema::new().await.map(Arc::new).map_err(broken)
    }

    async fn open(&self, place: &Self::Place) -> Setup<Arc<dyn CollabStore>> {
        let storage = PostgresStorage::connect_with(&place.config().map_err(broken)?).await;
        Ok(Arc::new(storage.map_err(broken)?.collab_store()))
    }

    /// All nodes lose their connections; what the server does in a power cut is PostgreSQL's own
    /// promise, and `faults.rs` stops a server at once.
    async fn crash(&self, place: &Self::Place) -> Setup<()> {
        place.cut_connections().await.map_err(broken)
    }

    async fn remove(&self, place: Self::Place) -> Setup<()> {
        place.remove().await.map_err(broken)
    }
}

blog_core::collab_store_conformance!(Postgres);
