//! The embedder that hashes words passes the kit.

use std::sync::Arc;

use blog_core::conformance::{Fixture, Setup, Waiver};
use blog_core::memory::HashingEmbedder;
use blog_core::ports::Embedder;

struct Hashing;

impl Fixture for Hashing {
    const NAME: &'static str = "hashing";
    type Port = dyn Embedder;
    type Place = HashingEmbedder;

    async fn place(&self) -> Setup<HashingEmbedder> {
        Ok(HashingEmbedder)
    }

    async fn open(&self, place: &HashingEmbedder) -> Setup<Arc<dyn Embedder>> {
        Ok(Arc::new(*place))
    }

    fn waivers(&self) -> &'static [Waiver] {
        &[Waiver {
            case: "faults::an_embedder_that_is_away_says_so_and_works_again",
            reason: "memory is never away",
        }]
    }
}

blog_core::embedder_conformance!(Hashing);
