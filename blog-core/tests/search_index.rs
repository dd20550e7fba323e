//! The in-memory index passes the kit, as far as it goes.

use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup, Waiver};
use blog_core::memory::MemoryIndex;
use blog_core::ports::SearchIndex;

struct Memory;

impl Fixture for Memory {
    const NAME: &'static str = "memory";
    type Port = dyn SearchIndex;
    type Place = Arc<MemoryIndex>;

    async fn place(&self) -> Setup<Arc<MemoryIndex>> {
        Ok(Arc::default())
    }

    async fn open(&self, place: &Arc<MemoryIndex>) -> Setup<Arc<dyn SearchIndex>> {
        Ok(place.clone())
    }

    fn waivers(&self) -> &'static [Waiver] {
        &[
            Waiver {
                case: "applying::changes_and_checkpoint_survive_a_crash",
                reason: "memory is not durable",
            },
            Waiver {
                case: "replacement::a_replacement_survives_a_crash",
                reason: "memory is not durable",
            },
            Waiver {
                case: "matching::a_word_is_found_in_its_other_forms",
                reason: "no stems",
            },
            Waiver {
                case: "matching::a_phrase_needs_its_order",
                reason: "no phrases",
            },
            Waiver {
                case: "matching::an_unknown_word_is_widened_and_the_meant_one_suggested",
                reason: "no typos",
            },
        ]
    }
}

blog_core::search_index_conformance!(Memory);
