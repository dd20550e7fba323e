//! The in-memory rate limiter passes the kit.

use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup, Waiver};
use blog_core::memory::MemoryRateLimiter;
use blog_core::ports::RateLimiter;

struct Memory;

impl Fixture for Memory {
    const NAME: &'static str = "memory";
    type Port = dyn RateLimiter;
    type Place = MemoryRateLimiter;

    async fn place(&self) -> Setup<MemoryRateLimiter> {
        Ok(MemoryRateLimiter::default())
    }

    async fn open(&self, place: &MemoryRateLimiter) -> Setup<Arc<dyn RateLimiter>> {
        Ok(Arc::new(place.clone()))
    }

    fn waivers(&self) -> &'static [Waiver] {
        &[
            Waiver {
                case: "faults::a_limiter_that_is_away_says_so_and_works_again",
                reason: "memory is never away",
            },
            Waiver {
                case: "faults::a_frozen_limiter_holds_no_call_up",
                reason: "memory is never frozen",
            },
        ]
    }
}

blog_core::rate_limiter_conformance!(Memory);
