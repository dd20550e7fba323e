//! The oracle passes the kit that it is the oracle of.

use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup, Waiver};
use blog_core::memory::MemoryStorage;
use blog_core::ports::Storage;

struct Memory;

impl Fixture for Memory {
    const NAME: &'static str = "memory";
    type Port = dyn Storage;
    type Place = MemoryStorage;

    async fn place(&self) -> Setup<MemoryStorage> {
        Ok(MemoryStorage::default())
    }

    async fn open(&self, place: &MemoryStorage) -> Setup<Arc<dyn Storage>> {
        Ok(Arc::new(place.clone()))
    }

    fn waivers(&self) -> &'static [Waiver] {
        const {
            &[
                not_durable("durability::what_was_acknowledged_survives_a_crash"),
                not_durable("durability::what_was_changed_and_deleted_stays_so_after_a_crash"),
                not_durable("durability::what_travelled_in_a_commit_survives_a_crash"),
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

blog_core::storage_conformance!(Memory);
