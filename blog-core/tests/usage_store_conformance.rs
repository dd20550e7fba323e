//! The in-memory store of what models have cost passes the kit.

use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup, Waiver};
use blog_core::memory::MemoryUsageStore;
use blog_core::ports::UsageStore;

struct Memory;

impl Fixture for Memory {
    const NAME: &'static str = "memory";
    type Port = dyn UsageStore;
    type Place = MemoryUsageStore;

    async fn place(&self) -> Setup<MemoryUsageStore> {
        Ok(MemoryUsageStore::default())
    }

    async fn open(&self, place: &MemoryUsageStore) -> Setup<Arc<dyn UsageStore>> {
        Ok(Arc::new(place.clone()))
    }

    fn waivers(&self) -> &'static [Waiver] {
        &[Waiver {
            case: "crashes::what_was_acknowledged_survives_a_crash",
            reason: "memory is not durable",
        }]
    }
}

blog_core::usage_store_conformance!(Memory);
