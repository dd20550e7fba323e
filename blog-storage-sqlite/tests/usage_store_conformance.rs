//! What models have cost, in SQLite, passes the kit.

mod folder;

use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup};
use blog_core::ports::UsageStore;
use folder::Folder;

struct Sqlite;

impl Fixture for Sqlite {
    const NAME: &'static str = "sqlite";
    type Port = dyn UsageStore;
    type Place = Folder;

    async fn place(&self) -> Setup<Folder> {
        Folder::new()
    }

    async fn open(&self, place: &Folder) -> Setup<Arc<dyn UsageStore>> {
        Ok(Arc::new(place.open().await?.usage_store()))
    }

    async fn crash(&self, place: &Folder) -> Setup<()> {
        place.crash()
    }

    async fn remove(&self, place: Folder) -> Setup<()> {
        place.remove()
    }
}

blog_core::usage_store_conformance!(Sqlite);
