//! SQLite passes the kit.

mod folder;

use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup};
use blog_core::ports::Storage;
use folder::Folder;

struct Sqlite;

impl Fixture for Sqlite {
    const NAME: &'static str = "sqlite";
    type Port = dyn Storage;
    type Place = Folder;

    async fn place(&self) -> Setup<Folder> {
        Folder::new()
    }

    async fn open(&self, place: &Folder) -> Setup<Arc<dyn Storage>> {
        Ok(Arc::new(place.open().await?))
    }

    async fn crash(&self, place: &Folder) -> Setup<()> {
        place.crash()
    }

    async fn remove(&self, place: Folder) -> Setup<()> {
        place.remove()
    }
}

blog_core::storage_conformance!(Sqlite);
