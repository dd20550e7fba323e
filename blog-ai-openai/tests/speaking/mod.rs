//! What the kit works with: a model for each place, at a stand-in of its own.

use std::sync::Arc;

use blog_ai_openai::{Dialect, OpenAi};
use blog_core::conformance::{Fixture, LanguageModelFixture, Setup, SetupError};
use blog_core::memory::ScriptedReply;
use blog_core::ports::LanguageModel;
use blog_model_server::{Reply, StandIn};

use crate::kit::{KEY, config, stand_in};

/// A model of the stand-in, which is spoken to in this dialect.
pub(crate) struct Speaking(pub(crate) Dialect);

impl Fixture for Speaking {
    const NAME: &'static str = "openai";
    type Port = dyn LanguageModel;
    type Place = Arc<StandIn>;

    async fn place(&self) -> Setup<Arc<StandIn>> {
        stand_in().await
    }

    async fn open(&self, place: &Arc<StandIn>) -> Setup<Arc<dyn LanguageModel>> {
        let model = OpenAi::new("stand-in", &config(place, self.0));
        let broken = |error: blog_core::Error| SetupError::Broken(error.to_string());
        Ok(Arc::new(model.map_err(broken)?))
    }
}

impl LanguageModelFixture for Speaking {
    fn key(&self) -> Option<&str> {
        Some(KEY)
    }

    async fn script(&self, place: &Arc<StandIn>, replies: Vec<ScriptedReply>) -> Setup<()> {
        place.reply(replies.into_iter().map(Reply::from));
        Ok(())
    }

    async fn open_calls(&self, place: &Arc<StandIn>) -> Setup<usize> {
        Ok(place.open_calls())
    }
}
