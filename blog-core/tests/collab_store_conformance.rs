//! The in-memory store of live documents passes the kit.

use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup, Waiver};
use blog_core::memory::MemoryCollabStore;
use blog_core::ports::CollabStore;

struct Memory;

impl Fixture for Memory {
    const NAME: &'static str = "memory";
    type Port = dyn CollabStore;
    type Place = MemoryCollabStore;

    async fn place(&self) -> Setup<MemoryCollabStore> {
        Ok(MemoryCollabStore::default())
    }

    async fn open(&self, place: &MemoryCollabStore) -> Setup<Arc<dyn CollabStore>> {
        Ok(Arc::new(place.clone()))
    }

    fn waivers(&self) -> &'static [Waiver] {
        const {
            &[
                not_durable("crashes::what_was_acknowledged_survives_a_crash"),
                not_durable("crashes::a_crash_leaves_an_append_whole_or_not_at_all"),
                not_durable("crashes::a_crash_while_snapshots_are_stored_loses_nothing"),
            ]
        }
    }
}

const fn not_durable(case: &'static str) -> Waiver {
    Waiver {
        case,
        reason: "memory is not durable",
    }
}

blog_core::collab_store_conformance!(Memory);
