//! What tests and the kit work with: a stand-in server, and a way to it.

#[path = "../../../tests/models/stand_in.rs"]
mod stand_in;

use blog_ai_anthropic::{AnthropicConfig, JsonAnswers};
use blog_model_server::StandIn;

pub(crate) use self::stand_in::{KEY, stand_in};

pub(crate) fn config(server: &StandIn, json: JsonAnswers) -> AnthropicConfig {
    let mut config = AnthropicConfig::default();
    config.base_url = server.anthropic_url();
    config.key = Some(KEY.into());
    config.json = json;
    config
}
