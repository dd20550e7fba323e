//! What the kit works with: a stand-in server for each place.

use std::sync::Arc;

use blog_ai_openai::{Dialect, OpenAi, OpenAiConfig};
use blog_core::conformance::{Fixture, LanguageModelFixture, Setup, SetupError};
use blog_core::memory::ScriptedReply;
use blog_core::ports::LanguageModel;
use blog_model_server::{Options, Reply, StandIn};

pub(crate) const KEY: &str = "sk-marked-0123456789";

/// A stand-in that takes one key.
pub(crate) async fn stand_in() -> Setup<Arc<StandIn>> {
    let mut options = Options::default();
    options.key = Some(KEY.to_owned());
    let started = StandIn::start(options).await;
    let broken = |error: std::io::Error| SetupError::Broken(error.to_string());
    started.map(Arc::new).map_err(broken)
}

pub(crate) fn config(server: &StandIn, dialect: Dialect) -> OpenAiConfig {
    let mut config = OpenAiConfig::default();
    config.base_url = server.openai_url();
    config.key = Some(KEY.into());
    config.dialect = dialect;
    config
}

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
