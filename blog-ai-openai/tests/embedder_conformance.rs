//! The embedder passes the kit.

mod kit;

use std::sync::Arc;

use blog_ai_openai::{Dialect, OpenAiEmbedder};
use blog_core::conformance::{Fixture, Setup, SetupError};
use blog_core::ports::Embedder;
use blog_model_server::StandIn;

struct Embedding;

impl Fixture for Embedding {
    const NAME: &'static str = "openai";
    type Port = dyn Embedder;
    type Place = Arc<StandIn>;

    async fn place(&self) -> Setup<Arc<StandIn>> {
        kit::stand_in().await
    }

    async fn open(&self, place: &Arc<StandIn>) -> Setup<Arc<dyn Embedder>> {
        let config = kit::config(place, Dialect::OpenAi);
        let embedder = OpenAiEmbedder::new("stand-in-embedder", &config);
        let broken = |error: blog_core::Error| SetupError::Broken(error.to_string());
        Ok(Arc::new(embedder.map_err(broken)?))
    }

    async fn interrupt(&self, place: &Arc<StandIn>) -> Setup<()> {
        place.be_away(true);
        Ok(())
    }

    async fn restore(&self, place: &Arc<StandIn>) -> Setup<()> {
        place.be_away(false);
        Ok(())
    }
}

blog_core::embedder_conformance!(Embedding);
