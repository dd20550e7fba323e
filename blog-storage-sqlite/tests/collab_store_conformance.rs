//! Live documents in SQLite pass the kit.

mod folder;

use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup};
use blog_core::ports::CollabStore;
use folder::Folder;

struct Sqlite;

impl Fixture for Sqlite {
    const NAME: &'static str = "sqlite";
    type Port = dyn CollabStore;
    type Place = Folder;

    async fn place(&self) -> Setup<Folder> {
        Folder::new()
    }

    async fn open(&self, place: &Folder) -> Setup<Arc<dyn CollabStore>> {
        Ok(Arc::new(place.open().await?.collab_store()))
    }

    async fn crash(&self, place: &Folder) -> Setup<()> {
        place.crash()
    }

    async fn remove(&self, place: Folder) -> Setup<()> {
        place.remove()
    }
}

blog_core::collab_store_conformance!(Sqlite);
