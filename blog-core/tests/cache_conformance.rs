//! The in-memory cache passes the kit.

use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup, Waiver};
use blog_core::memory::MemoryCache;
use blog_core::ports::Cache;

struct Memory;

impl Fixture for Memory {
    const NAME: &'static str = "memory";
    type Port = dyn Cache;
    type Place = MemoryCache;

    async fn place(&self) -> Setup<MemoryCache> {
        Ok(MemoryCache::default())
    }

    async fn open(&self, place: &MemoryCache) -> Setup<Arc<dyn Cache>> {
        Ok(Arc::new(place.clone()))
    }

    fn waivers(&self) -> &'static [Waiver] {
        &[
            Waiver {
                case: "faults::what_was_forgotten_is_nothing_and_can_be_put_again",
                reason: "nobody else can empty it",
            },
            Waiver {
                case: "faults::a_cache_that_is_away_says_so_and_works_again",
                reason: "memory is never away",
            },
            Waiver {
                case: "faults::a_frozen_cache_holds_no_call_up",
                reason: "memory is never frozen",
            },
        ]
    }
}

blog_core::cache_conformance!(Memory);
