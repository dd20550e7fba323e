use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup, SetupError};
use blog_storage_postgres::PostgresStorage;

use crate::postgres::TestSchema;
use crate::postgres::run::Way;

/// PostgreSQL for the kit: how it is reached, and how a port is made of a storage.
pub(crate) struct Postgres<P: ?Sized>(pub(crate) Way, pub(crate) fn(PostgresStorage) -> Arc<P>);

fn broken(error: impl std::fmt::Display) -> SetupError {
    SetupError::Broken(error.to_string())
}

impl<P: ?Sized + Send + Sync + 'static> Fixture for Postgres<P> {
    const NAME: &'static str = "postgres";
    type Port = P;
    type Place = Arc<TestSchema>;

    async fn place(&self) -> Setup<Self::Place> {
        TestSchema::new(self.0).await.map(Arc::new).map_err(broken)
    }

    async fn open(&self, place: &Self::Place) -> Setup<Arc<P>> {
        let storage = PostgresStorage::connect_with(&place.config().map_err(broken)?).await;
        Ok((self.1)(storage.map_err(broken)?))
    }

    /// All nodes lose their connections; what the server does in a power cut is PostgreSQL's own
    /// promise, and `restart.rs` crashes a server.
    async fn crash(&self, place: &Self::Place) -> Setup<()> {
        place.cut_connections().await.map_err(broken)
    }

    async fn remove(&self, place: Self::Place) -> Setup<()> {
        place.remove().await.map_err(broken)
    }
}
