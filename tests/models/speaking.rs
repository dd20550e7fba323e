//! What the kit works with: a model for each place, at a stand-in of its own. Whoever includes this file has
//! a `kit` with the stand-in.

use std::sync::Arc;

use blog_core::conformance::{Fixture, LanguageModelFixture, Setup, SetupError};
use blog_core::memory::ScriptedReply;
use blog_core::ports::LanguageModel;
use blog_model_server::{Reply, StandIn};

use crate::kit::{KEY, stand_in};

/// A model of the stand-in, which is opened so.
pub(crate) struct Speaking(pub(crate) fn(&StandIn) -> blog_core::Result<Arc<dyn LanguageModel>>);

impl Fixture for Speaking {
    const NAME: &'static str = "stand-in";
    type Port = dyn LanguageModel;
    type Place = Arc<StandIn>;

    async fn place(&self) -> Setup<Arc<StandIn>> {
        stand_in().await
    }

    async fn open(&self, place: &Arc<StandIn>) -> Setup<Arc<dyn LanguageModel>> {
        (self.0)(place).map_err(|error| SetupError::Broken(error.to_string()))
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
