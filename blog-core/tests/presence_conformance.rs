//! Presence in memory passes the kit.

use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup, Waiver};
use blog_core::memory::MemoryPresence;
use blog_core::ports::Presence;

struct Memory;

impl Fixture for Memory {
    const NAME: &'static str = "memory";
    type Port = dyn Presence;
    type Place = MemoryPresence;

    async fn place(&self) -> Setup<MemoryPresence> {
        Ok(MemoryPresence::default())
    }

    async fn open(&self, place: &MemoryPresence) -> Setup<Arc<dyn Presence>> {
        Ok(Arc::new(place.clone()))
    }

    fn waivers(&self) -> &'static [Waiver] {
        &[
            Waiver {
                case: "faults::what_was_forgotten_is_nothing_and_can_be_said_again",
                reason: "nobody else can empty it",
            },
            Waiver {
                case: "faults::what_is_away_says_so_and_works_again",
                reason: "memory is never away",
            },
            Waiver {
                case: "faults::what_is_frozen_holds_no_call_up",
                reason: "memory is never frozen",
            },
        ]
    }
}

blog_core::presence_conformance!(Memory);
