//! The in-memory transport passes the kit.

use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup, Waiver};
use blog_core::memory::MemoryTransport;
use blog_core::ports::Transport;

struct Memory;

impl Fixture for Memory {
    const NAME: &'static str = "memory";
    type Port = dyn Transport;
    type Place = MemoryTransport;

    async fn place(&self) -> Setup<MemoryTransport> {
        Ok(MemoryTransport::default())
    }

    async fn open(&self, place: &MemoryTransport) -> Setup<Arc<dyn Transport>> {
        Ok(Arc::new(place.clone()))
    }

    fn waivers(&self) -> &'static [Waiver] {
        const {
            &[
                never_away("faults::subscribers_are_told_of_an_interruption"),
                never_away("faults::no_call_to_a_transport_that_is_away_hangs"),
                never_away("faults::a_frozen_transport_holds_no_call_up"),
                never_away("faults::subscriptions_outlive_an_interruption"),
            ]
        }
    }
}

const fn never_away(case: &'static str) -> Waiver {
    Waiver {
        case,
        reason: "memory is never away",
    }
}

blog_core::transport_conformance!(Memory);
